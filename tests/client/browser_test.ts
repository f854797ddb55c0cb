/** The client for browsers: what its bundle names, and what a program without permissions can do. */
import { assertEquals } from "@std/assert";
import { stdArgs } from "../../scripts/deno.ts";

const entry = new URL("../../src/client/mod.ts", import.meta.url).href;

async function deno(args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = await new Deno.Command(Deno.execPath(), {
    args,
    stdin: "null",
    env: { NO_COLOR: "1", OPENCODE_SERVER_PASSWORD: "hunter2" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: child.code, stdout: text(child.stdout), stderr: text(child.stderr) };
}

Deno.test("the browser's bundle of ./client names neither Deno nor a node: module", async () => {
  const { code, stdout, stderr } = await deno([
    "bundle",
    "--quiet",
    "--platform=browser",
    ...await stdArgs(),
    new URL(entry).pathname,
  ]);
  assertEquals(code, 0, stderr);
  assertEquals(stdout.match(/\bDeno\b|["']node:\w+["']|\brequire\(/g), null);
});

Deno.test("a client without --allow-net rejects at once with the flag in a typed error", async () => {
  const source = `import { OpencodeClient, PermissionMissingError } from ${JSON.stringify(entry)};
    let tries = 0;
    const fetching = (...args) => { tries++; return fetch(...args); };
    const client = new OpencodeClient({ baseUrl: "http://127.0.0.1:4096", fetch: fetching });
    const listen = async () => { for await (const _ of client.events()) break; };
    const ways = [
      () => client.session.list(),
      () => client.request("GET", "/x", { as: "response" }),
      () => client.pty.connect({ ptyID: "pty_1" }),
      listen,
    ];
    for (const way of ways) {
      const error = await way().catch((error) => error);
      console.log(error instanceof PermissionMissingError, error.flag, tries);
    }
    console.log((await listen().catch((error) => error)).message);`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, source);
    const args = ["run", "--quiet", "--no-prompt", "--no-lock", ...await stdArgs(), file];
    const { stdout, stderr } = await deno(args);
    const flag = "--allow-net=127.0.0.1";
    assertEquals(stdout.trim().split("\n"), [
      `true ${flag} 1`,
      `true ${flag} 2`,
      `true ${flag} 2`,
      `true ${flag} 3`,
      `Cannot send GET /event without a permission: run the program with ${flag}`,
    ], stderr);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("a client can be made without any permission, and nobody is asked for one", async () => {
  const source = `import { OpencodeClient } from ${JSON.stringify(entry)};
    const client = new OpencodeClient({ baseUrl: "http://host" });
    console.log(client.baseUrl, typeof client.session.create);`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, source);
    const args = ["run", "--quiet", "--no-lock", ...await stdArgs(), file];
    const { stdout, code, stderr } = await deno(args);
    assertEquals([code, stdout.trim()], [0, "http://host function"], stderr);
  } finally {
    await Deno.remove(file);
  }
});
