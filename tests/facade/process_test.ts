/** How programs that use the facade end. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { stdArgs } from "../../scripts/deno.ts";
import { resolveBinary } from "../../src/binary/locate.ts";
import { scriptedModel } from "../../src/testing/model.ts";

/** Runs a program that starts a server, and gives how it ended and the server's process id. */
async function program(
  code: string,
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string; pid: number }> {
  const never = new Promise(() => {});
  await using model = await scriptedModel((request) =>
    request.prompt === "hang" ? { parts: [{ text: "half" }, { until: never }] } : "hi"
  );
  const directory = await Deno.makeTempDir();
  const file = join(directory, "program.ts");
  const facade = new URL("../../src/facade/opencode.ts", import.meta.url).href;
  await Deno.writeTextFile(
    file,
    `import { Opencode } from ${JSON.stringify(facade)};
const ai = new Opencode({ isolated: true, config: ${JSON.stringify(model.config)} });
await ai.start();
console.log("pid", ai.server!.pid);
${code}`,
  );
  try {
    const { code: exit, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--no-config", ...await stdArgs(), file],
      env: { ...env, OPENCODE_BIN: (await resolveBinary()).path },
      stdin: "null",
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code: exit, out: out!, err: err!, pid: Number(/pid (\d+)/.exec(out!)?.[1]) };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function gone(pid: number): Promise<boolean> {
  for (const end = Date.now() + 8000; Date.now() < end;) {
    const { success } = await new Deno.Command("kill", { args: ["-0", `${pid}`], stderr: "null" })
      .output();
    if (!success) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

Deno.test("a program that forgets close() ends by itself, and its server with it", async () => {
  const { code, out, err, pid } = await program('console.log(await ai.ask("x"));');
  assertEquals(code, 0, err);
  assertStringIncludes(out, "hi");
  assertEquals(await gone(pid), true);
});

Deno.test("a program that dies of an uncaught error leaves no server behind", async () => {
  const { code, pid } = await program('throw new Error("uncaught");');
  assertEquals([code, await gone(pid)], [1, true]);
});

Deno.test("a program that exits in mid-turn leaves no server behind", async () => {
  const { code, pid } = await program(
    'for await (const text of ai.askStream("hang")) { console.log(text); Deno.exit(7); }',
  );
  assertEquals([code, await gone(pid)], [7, true]);
});

Deno.test("a proxy in the environment does not get what is meant for this machine", async () => {
  const proxy = "http://127.0.0.1:9";
  const env = { HTTP_PROXY: proxy, http_proxy: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy };
  const { code, out, err } = await program(
    'console.log(await ai.ask("x")); await ai.close();',
    env,
  );
  assertEquals(code, 0, err);
  assertStringIncludes(out, "hi");
});
