/**
 * The bounds of a turn that its events can pass: the server has none.
 *
 * @module
 */
import { isBound } from "../../async/timer.ts";
import { ToolRoundsExceededError, TurnError, TurnLimitError } from "../../errors.ts";
import type { ServerTurnEvent } from "../../dialect/events.ts";
import type { Progress, Taken } from "../../dialect/types.ts";
import type { TurnLimits } from "../options.ts";

/** Rounds without any content after which the provider counts as broken. */
const MAX_EMPTY_STEPS = 10;

/** Checks what a turn has taken, and returns the error for the first bound that is passed. */
export class Bounds {
  readonly #limits: Required<TurnLimits>;
  readonly #sessionId: string;
  readonly #rounds = new Set<string>();

  constructor(limits: Required<TurnLimits>, sessionId: string) {
    this.#limits = limits;
    this.#sessionId = sessionId;
  }

  /**
   * Looks at an event for what passes a bound by itself.
   *
   * @param wait How long the server will wait before it asks the provider again, in milliseconds.
   * @param at Where the turn stands, for the error.
   */
  event(event: ServerTurnEvent, wait: number, at: () => Progress): TurnError | undefined {
    if (event.type === "retry") return this.#retry(event, wait, at);
    if (event.type === "tool" && event.sessionId === this.#sessionId) {
      return this.#round(event.messageId, at);
    }
    return undefined;
  }

  #retry(
    { attempt, message }: { attempt: number; message: string },
    wait: number,
    at: () => Progress,
  ): TurnError | undefined {
    const { maxProviderRetries, idleTimeout } = this.#limits;
    const tooLong = isBound(idleTimeout) && wait > idleTimeout;
    if (attempt <= maxProviderRetries && !tooLong) return undefined;
    const why = attempt > maxProviderRetries
      ? `gave up after ${maxProviderRetries} retries (maxProviderRetries)`
      : `the provider asks to wait ${Math.round(wait / 1000)} s, longer than idleTimeout`;
    return new TurnError(`The model's provider keeps failing: ${message}; ${why}`, at());
  }

  /** Looks at what the turn and its subagents have taken together. */
  taken({ steps, emptySteps, usage, cost }: Taken, at: () => Progress): TurnError | undefined {
    const { maxSteps, maxCost, maxTokens } = this.#limits;
    const tokens = usage.input + usage.output + usage.reasoning + usage.cacheWrite;
    const over = steps > maxSteps
      ? `more than ${maxSteps} steps (maxSteps)`
      : cost > maxCost
      ? `${cost} US dollars, more than ${maxCost} (maxCost)`
      : tokens > maxTokens
      ? `${tokens} tokens, more than ${maxTokens} (maxTokens)`
      : undefined;
    if (over) return new TurnLimitError(`The turn was stopped: it took ${over}`, at());
    if (emptySteps <= MAX_EMPTY_STEPS) return undefined;
    return new TurnError(
      `The model's provider answers with nothing: ${emptySteps - 1} empty answers in a row`,
      at(),
    );
  }

  /** A message with tool calls is a round; what comes past the limit is ended before it is done. */
  #round(messageId: string, at: () => Progress): TurnError | undefined {
    const { maxToolRounds } = this.#limits;
    this.#rounds.add(messageId);
    if (this.#rounds.size <= maxToolRounds) return undefined;
    return new ToolRoundsExceededError(
      `The turn was stopped: the model called tools in more than ${maxToolRounds} rounds (maxToolRounds)`,
      at(),
    );
  }
}
