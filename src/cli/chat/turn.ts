/**
 * One turn of a chat, as it is shown: text, tool calls, permissions, questions, and how it ended.
 *
 * @module
 */
import { TurnAbortedError } from "../../errors.ts";
import type { ToolEvent, TurnEvent } from "../../session/events.ts";
import type { PromptOptions } from "../../session/options.ts";
import { describe } from "../../session/policies.ts";
import type { Reply } from "../../session/reply.ts";
import type { PermissionHandler, QuestionHandler, QuestionReply } from "../../session/requests.ts";
import type { Session } from "../../session/session.ts";
import { separator } from "../../session/turn/turn.ts";
import { safeLine, safeText } from "../../text/terminal.ts";
import { failureText } from "../failure.ts";
import { countdown, permissionLine, retryLine, summaryLine } from "../render/lines.ts";
import { diffLines, inputLine, toolLine } from "../render/tool.ts";
import type { Console } from "./console.ts";
import { TerminalMarkdown } from "./markdown.ts";

/** What {@linkcode chatTurn} takes. */
export interface ChatTurnOptions {
  console: Console;
  session: Session;
  text: string;
  options: PromptOptions;
  /** Ends the turn, and the chat. */
  signal: AbortSignal;
  reasoning: boolean;
  verbose: boolean;
}

/** Runs a turn; Ctrl-C ends it alone. @returns The reply; the error is shown already. */
export async function chatTurn(given: ChatTurnOptions): Promise<Reply> {
  const { console, session, text, options, signal } = given;
  const started = Date.now();
  const asker = new Asker(console);
  const view = new TurnView(given);
  const turn = session.stream(text, {
    ...options,
    signal,
    onPermission: options.permissions === "allow" || options.permissions === "deny" ||
        options.permissions === "readonly"
      ? undefined
      : asker.onPermission,
    onQuestion: asker.onQuestion,
  } as PromptOptions);
  const stop = console.onInterrupt(() => {
    console.busy("stopping the turn");
    void turn.abort(new TurnAbortedError("Stopped", { sessionId: session.id }));
  });
  try {
    console.busy("waiting for the model");
    for await (const event of turn.events) view.event(event);
    const reply = await turn.settled;
    view.end(reply, Date.now() - started);
    return reply;
  } finally {
    stop();
    console.busy(undefined);
  }
}

/** Shows the events of a turn. */
class TurnView {
  readonly #given: ChatTurnOptions;
  readonly #markdown: TerminalMarkdown;
  #message: string | undefined;

  constructor(given: ChatTurnOptions) {
    this.#given = given;
    const { console } = given;
    this.#markdown = new TerminalMarkdown(console.paint, () => console.columns());
  }

  event(event: TurnEvent): void {
    const { console, reasoning, session } = this.#given;
    const { paint } = console;
    switch (event.type) {
      case "text": {
        if (event.sessionId !== session.id) return;
        const between = separator(this.#message, event);
        console.print(this.#markdown.write(between + event.text));
        this.#message = event.messageId;
        return console.busy("writing");
      }
      case "reasoning":
        if (reasoning) console.print(paint("dim", safeText(event.text)));
        return console.busy("thinking");
      case "tool":
        return this.#tool(event);
      case "permission": {
        const line = permissionLine(event, paint);
        if (line !== undefined) this.#line(event, line);
        return;
      }
      case "retry":
        this.#line(event, retryLine(event, paint));
        return console.busy(countdown(event.next, Date.now()));
      case "subagent":
        if (event.status === "started") {
          this.#line(event, `${paint("cyan", "▸")} ${safeLine(event.title, 100)}`);
        }
        return;
      case "step":
        if (event.status === "started") console.busy("waiting for the model");
        return;
    }
  }

  #tool(event: ToolEvent): void {
    const { console, session } = this.#given;
    if (event.status === "pending") return;
    const directory = session.directory;
    if (event.status === "running") {
      return console.busy(`${event.name} ${inputLine(event.input, directory)}`);
    }
    this.#flush();
    this.#line(event, toolLine(event, directory, console.columns() - 2, console.paint));
    for (const line of diffLines(event, console.paint)) this.#line(event, line);
    console.busy("waiting for the model");
  }

  /** A line of its own; those of subagents stand further in. */
  #line({ sessionId }: { sessionId: string }, text: string): void {
    const { console, session } = this.#given;
    this.#flush();
    console.line(sessionId === session.id ? text : `  ${text}`);
  }

  #flush(): void {
    this.#given.console.print(this.#markdown.end());
  }

  end(reply: Reply, duration: number): void {
    const { console, verbose } = this.#given;
    this.#flush();
    const { error, outcome } = reply;
    if (outcome === "aborted") console.line(console.paint("yellow", "Stopped."));
    else if (error !== undefined) {
      console.line(console.paint("red", safeText(failureText(error, verbose))));
    } else console.line(summaryLine(reply, duration, console.paint));
  }
}

/** Asks for permissions and answers, one after another. */
class Asker {
  readonly #console: Console;
  #before: Promise<unknown> = Promise.resolve();

  constructor(console: Console) {
    this.#console = console;
  }

  readonly onPermission: PermissionHandler = (request, { signal }) =>
    this.#inTurn(async () => {
      const console = this.#console;
      const { paint } = console;
      console.line(
        `${paint("yellow", "?")} Allow ${paint("bold", safeLine(request.permission, 60))}: ${
          safeText(describe(request))
        }`,
      );
      const diff = request.metadata["diff"];
      if (typeof diff === "string") {
        const event = { status: "completed", metadata: { diff } } as unknown as ToolEvent;
        for (const line of diffLines(event, paint)) console.line(line);
      }
      const always = request.always.length > 0
        ? `, a = always (${safeLine(request.always.join(", "), 60)})`
        : "";
      const key = await console.choose(
        "yanr",
        `  y = yes${always}, n = no, r = no, with a reason`,
        signal,
      );
      if (key === "y") return "once";
      if (key === "a") return "always";
      if (key !== "r") return { reply: "reject", message: "The user said no" };
      const answer = await console.ask({ prompt: "  Reason: ", signal });
      const reason = answer.kind === "line" ? answer.text.trim() : "";
      return { reply: "reject", message: reason === "" ? "The user said no" : reason };
    });

  readonly onQuestion: QuestionHandler = ({ questions }, { signal }) =>
    this.#inTurn(async (): Promise<QuestionReply> => {
      const answers: string[][] = [];
      const console = this.#console;
      for (const { question, options, multiple } of questions) {
        console.line(`${console.paint("yellow", "?")} ${safeText(question)}`);
        options.forEach(({ label, description }, at) =>
          console.line(
            `  ${at + 1}. ${safeLine(label, 100)}  ${
              console.paint("dim", safeLine(description, 100))
            }`,
          )
        );
        const hint = options.length === 0
          ? ""
          : multiple
          ? " (numbers, or your own words)"
          : " (a number, or your own words)";
        const answer = await console.ask({ prompt: `  Answer${hint}: `, signal });
        if (answer.kind !== "line" || answer.text.trim() === "") return null;
        answers.push(chosen(answer.text, options.map(({ label }) => label)));
      }
      return answers;
    });

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const mine = this.#before.then(run);
    this.#before = mine.catch(() => {});
    return mine;
  }
}

/** Numbers are the options of that number; anything else is an answer of its own. */
function chosen(text: string, labels: readonly string[]): string[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  const picked = words.map((word) => /^\d+$/.test(word) ? labels[Number(word) - 1] : undefined);
  return picked.every((label) => label !== undefined) ? picked as string[] : [text.trim()];
}
