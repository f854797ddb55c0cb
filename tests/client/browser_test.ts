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
