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
import type { Reply } from "./reply.ts";
import type { QuestionHandler } from "./requests.ts";
import type { Turn } from "./turn/turn.ts";

/** What `ask` takes beside everything that a prompt takes. */
export interface AskOptions extends PromptOptions {
  /** Say nothing of tool calls on standard error. @default {false} */
  quiet?: boolean;
}

/** What a planning agent is told, once. */
export const PROCEED = "Exit plan mode and proceed";

/** What is used of a session. */
interface Asked {
  prompt(text: string, options: PromptOptions): Promise<Reply>;
  stream(text: string, options: PromptOptions): Turn;
}

/** Asks, and gives the last reply. */
export async function askInSession(
  session: Asked,
  text: string,
  options: AskOptions,
): Promise<Reply> {
  const { quiet = false, ...rest } = options;
  if (rest.format && rest.format.type !== "text") return await session.prompt(text, rest);
  let reply: Promise<Reply> | undefined;
  for await (const turn of askTurns(session, text, rest)) {
    await tell(turn, quiet);
    reply = turn.reply;
  }
  return await reply!;
}

/**
 * The turns that a prompt takes, each to be followed to its end before the next: one, or two where
 * the agent `plan` has made a plan with its tools and the caller gave `tools` to carry it out with.
 */
export async function* askTurns(
  session: Pick<Asked, "stream">,
  text: string,
  options: PromptOptions,
): AsyncGenerator<Turn> {
  const { tools, ...planning } = options;
  const prompt: PromptOptions = {
    ...planning,
    onQuestion: leavePlan(options.onQuestion, tools !== undefined),
  };
  if (tools === undefined) return yield session.stream(text, prompt);
  if (options.agent !== "plan") return yield session.stream(text, { ...prompt, tools });
  // the plan is made with the server's own tools, which the agent keeps from changing files
  const plan = session.stream(text, { ...prompt, collect: true });
  yield plan;
  const { events } = await plan.reply;
  // a plain answer is the answer: only who looked around has made a plan
  if (!events.some(({ type }) => type === "tool")) return;
  yield session.stream(PROCEED, { ...prompt, tools, agent: "build" });
}

async function tell(turn: Turn, quiet: boolean): Promise<void> {
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
