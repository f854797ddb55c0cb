/**
 * One prompt in a session: its turns followed to their end, and what they came to.
 *
 * @module
 */
import { askTurns } from "../session/ask.ts";
import { NOBODY_TO_ANSWER } from "../session/turn/responder.ts";
import type { TurnEvent } from "../session/events.ts";
import type { StreamOptions } from "../session/options.ts";
import type { Reply } from "../session/reply.ts";
import type { Session } from "../session/session.ts";
import type { Turn } from "../session/turn/turn.ts";
import { exitCodeOf } from "./exit.ts";
import type { Denial, Ended, Output } from "./output/output.ts";

/** What {@linkcode exchange} takes. */
export interface ExchangeOptions {
  session: Session;
  text: string;
  options: StreamOptions;
  output: Output;
  /** The answer is a JSON value that satisfies this. */
  schema?: Record<string, unknown>;
  /** What a failure comes from, where somebody knows more than the turn. */
  explain?: ((error: unknown) => Promise<unknown>) | undefined;
  /** Whether a permission was refused as no one could be asked. */
  refused(): boolean;
  /** Calls of local tools that were refused as no one could be asked, filled while it runs. */
  denied: Denial[];
}

/** Sends a prompt, hands its events to the output, and returns how it ended; never rejects. */
export async function exchange(exchange: ExchangeOptions): Promise<Ended> {
  const { session, text, options, schema } = exchange;
  const started = Date.now();
  const follower = new Follower(exchange);
  let error: unknown;
  let reply: Reply | undefined;
  try {
    if (schema) {
      const { askForObject } = await import("../session/structured.ts");
      const send = (prompt: string, more: StreamOptions) =>
        follower.follow(session.stream(prompt, more));
      ({ reply } = await askForObject(send, text, { schema }, options));
    } else {
      const stream = (prompt: string, more: StreamOptions) => session.stream(prompt, more);
      for await (const turn of askTurns(stream, text, options)) {
        reply = await follower.follow(turn);
      }
    }
  } catch (cause) {
    error = await exchange.explain?.(cause) ?? cause;
    reply = follower.last;
  }
  const refused = follower.unanswered || exchange.refused() || exchange.denied.length > 0;
  return {
    exitCode: error !== undefined ? exitCodeOf(error) : refused ? 5 : 0,
    denials: [...follower.denials, ...exchange.denied],
    duration: Date.now() - started,
    modelDuration: follower.modelDuration,
    sessionId: session.id,
    ...reply && { reply },
    ...error !== undefined && { error },
  };
}

/** How the server says that a rule refused a call, without having asked (1.18.33). */
const BY_RULE = /^The user has specified a rule which prevents you from using this/;

/** Follows turns, and keeps in mind what no reply says. */
class Follower {
  readonly denials: Denial[] = [];
  /** A question was left open, as no one could be asked. */
  unanswered = false;
  /** The last reply, whatever became of it. */
  last: Reply | undefined;
  modelDuration = 0;
  readonly #exchange: ExchangeOptions;
  readonly #steps = new Map<string, number>();

  constructor(exchange: ExchangeOptions) {
    this.#exchange = exchange;
  }

  /** @throws What the turn failed with. */
  async follow(turn: Turn): Promise<Reply> {
    for await (const event of turn.events) {
      this.#note(event);
      await this.#exchange.output.event(event);
    }
    const reply = this.last = await turn.settled;
    if (reply.error !== undefined) throw reply.error;
    return reply;
  }

  #note(event: TurnEvent): void {
    if (event.type === "step") {
      if (event.status === "started") return void this.#steps.set(event.messageId, Date.now());
      const since = this.#steps.get(event.messageId);
      if (since !== undefined) this.modelDuration += Date.now() - since;
    }
    if (event.type === "tool" && event.status === "error" && BY_RULE.test(event.error ?? "")) {
      const { name: tool, callId, input } = event;
      this.denials.push({ tool, callId, input });
    }
    if (event.type === "permission" && event.reply === "reject") {
      const { request } = event;
      this.denials.push({
        tool: request.permission,
        callId: request.tool?.callId ?? request.id,
        input: request.input ?? request.metadata,
      });
    }
    if (event.type === "question") {
      this.unanswered ||= event.answers?.some((one) => one[0] === NOBODY_TO_ANSWER) ?? false;
    }
  }
}
