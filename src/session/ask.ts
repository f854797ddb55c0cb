/**
 * `ask`: a prompt whose tools are told of on the terminal, and whose plan is carried out.
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import { safeLine } from "../text/terminal.ts";
import { NOBODY_TO_ANSWER } from "./turn/responder.ts";
import type { ToolEvent } from "./events.ts";
import type { PromptOptions } from "./options.ts";
import type { QuestionHandler } from "./requests.ts";
import type { Turn } from "./turn/turn.ts";

/** What `ask` takes: what a prompt takes, but for what is of no use to a text. */
export interface AskOptions extends Omit<PromptOptions, "collect"> {
  /** Say nothing of tool calls on standard error. @default {false} */
  quiet?: boolean;
}

/** What is sent to a planning agent, once. */
export const PROCEED = "Exit plan mode and proceed";

/** What a plan needs of the options of a prompt. */
type Planned = Pick<PromptOptions, "agent" | "tools" | "onQuestion" | "collect">;

/**
 * The turns that a prompt takes, each to be followed to its end before the next: one, or two where
 * the agent `plan` has made a plan with its tools and the caller gave `tools` to carry it out with.
 */
export async function* askTurns<O extends Planned>(
  stream: (text: string, options: O) => Turn,
  text: string,
  options: O,
): AsyncGenerator<Turn> {
  const { tools, agent } = options;
  const prompt: O = { ...options, onQuestion: leavePlan(options.onQuestion, tools !== undefined) };
  if (tools === undefined || agent !== "plan") return yield stream(text, prompt);
  // the plan is made with the server's own tools, which the agent keeps from changing files
  const planning: O = { ...prompt, collect: true };
  delete planning.tools;
  const plan = stream(text, planning);
  yield plan;
  const { events } = await plan.reply;
  // a plain answer is the answer: only who looked around has made a plan
  if (!events.some(({ type }) => type === "tool")) return;
  yield stream(PROCEED, { ...prompt, agent: "build" });
}

/** Tells on standard error which tools a turn calls; resolves at its end. */
export async function tell(turn: Turn, quiet: boolean): Promise<void> {
  if (quiet) return void await turn.settled;
  const { stderr } = host().terminal;
  for await (const event of turn.events) {
    const line = event.type === "tool" ? toolLine(event) : undefined;
    if (line !== undefined) await stderr.write(`${line}\n`).catch(() => {});
  }
}

/** Answers where the agent asks whether to leave its plan (server 1.18.33: header "Build Agent"). */
function leavePlan(otherwise: QuestionHandler | undefined, goOn: boolean): QuestionHandler {
  return (request, context) => {
    const [question] = request.questions;
    const leaves = request.questions.length === 1 && question?.header === "Build Agent" &&
      question.options.some(({ label }) => label === "Yes");
    if (leaves && goOn) return [["Yes"]];
    // its null is an answer too: it dismisses
    if (otherwise) return otherwise(request, context);
    return request.questions.map(() => [leaves ? "No" : NOBODY_TO_ANSWER]);
  };
}

/** One line for a call that ended; `undefined` while it runs. */
export function toolLine(event: ToolEvent): string | undefined {
  if (event.status !== "completed" && event.status !== "error") return undefined;
  const input = JSON.stringify(event.input);
  const about = input.length > 100 ? `${input.slice(0, 99)}…` : input;
  const [problem = ""] = (event.error ?? "").split("\n");
  return safeLine(
    event.status === "completed"
      ? `● ${event.name} ${about}`
      : `✗ ${event.name} ${about}: ${problem.slice(0, 200)}`,
  );
}
