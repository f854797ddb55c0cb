/** The download from GitHub: tar and zip archives, whole and broken. */
import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { host } from "../../src/runtime/host.ts";
import { digest, pack, program, type Routes, tar, zip } from "./archives.ts";
import { download, fails, filesIn, MAC, VERSION } from "./downloads.ts";

/** GitHub's record of a release with one file. */
function github(
  url: string,
  name: string,
  file: Uint8Array,
  hash = digest(file, "github"),
): Routes {
  const asset = { name, browser_download_url: `${url}/files/${name}`, digest: hash };
  const release = { tag_name: `v${VERSION}`, assets: [{ name: "other.txt" }, asset] };
  return {
    [`/github/tags/v${VERSION}`]: release,
    "/github/latest": release,
    [`/files/${name}`]: (_request: Request) =>
      // Without a length, as a redirect to a store may answer.
      new Response(new Blob([file as Uint8Array<ArrayBuffer>]).stream()),
  };
}

test("downloadBinary takes GitHub's tar archive when the registry has none", async () => {
  const data = program(VERSION);
  const archive = await pack(tar([{ name: "./opencode", data }]));
  await download((url) => github(url, "opencode-linux-x64.tar.gz", archive), async (get) => {
    const found = await get({ version: "latest" });
    assertEquals(found.source, "GitHub's releases");
    assertEquals(await host().files.readBytes(found.path), data);
  });
});

for (const method of ["deflate", "store"] as const) {
  test(`downloadBinary unpacks GitHub's zip archive when it is made with ${method}`, async () => {
    const data = program(VERSION, 400_000);
    const archive = await zip([
      { name: "README", data: new Uint8Array(10) },
      { name: "opencode", data, method },
      { name: "../../opencode", data: new Uint8Array(5) },
    ], "a comment");
    await download(
      (url) => github(url, "opencode-darwin-arm64.zip", archive),
      async (get, { dir }) => {
        const { path } = await get({ machine: MAC });
        assertEquals(await host().files.readBytes(path), data);
        assertEquals(await filesIn(`${dir}/bin`), [path]);
      },
    );
  });
}

test("downloadBinary refuses a zip archive when it is broken", async () => {
  const data = program(VERSION, 50_000);
  const name = "opencode-darwin-arm64.zip";
  const machine = MAC;
  const whole = await zip([{ name: "opencode", data }]);
  const refuse = (file: Uint8Array, message: string | RegExp, hash?: string) =>
    fails((url) => github(url, name, file, hash), message, { machine });
  await refuse(whole, "its SHA-256 is", digest(data, "github"));
  await refuse(whole, "has no SHA-256", "md5:1");
  await refuse(whole.slice(0, -30), "is not a zip file");
  await refuse(whole.slice(5000), /cut off|damaged/);
  await refuse(await zip([{ name: "other", data }]), "does not hold the program");
  await refuse(await zip([{ name: "opencode", data, mode: 0o120777 }]), "is a link");
  await refuse(await zip([{ name: "opencode", data }, { name: "opencode", data }]), "twice");
});
