/**
 * How a turn stands on the server.
 *
 * ```
 *            a message of ours        it is completed or failed      idle
 *  waiting ────────────────────▶ answering ──────────────▶ answered ──────▶ ended
 *                                    ▲   another round        │
 *                                    └────────────────────────┘
 * ```
 *
 * - `waiting`: no assistant message with our id as `parentID` was seen.
 * - `answering`: one was seen, and the newest of them is neither completed nor failed.
 * - `answered`: the newest is completed or failed; another round may follow.
 * - `ended`: `answered`, and then the session went idle.
 *
 * What does not end a turn (server 1.18.33): `session.idle` alone (after an error or an abort it
 * comes twice, and the second may land in the next turn), a completed message alone (events are
 * serialised late, so the first event of a message may show it completed), `session.error` alone (a
 * compaction may follow). Where idle or an error comes without an answer there is a doubt: `next` is
 * `ask`, the owner asks the server, and says what it heard with `busy` or `settle`.
 *
 * @module
 */
import type { Next } from "../../types.ts";
import type { ServerError } from "../wire.ts";

/** The states of a turn, and what moves them. */
export class Standing {
  #phase: "waiting" | "answering" | "answered" | "ended" = "waiting";
  #doubt = false;
  #begun = false;
  #lastError: ServerError | undefined;

  /** The state. */
  get phase(): "waiting" | "answering" | "answered" | "ended" {
    return this.#phase;
  }

  /** Whether the run was seen to begin, or to fail before. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The last error of the session that is of this turn. */
  get lastError(): ServerError | undefined {
    return this.#lastError;
  }

  /** What to do now. */
  get next(): Next {
    return this.#phase === "ended" ? "ended" : this.#doubt ? "ask" : "wait";
  }

  /** The newest message of the turn came; `over` says whether it is completed or failed. */
  answer(over: boolean): void {
    this.#begun = true;
    if (this.#phase !== "ended") this.#phase = over ? "answered" : "answering";
    if (over) this.#doubt = false;
  }

  /** An event says that the session is busy: what came before is of the turn before. */
  run(): void {
    this.#begun = true;
    this.#doubt = false;
    this.#lastError = undefined;
  }

  /** An event says that the session is idle. */
  idle(): void {
    if (this.#phase === "answered") this.#phase = "ended";
    else if (this.#phase !== "ended") this.#doubt = true;
  }

  /** The session failed. It comes twice, the second time with a stack in place of the words. */
  fail(error: ServerError | undefined): void {
    this.#begun = true;
    this.#lastError ??= error;
    if (this.#phase === "waiting") this.#doubt = true;
  }

  /** The server was asked, and says that the session is busy. */
  busy(): void {
    this.#doubt = false;
  }

  /** The server was asked, and says that the session is idle; `false` where there is no answer. */
  settle(): boolean {
    if (this.#phase !== "answered" && this.#phase !== "ended") return false;
    this.#phase = "ended";
    this.#doubt = false;
    return true;
  }
}
