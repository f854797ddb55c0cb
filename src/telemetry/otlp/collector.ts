/**
 * Where traces and metrics are sent to.
 *
 * @module
 */
import type { OtlpTarget } from "./options.ts";
import { deliver, type Delivered } from "./send.ts";

/** Takes one delivery after the other. */
export class Collector {
  readonly #target: OtlpTarget;
  readonly #life = new AbortController();
  #hurried = false;
  /** Cuts the wait short that goes on. */
  #go: (() => void) | undefined;

  constructor(target: OtlpTarget) {
    this.#target = target;
  }

  /** Whether nothing is sent any more. */
  get ended(): boolean {
    return this.#life.signal.aborted;
  }

  /** Sends; never rejects. */
  deliver(what: "traces" | "metrics", body: string): Promise<Delivered> {
    const { endpoint, headers } = this.#target;
    return deliver({
      url: `${endpoint}/v1/${what}`,
      headers,
      body,
      signal: this.#life.signal,
      pause: (ms) => this.#pause(ms),
    });
  }

  /** Waits between no tries any more. */
  hurry(): void {
    this.#hurried = true;
    this.#go?.();
  }

  /** Sends nothing any more. */
  end(): void {
    this.#life.abort(new DOMException("The exporter is closed", "AbortError"));
  }

  async #pause(ms: number): Promise<void> {
    if (this.#hurried) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#go = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.#go = undefined;
  }
}
