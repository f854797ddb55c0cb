/**
 * One prompt and its answer, while it is on its way.
 *
 * @module
 */
import { AsyncQueue } from "../../async/queue.ts";
import { TurnError } from "../../errors.ts";
import type { TextEvent, TurnEvent } from "../events.ts";
import type { SessionContext } from "../context.ts";
import type { Reply } from "../reply.ts";
import { type RunOptions, TurnRun } from "./run.ts";

/**
 * A turn that runs: its text as an AsyncIterable, its typed events, and its reply.
 *
 * Leaving a loop over it early aborts the turn on the server.
 *
 * @example
 * ```ts ignore
 * const turn = session.stream("Write a haiku");
 * for await (const text of turn) console.log(text);
 * const { usage } = await turn.reply;
 * ```
 */
export class Turn implements AsyncIterable<string>, AsyncDisposable {
  /** The session it runs in. */
  readonly sessionId: string;
  /** Our user message, by which the server's messages of this turn are known. */
  readonly messageId: string;
  /** The reply; rejects where the turn failed or was aborted. */
  readonly reply: Promise<Reply>;
  /** The reply as well, but it never rejects: see its `outcome` and `error`. */
  readonly settled: Promise<Reply>;
  /**
   * The events of the turn, of its tool calls and its subagents, for one reader. The last is `done`;
   * where the turn failed, an `error` comes before it, and nothing is thrown.
   */
  readonly events: AsyncIterable<TurnEvent>;

  readonly #run: TurnRun;
  readonly #text: AsyncQueue<string>;

  /** For this package's own use; see `Session.stream`. */
  constructor(options: Omit<RunOptions, "emit" | "watch">, listen = true) {
    this.sessionId = options.sessionId;
    this.messageId = options.messageId;
    const leave = { onReturn: () => this.#leave() };
    const events = new AsyncQueue<TurnEvent>({ ...leave, merge: mergeText });
    const text = new AsyncQueue<string>({ ...leave, merge: (last, next) => last + next });
    this.events = events;
    this.#text = text;
    let lastMessage: string | undefined;
    const watch = options.context.observer?.begin(options);
    this.#run = new TurnRun({
      ...options,
      watch,
      emit: (event) => {
        watch?.event(event);
        if (!listen) return;
        events.push(event);
        if (event.type !== "text") return;
        text.push(separator(lastMessage, event) + event.text);
        lastMessage = event.messageId;
      },
    });
    const { turns } = options.context;
    turns.add(this);
    const { context, directory } = options;
    const run = this.#run.execute().then((reply) => explained(reply, context, directory));
    this.settled = run.then((reply) => {
      turns.delete(this);
      watch?.end(reply);
      const { error, sessionId } = reply;
      if (error !== undefined) events.push({ type: "error", sessionId, error });
      events.push({ type: "done", sessionId, reply });
      events.end();
      if (error === undefined) text.end();
      else text.fail(error);
      return reply;
    });
    this.reply = this.settled.then((reply) => {
      if (reply.error !== undefined) throw reply.error;
      return reply;
    });
    // a caller that reads only the text or the events receives the failure there
    this.reply.catch(() => {});
  }

  /**
   * The text as it comes, for one reader. Between the texts of two steps stands an empty line.
   * Rejects where the turn fails or is aborted.
   */
  [Symbol.asyncIterator](): AsyncIterator<string> {
    return this.#text;
  }

  /** The text of the reply. */
  async text(): Promise<string> {
    return (await this.reply).text;
  }

  /**
   * Ends the turn, here and on the server; resolves when it is settled, within 5 s.
   *
   * @param reason What `reply` rejects with. @default {a TurnAbortedError}
   */
  async abort(reason?: unknown): Promise<void> {
    this.#run.abort(reason);
    await this.settled;
  }

  /** Aborts it, where it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.abort();
  }

  async #leave(): Promise<void> {
    await this.abort();
  }
}

/** What stands before a piece of text, so that those of two steps read as two paragraphs. */
export function separator(lastMessage: string | undefined, event: TextEvent): string {
  const other = lastMessage !== undefined && lastMessage !== event.messageId;
  return other || event.restarted ? "\n\n" : "";
}

/** Pieces of one part that nobody has read yet are one piece. */
function mergeText(last: TurnEvent, next: TurnEvent): TurnEvent | undefined {
  const text = (last.type === "text" || last.type === "reasoning") && next.type === last.type;
  const same = text && last.partId === next.partId && !(next as TextEvent).restarted;
  return same ? { ...last, text: last.text + next.text } : undefined;
}

/** How long to look for it, in milliseconds. */
const LOOK_WITHIN = 2_000;

/** Where the model's provider failed, and no one had chosen that model, the error says so. */
async function explained(
  reply: Reply,
  { choices, server }: SessionContext,
  directory: string,
): Promise<Reply> {
  const { error, model, sessionId, outcome } = reply;
  const isProviders = error instanceof TurnError && error.name === "TurnError";
  if (outcome !== "error" || !isProviders || !choices || server?.running === false) return reply;
  if (await choices.chosen(sessionId, directory, LOOK_WITHIN).catch(() => false)) {
    const which = model === undefined ? "its model" : `the model ${model}`;
    error.message +=
      `. The server chose ${which} by itself, as none is configured: name one with \`model\``;
  }
  return reply;
}
