/**
 * One turn of a chat, as it is shown: text, tool calls, permissions, questions, and how it ended.
 *
 * @module
 */
import { TurnAbortedError } from "../../errors.ts";
import type { ToolEvent, TurnEvent } from "../../session/events.ts";
import type { PromptOptions } from "../../session/options.ts";
import type { Reply } from "../../session/reply.ts";
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
  /** Nothing is written but the answer, and errors. */
  quiet: boolean;
  verbose: boolean;
  /** Ends the chat: Ctrl-C again while the turn has not stopped. */
  leave(): void;
}

/** How soon after the first a Ctrl-C is still the same wish, in milliseconds. */
const SAME = 500;

/**
 * Listens to Ctrl-C: the first stops what runs, a later one leaves.
 *
 * @returns How to stop listening.
 */
export function onTwoInterrupts(console: Console, leave: () => void, stop: () => void): () => void {
  let first: number | undefined;
  return console.onInterrupt(() => {
    if (first === undefined) {
      first = Date.now();
      stop();
    } else if (Date.now() - first > SAME) leave();
  });
}

/** Runs a turn; Ctrl-C ends it alone. @returns The reply; the error is shown already. */
export async function chatTurn(given: ChatTurnOptions): Promise<Reply> {
  const { console, session, text, options, signal, leave } = given;
  const started = Date.now();
  const view = new TurnView(given);
  const turn = session.stream(text, { ...options, signal });
  const stop = onTwoInterrupts(console, leave, () => {
    console.busy("stopping the turn; Ctrl-C again leaves");
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
        if (reasoning) console.aside(paint("dim", safeText(event.text)));
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
    const { console, session, quiet } = this.#given;
    this.#flush();
    if (quiet) return;
    console.line(sessionId === session.id ? text : `  ${text}`);
  }

  #flush(): void {
    this.#given.console.print(this.#markdown.end());
  }

  end(reply: Reply, duration: number): void {
    const { console, verbose, quiet } = this.#given;
    this.#flush();
    const { error, outcome } = reply;
    if (outcome === "aborted") console.line(console.paint("yellow", "Stopped."));
    else if (error !== undefined) {
      console.line(console.paint("red", safeText(failureText(error, verbose))));
    } else if (!quiet) console.line(summaryLine(reply, duration, console.paint));
  }
}
