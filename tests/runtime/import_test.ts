import { assertEquals } from "@std/assert";
import { stdArgs } from "../../scripts/deno.ts";

Deno.test("importing the package on Deno loads nothing of Node's side", async () => {
  const script = `
    Object.defineProperty(globalThis, "process", { get: () => { throw new Error("process") } });
    const { OpencodeClient } = await import("./mod.ts");
    const { main } = await import("./src/cli/main.ts");
    const { resolve, join } = await import("./src/runtime/path.ts");
    console.log(typeof OpencodeClient, typeof main, typeof resolve(join("a", "b")));`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", ...await stdArgs(), script],
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  assertEquals([text(stderr), text(stdout)], ["", "function function string"]);
});
