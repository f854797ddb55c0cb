/** One real server with a scripted model, and the page that is served for it. */
import { type Agent, commitAll } from "../../agent.ts";
import { createIsolatedHome } from "../../../src/runtime/isolation.ts";
import { host } from "../../../src/runtime/host.ts";
import { scriptedModel } from "../../../src/testing/model.ts";
import type { ModelRequest, ScriptStep } from "../../../src/testing/script.ts";
import { Opencode, serveWeb, type WebServer } from "../../../src/web/mod.ts";
import { PAYLOADS } from "./payloads.ts";

/** What the tests of a browser work with. */
export interface World extends Agent {
  web: WebServer;
  /** Lets the answer to "stream" go on. */
  gate: PromiseWithResolvers<void>;
}

/**
 * Runs tests with a server of their own, which they may end: its home stays, and with it what was
 * said before.
 */
export async function withWorld(run: (world: World) => Promise<void>): Promise<void> {
  const { files } = host();
  const directory = await files.realPath(await files.makeTempDir({ prefix: "opencode-test-" }));
  await commitAll(directory);
  const home = await createIsolatedHome();
  const world = { gate: Promise.withResolvers<void>(), directory } as World;
  const model = await scriptedModel((request) => answer(request, world), {
    cost: { input: 3, output: 15 },
  });
  const ai = new Opencode({
    env: home.env,
    config: {
      ...model.config,
      permission: { bash: "ask" },
      subagent_depth: 2,
      agent: {
        delegate: {
          mode: "subagent",
          description: "hands work on",
          permission: { task: "allow" },
        },
      },
    },
    directory,
  });
  try {
    // the first turn of a new home takes the server longest
    await (await ai.createSession({ title: "Warm-up" })).prompt("Begin");
    await using web = await serveWeb(ai);
    await run(Object.assign(world, { ai, model, web }));
  } finally {
    await ai.close();
    await model.close();
    await home.dispose();
    await files.remove(directory, { recursive: true });
  }
}

const question = (question: string, labels: readonly string[]) => ({
  question,
  header: "Pick",
  options: labels.map((label) => ({ label, description: `about ${label}` })),
});

const overloaded = new Set<string>();

/** The lines of code of the answer to "long". */
export const LINES: string = Array.from(
  { length: 3_000 },
  (_, i) => `const line${i} = "<b>${i}</b>";`,
)
  .join("\n");
const LONG = `\`\`\`ts\n${LINES}\n\`\`\`\n\nThat is all.\n`;

/** What the model does, by the first word of the prompt. */
function answer(request: ModelRequest, { gate, directory }: World): ScriptStep {
  const { prompt, toolResults } = request;
  const [word = "", rest = ""] = prompt.split(/\s+(.*)/s);
  const call = (name: string, input: unknown) => ({ toolCalls: [{ name, input }] });
  if (toolResults.length > 0) return { text: `Done with **${word}**.` };
  switch (word) {
    case "stream":
      return {
        parts: [{ reasoning: "Thinking about it." }, { text: "# Begin\n\nfirst " }, {
          until: gate.promise,
        }, {
          text: "second\n\n```ts\nlet x = 1;\n```\n",
        }],
        usage: { input: 1_200, output: 300 },
      };
    case "long":
      return {
        parts: [{ text: LONG.slice(0, LONG.length / 2) }, { until: gate.promise }, {
          text: LONG.slice(LONG.length / 2),
        }],
      };
    case "busy":
      // the provider is overloaded once, and asks to be left alone for a while
      if (request.prompt === prompt && !overloaded.has(prompt)) {
        overloaded.add(prompt);
        return { status: 429, headers: { "retry-after": "3" } };
      }
      return { text: "Back again." };
    case "bash":
      return call("bash", { command: rest, description: "run it" });
    case "write":
      return call("write", { filePath: `${directory}/${rest}`, content: "one\ntwo\n" });
    case "edit":
      return call("edit", {
        filePath: `${directory}/${rest}`,
        oldString: "two",
        newString: "second",
      });
    case "question":
      return call("question", { questions: [question("Which colour?", ["Red", "Blue"])] });
    case "todo":
      return call("todowrite", {
        todos: [{ content: "the first thing", status: "in_progress", priority: "high" }],
      });
    case "task":
      return call("task", { description: "look", prompt: "look", subagent_type: "general" });
    case "deep":
      return call("task", { description: "deep", prompt: "deeper", subagent_type: "delegate" });
    case "deeper":
      return call("task", {
        description: "deeper",
        prompt: "bash echo deep",
        subagent_type: "general",
      });
    case "look":
      return { text: "The subagent has looked." };
    case "hang":
      return { text: "It hangs", ending: "hang" };
    case "payloads":
      return { text: PAYLOADS.join("\n\n") };
    case "ask-payloads":
      return call("question", {
        questions: [question(PAYLOADS[4]!, PAYLOADS.slice(0, 12))],
      });
    default:
      return { text: `You said: ${prompt}` };
  }
}
