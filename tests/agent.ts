/**
 * A facade on the real server with a scripted model behind it, for one test.
 *
 * Where `OPENCODE_TEST_SERVER` holds the address of a running server (`scripts/test_server.ts` sets
 * it), the test attaches to that one, in a directory of its own whose `opencode.json` names the
 * test's own model; else it starts one. Either way nothing of the user's is read or written.
 */
import { join } from "@std/path";
import { Opencode } from "../src/facade/opencode.ts";
import type { OpencodeOptions } from "../src/facade/options.ts";
import { host } from "../src/runtime/host.ts";
import {
  type ScriptedModel,
  scriptedModel,
  type ScriptedModelOptions,
} from "../src/testing/model.ts";
import type { Script } from "../src/testing/script.ts";

/** What a test gets. */
export interface Agent {
  ai: Opencode;
  model: ScriptedModel;
  /** An empty directory; with `git`, one with a first commit. */
  directory: string;
  /** What leads another Opencode to this directory and model: to the shared server, where it is used. */
  place: OpencodeOptions;
}

/** What a test may want. */
export interface AgentOptions extends OpencodeOptions {
  /** Make the directory a git repository. */
  git?: boolean;
  /** For the scripted model. */
  scripted?: ScriptedModelOptions;
  /** Start a server for this test alone. */
  own?: boolean;
}

/** How long a server may take to start while the machine is busy with other tests, in milliseconds. */
export const START = 90_000;

/** Runs a test with an agent, and clears everything away. */
export async function withAgent(
  script: Script,
  run: (agent: Agent) => Promise<void>,
  options: AgentOptions = {},
): Promise<void> {
  const { git = false, scripted, own = false, config, ...rest } = options;
  const { files, env } = host();
  const directory = await files.realPath(await files.makeTempDir({ prefix: "opencode-test-" }));
  const model = await scriptedModel(script, scripted);
  const shared = own ? undefined : env.get("OPENCODE_TEST_SERVER");
  const merged = { ...model.config, ...config };
  if (shared) await files.writeText(join(directory, "opencode.json"), JSON.stringify(merged));
  if (git) await commitAll(directory);
  const place: OpencodeOptions = shared
    ? { baseUrl: shared, directory }
    : { isolated: true, config: merged, directory };
  const ai = new Opencode({ ...shared ? {} : { startTimeout: START }, ...rest, ...place });
  try {
    await run({ ai, model, directory, place });
  } finally {
    if (shared) await ai.client.instance.dispose({ directory }).catch(() => {});
    await ai.close();
    await model.close();
    await files.remove(directory, { recursive: true });
  }
}

/** Makes a git repository with everything in it committed. */
export async function commitAll(directory: string): Promise<void> {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  for (
    const args of [["init", "-q"], ["add", "-A"], ["commit", "-q", "--allow-empty", "-m", "x"]]
  ) {
    const child = await host().spawn("git", {
      args: [...identity, ...args],
      cwd: directory,
      stdout: "null",
      stderr: "null",
    });
    if (!(await child.status).success) throw new Error(`git ${args.join(" ")} failed`);
  }
}

/** Waits until a condition holds; a test fails where it does not within the bound. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  ms = 20_000,
): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end;) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what} did not come true within ${ms} ms`);
}

/** The process whose id a command writes to a file, once it has (`echo $$ > pid; exec …`). */
export async function processIn(path: string): Promise<number> {
  let text = "";
  await until(async () => {
    text = await host().files.readText(path).catch(() => "");
    return text.endsWith("\n");
  }, `a process id in ${path}`);
  return Number(text);
}
