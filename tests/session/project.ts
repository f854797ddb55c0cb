/** A project that allows everything, and a model that does what it is told: for tests of policies. */
import { join } from "@std/path";
import { Opencode } from "../../src/facade/opencode.ts";
import type { OpencodeOptions } from "../../src/facade/options.ts";
import { host } from "../../src/runtime/host.ts";
import { type ScriptedModel, scriptedModel } from "../../src/testing/model.ts";
import type { ModelRequest, ScriptedToolCall } from "../../src/testing/script.ts";
import { START } from "../agent.ts";

/** What the model says to a prompt such as "call: [{…}]": those calls, then what came of them. */
export function obey(request: ModelRequest) {
  if (request.toolResults.length > 0) {
    return `results: ${request.toolResults.map(({ content }) => content).join(" / ")}`;
  }
  const calls = /^call: (.*)$/m.exec(request.prompt)?.[1];
  return calls ? { toolCalls: JSON.parse(calls) as ScriptedToolCall[] } : "nothing to do";
}

export const call = (name: string, input: unknown) => `call: ${JSON.stringify([{ name, input }])}`;
export const bash = (file: string) => call("bash", { command: `touch ${file}`, description: "x" });
export const task = (prompt: string, agent: string) =>
  call("task", { description: "x", prompt, subagent_type: agent });

export interface Place {
  directory: string;
  model: ScriptedModel;
  /** Writes a file of the project. */
  write(path: string, text: string): Promise<void>;
  /** Which of the files that commands touch are there. */
  touched(): Promise<string[]>;
}

/** A project whose configuration allows everything, agents of its own included. */
export async function inProject(
  run: (place: Place) => Promise<void>,
  more: object = {},
): Promise<void> {
  const { files } = host();
  const directory = await files.realPath(await files.makeTempDir({ prefix: "opencode-test-" }));
  const model = await scriptedModel(obey);
  const write = async (path: string, text: string) => {
    const whole = join(directory, path);
    await files.makeDir(join(whole, ".."));
    await files.writeText(whole, text);
  };
  const permission = { "*": "allow", bash: "allow", edit: { "*": "allow" }, webfetch: "allow" };
  const agent = {
    build: { permission: { bash: "allow" } },
    helper: { mode: "all", description: "helps", permission: { "*": "allow", bash: "allow" } },
  };
  await write("opencode.json", JSON.stringify({ subagent_depth: 3, permission, agent, ...more }));
  await write(
    ".opencode/agent/written.md",
    "---\ndescription: x\nmode: all\npermission:\n  bash: allow\n  task: allow\n---\nHelp.\n",
  );
  const touched = async () => {
    const names: string[] = [];
    for (const { name } of await files.readDir(directory)) {
      if (name.startsWith("ran")) names.push(name);
    }
    return names.sort();
  };
  try {
    await run({ directory, model, write, touched });
  } finally {
    await model.close();
    await files.remove(directory, { recursive: true });
  }
}

/** A server of our own that reads the project's configuration. */
export function facade({ directory, model }: Place, options: OpencodeOptions): Opencode {
  return new Opencode({
    startTimeout: START,
    isolated: true,
    env: { OPENCODE_DISABLE_PROJECT_CONFIG: "" },
    config: model.config,
    directory,
    ...options,
  });
}
