/** What the model of the documents' snippets says. */
import type { ModelRequest, ScriptStep } from "../src/testing/script.ts";

/** Answers by a pattern of the prompt; the first that fits. */
const ANSWERS: [RegExp, (request: ModelRequest) => ScriptStep | string][] = [
  [/capital of France/, () => "Paris"],
  [/what's my name/i, ({ messages }) => JSON.stringify(messages).includes("Alice") ? "Alice" : "?"],
  [/dependency injection/, () => "Objects get what they need from outside."],
  [/And of Italy/, () => "Rome"],
  [/flag of the tool/, () => "--verbose"],
  [/Suggest a(?:nother| name)/, () => "Acorn"],
  [/When is the meeting/, () => "On Monday"],
  [/in one word/, () => "Flat"],
  [/Count to three/, () => ({ text: ["one ", "two ", "three"] })],
  [/Run a command/, bash("echo hello", (output) => `It printed ${output.trim()}`)],
  [/Work for ever/, () => call("bash", { command: "true", description: "Works" })],
  [/Think for a minute/, () => ({ text: "…", delay: 60_000 })],
  [/raining in Kiel/, (request) => own(request, "weather", { city: "Kiel" })],
  [/Create the file proof/, bash("touch proof", refusal)],
  [/Ask me for a colour/, question],
  [/wrong user/, () => structured({ age: "old" })],
  [/breaks the schema/, () => structured({ age: "old" })],
  [/Invent a (?:user|person)/, () => structured({ name: "Ada", age: 36 })],
];

/** A model that does what a snippet may ask of one. */
export function docsModel(request: ModelRequest): ScriptStep | string {
  const [, answer] = ANSWERS.find(([pattern]) => pattern.test(request.prompt)) ?? [];
  if (answer) return answer(request);
  const users = request.messages.filter(({ role }) => role === "user").length;
  return { text: ["An answer ", `to prompt ${users}. `] };
}

function call(name: string, input: unknown): ScriptStep {
  return { toolCalls: [{ name, input }] };
}

function structured(input: unknown): ScriptStep {
  return call("StructuredOutput", input);
}

/** Runs a command with the server's tool, and says something about what it gave. */
function bash(command: string, say: (output: string) => string) {
  return ({ toolResults, toolNames }: ModelRequest): ScriptStep | string => {
    const [result] = toolResults;
    if (result) return say(result.content);
    if (!toolNames.includes("bash")) return "I was refused";
    return call("bash", { command, description: `Runs ${command}` });
  };
}

function refusal(output: string): string {
  return `I was refused: ${output}`;
}

/** Calls a tool of the caller's, and repeats what it gave. */
function own({ toolNames, toolResults }: ModelRequest, suffix: string, input: unknown) {
  const [result] = toolResults;
  if (result) return result.content;
  return call(toolNames.find((name) => name.endsWith(suffix)) ?? suffix, input);
}

function question({ toolResults }: ModelRequest): ScriptStep | string {
  const [result] = toolResults;
  if (result) return `You chose ${/"(\w+)"\.?\s/.exec(result.content)?.[1] ?? result.content}`;
  const options = ["red", "blue"].map((label) => ({ label, description: label }));
  return call("question", {
    questions: [{ question: "Which colour?", header: "Colour", options }],
  });
}
