/**
 * Records what the real server sends in turns of every kind, for `recorded_test.ts`:
 * `deno run -A scripts/deno.ts run -A tests/session/record_streams.ts [name …]`.
 *
 * The first line of a recording says which turn it is and what the server stored of it; each further
 * line is one event. Directories, addresses and names of this machine are replaced.
 */
import { Opencode } from "../../src/facade/opencode.ts";
import type { PromptOptions } from "../../src/session/options.ts";
import type { Turn } from "../../src/session/turn/turn.ts";
import { scriptedModel, type ScriptedModelOptions } from "../../src/testing/model.ts";
import type { Script } from "../../src/testing/script.ts";
import type { Recording } from "./recordings.ts";

interface Scene {
  script: Script;
  options?: PromptOptions;
  scripted?: ScriptedModelOptions;
  config?: Record<string, unknown>;
  env?: Record<string, string>;
  /** Prompts before the one that is recorded. */
  before?: string[];
  /** Acts in the middle. */
  act?(turn: Turn): Promise<void>;
}

const never = new Promise<never>(() => {});
const bash = (command: string) => ({
  toolCalls: [{ name: "bash", input: { command, description: "x" } }],
});

const scenes: Record<string, Scene> = {
  plain: { script: [{ text: ["Hello", ", ", "wörld 👋", "\n\nand ", "good bye"], chunkDelay: 5 }] },
  tools: {
    script: [
      { text: ["Let me ", "look."], ...bash("echo one; sleep 0.2; echo two") },
      bash("exit 3"),
      { toolCalls: [{ name: "nothing", input: { a: 1 } }] },
      { text: ["It says ", "one, two."], chunkDelay: 5 },
    ],
  },
  reasoning: {
    script: [{ reasoning: ["hm, ", "hm", "…"], text: ["The answer ", "is 42."], chunkDelay: 5 }],
  },
  subagent: {
    script: [
      {
        text: "I ask another.",
        when: ({ toolNames }) => toolNames.includes("task"),
        toolCalls: [{
          name: "task",
          input: { description: "look", prompt: "look around", subagent_type: "general" },
        }],
      },
      { text: "child begins", ...bash("echo child") },
      { text: ["child ", "done"], chunkDelay: 5 },
      { text: ["parent ", "done"], chunkDelay: 5 },
    ],
    config: { permission: { bash: "ask" } },
    options: { onPermission: () => "once" },
  },
  retry: {
    script: [
      { status: 500, body: { error: { message: "kaputt" } } },
      { text: ["Hello ", "wor"], chunkDelay: 5, ending: "cut" },
      { text: ["Hello ", "world", "!"], chunkDelay: 5 },
    ],
  },
  error: { script: [{ status: 401, body: { error: { message: "no such key" } } }] },
  abort: {
    script: [{ parts: [{ text: "half " }, { text: "of it" }, { until: never }] }],
    async act(turn) {
      for await (const event of turn.events) {
        if (event.type === "text" && event.text.includes("of it")) await turn.abort();
      }
    },
  },
  "plan-exit": {
    script: [
      { text: "Here is my plan.", toolCalls: [{ name: "plan_exit", input: {} }] },
      { text: ["I did ", "it."], chunkDelay: 5 },
    ],
    env: { OPENCODE_EXPERIMENTAL_PLAN_MODE: "1" },
    options: { agent: "plan", onQuestion: () => [["Yes"]] },
  },
  compaction: {
    script: [
      { text: ["long ", "answer"], usage: { input: 99_000, output: 900 } },
      { text: ["what ", "came before"] },
      { text: ["going ", "on"], chunkDelay: 5 },
    ],
    scripted: { limit: { context: 100_000, output: 1_000 } },
  },
};

async function record(name: string, scene: Scene): Promise<Recording> {
  const directory = await Deno.realPath(await Deno.makeTempDir({ prefix: "opencode-record-" }));
  const model = await scriptedModel(scene.script, scene.scripted);
  const ai = new Opencode({
    isolated: true,
    directory,
    config: { ...model.config, ...scene.config },
    ...scene.env && { env: scene.env },
  });
  try {
    const session = await ai.createSession({ title: name });
    for (const text of scene.before ?? []) await session.prompt(text);
    const events: unknown[] = [];
    const subscription = await ai.client.subscribe({
      events: (batch) => void events.push(...batch),
    }, { directory });
    const turn = session.stream(`prompt of ${name}`, scene.options);
    await scene.act?.(turn);
    const { outcome } = await turn.settled;
    // what comes after the end belongs to the recording
    await new Promise((resolve) => setTimeout(resolve, 500));
    subscription.close();
    const stored = await session.history();
    const recording = { name, sessionId: session.id, messageId: turn.messageId, outcome, stored };
    const home = (await ai.client.path.get({ directory })).home;
    const clean = <T>(value: T): T =>
      JSON.parse(
        JSON.stringify(value)
          .replaceAll(directory, "/project")
          .replaceAll(directory.slice(1), "project")
          .replaceAll(home, "/home/user")
          .replaceAll(home.slice(1), "home/user")
          .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:4000"),
      );
    // an instance that begins floods its stream with these; two of them stand for all
    let floods = 0;
    const kept = (events as { type: string; properties: { sessionID?: string } }[]).filter((
      event,
    ) =>
      event.properties.sessionID !== undefined || event.type.startsWith("server.") || floods++ < 2
    );
    return clean({ ...recording, events: kept }) as Recording;
  } finally {
    await ai.close();
    await model.close();
    await Deno.remove(directory, { recursive: true });
  }
}

if (import.meta.main) {
  const names = Deno.args.length > 0 ? Deno.args : Object.keys(scenes);
  for (const name of names) {
    const { events, ...header } = await record(name, scenes[name]!);
    const lines = [header, ...events].map((line) => JSON.stringify(line)).join("\n");
    await Deno.writeTextFile(
      new URL(`../fixtures/streams/${name}.jsonl`, import.meta.url),
      lines + "\n",
    );
    console.log(name, header.outcome, events.length);
  }
}
