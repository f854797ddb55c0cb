/**
 * The one connection to the events of the server: it starts the agent, and is made anew where the
 * server was lost.
 *
 * @module
 */
import type { Opencode } from "../facade/opencode.ts";
import type { ServerEvent } from "../client/events.ts";
import { sleep } from "../async/abort.ts";
import { Refusal } from "./body.ts";

/** How long to wait before the server is asked for again, in milliseconds: at first, at most. */
const AGAIN = [300, 5_000] as const;

/** What is told to who follows. */
export interface FollowerListener {
  events(batch: readonly ServerEvent[]): void;
  /** The server can be heard again, or no longer. */
  up(up: boolean): void;
  /** Events may be missing: reads everything anew. */
  resync(): Promise<void>;
  /** That failed, on a connection that stands. */
  reset(): void;
}

/** Follows the events of one agent until its signal ends that. */
export class Follower {
  readonly #ai: Opencode;
  readonly #signal: AbortSignal;
  readonly #listener: FollowerListener;
  #following: Promise<void> | undefined;
  #lost = false;

  constructor(ai: Opencode, signal: AbortSignal, listener: FollowerListener) {
    this.#ai = ai;
    this.#signal = signal;
    this.#listener = listener;
  }

  /**
   * Starts the agent where it has not started, and follows it; resolves once events are heard.
   *
   * @throws {Refusal} The server is gone, and not back yet.
   */
  async start(): Promise<void> {
    if (this.#lost) throw new Refusal(503, "The opencode server is gone; waiting for it …");
    await (this.#following ??= this.#connect().catch((error) => {
      this.#following = undefined;
      throw error;
    }));
  }

  async #connect(): Promise<void> {
    await this.#ai.start();
    const { client, directory } = this.#ai;
    const { events, up, reset } = this.#listener;
    const subscription = await client.subscribe({
      events,
      // at once, not only when the connection is given up: who watches a turn sees it stand still
      down: () => up(false),
      gap: () => {
        up(true);
        this.#resync().catch(reset);
      },
      lost: () => {
        this.#lost = true;
        up(false);
        this.#following = this.#again();
      },
    }, { directory, signal: this.#signal });
    try {
      await this.#resync();
    } catch (error) {
      // it is tried again, and nothing may come twice then
      subscription.close();
      throw error;
    }
  }

  async #resync(): Promise<void> {
    await this.#listener.resync();
    this.#lost = false;
  }

  /** Tries until the server is back, or the page's server is closed. */
  async #again(): Promise<void> {
    for (let wait: number = AGAIN[0];; wait = Math.min(wait * 2, AGAIN[1])) {
      try {
        await sleep(wait, this.#signal);
        await this.#connect();
        return this.#listener.up(true);
      } catch {
        if (this.#signal.aborted) return;
      }
    }
  }
}
