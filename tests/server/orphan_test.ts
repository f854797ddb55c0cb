/** However the process ends that started a server: nothing of the server is left. */
import { assertEquals } from "@std/assert";
import { stdArgs } from "../../scripts/deno.ts";
import { basicAuth } from "../../src/server/call.ts";
import { downloadBinary } from "../../src/server/mod.ts";
import { scriptedModel } from "../../src/testing/mod.ts";
import { bundleForNode } from "../runtime/node_bundle.ts";
import { fakeProgram, processesOf, until, withTempDir } from "./fixtures.ts";

const PARENT = "tests/fixtures/programs/parent.ts";

interface Runtime {
  name: string;
  command: string;
  args(dir: string): Promise<string[]>;
}

const RUNTIMES: Runtime[] = [
  {
    name: "Deno",
    command: Deno.execPath(),
    args: async () => ["run", "-A", ...await stdArgs(), PARENT],
  },
  { name: "Node", command: "node", args: async (dir) => [await bundleForNode(PARENT, dir)] },
];

/** What a parent says of its server. */
interface Said {
  mark: string;
  url: string;
  username: string;
  password: string;
}

async function startParent(
  runtime: Runtime,
  ends: string,
  run: (parent: Deno.ChildProcess, said: Said, dir: string) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  await withTempDir(async (dir) => {
    const parent = new Deno.Command(runtime.command, {
      args: await runtime.args(dir),
      env: {
        PARENT_ENDS: ends,
        PARENT_BINARY: fakeProgram(),
        PARENT_CACHE: dir,
        PARENT_ISOLATED: "1",
        TMPDIR: dir,
        NO_COLOR: "1",
        ...env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = parent.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = await reader.read();
    const said: Said = JSON.parse(value ?? "{}");
    const { mark } = said;
    try {
      await run(parent, said, dir);
      await until(async () => (await processesOf(mark)).length === 0, "the server is gone");
      await until(async () => {
        const homes = await Array.fromAsync(Deno.readDir(dir), ({ name }) => name);
        return !homes.some((name) => name.startsWith("opencode-home-"));
      }, "its home is gone");
    } finally {
      try {
        parent.kill("SIGKILL");
      } catch { /* gone, as it should be */ }
      await parent.status;
      await reader.cancel();
    }
  });
}

for (const runtime of RUNTIMES) {
  for (const ends of ["exit", "throw", "reject", "forget"]) {
    Deno.test(`nothing is left when a parent on ${runtime.name} ends by ${ends}`, () =>
      startParent(runtime, ends, async (parent) => {
        const { code } = await parent.status;
        assertEquals(code, ends === "exit" || ends === "forget" ? 0 : 1);
      }));
  }
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"] as const) {
    Deno.test(`nothing is left when a parent on ${runtime.name} gets ${signal}`, () =>
      startParent(runtime, "wait", async (parent, { mark }) => {
        assertEquals((await processesOf(mark)).length, 2);
        parent.kill(signal);
        assertEquals((await parent.status).signal, signal);
      }));
  }
}

Deno.test("nothing is left when a parent is killed while the real server's agent runs a command", async () => {
  const started = await Deno.makeTempDir({ prefix: "orphan-" });
  const command = `(trap '' TERM HUP; echo $$ > ${started}/pid; sleep 300) & sleep 301`;
  const model = await scriptedModel([{ toolCalls: [{ name: "bash", input: { command } }] }]);
  const { path } = await downloadBinary();
  try {
    await startParent(RUNTIMES[0]!, "wait", async (parent, { mark, url, username, password }) => {
      const post = async (path: string, body: unknown) => {
        const response = await fetch(url + path, {
          method: "POST",
          headers: {
            authorization: basicAuth(username, password),
            "content-type": "application/json",
          },
          body: JSON.stringify(body),
        });
        return await response.text();
      };
      const { id } = JSON.parse(await post("/session", {}));
      await post(`/session/${id}/prompt_async`, { parts: [{ type: "text", text: "go" }] });
      const running = async () => (await processesOf(mark)).length >= 3;
      await until(running, "the command runs", 20_000);
      parent.kill("SIGKILL");
    }, { PARENT_BINARY: path, PARENT_CONFIG: JSON.stringify(model.config) });
  } finally {
    await model.close();
    await Deno.remove(started, { recursive: true });
  }
});
