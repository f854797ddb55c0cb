/**
 * What did not reach the collector: told once when it begins, and in numbers at the end.
 *
 * @module
 */

/** Counts it. */
export class Losses {
  readonly #endpoint: string;
  readonly #warn: (message: string) => void;
  #spans = 0;
  #why = "";

  constructor(endpoint: string, warn: (message: string) => void) {
    this.#endpoint = endpoint;
    this.#warn = warn;
  }

  /** Spans are lost. */
  add(spans: number, why: string): void {
    const isFirst = this.#spans === 0;
    this.#spans += spans;
    this.#why = why;
    if (isFirst) this.#warn(`Traces for ${this.#endpoint} are being lost: ${why}`);
  }

  /** Something did not arrive that may still. */
  delay(why: string): void {
    this.#why = why;
  }

  /**
   * Tells how much was lost in the end, if anything.
   *
   * @param waiting Spans that are not sent any more.
   * @param missing Measurements that the collector does not have, of all that there were.
   */
  tell(waiting: number, missing: number, measurements: number): void {
    const spans = this.#spans + waiting;
    if (spans + missing === 0) return;
    const lost = [`${spans} ${spans === 1 ? "span" : "spans"}`];
    if (missing > 0) lost.push(`${missing} of ${measurements} measurements`);
    const why = this.#why || "there was no time left";
    this.#warn(`${lost.join(" and ")} did not reach ${this.#endpoint}: ${why}`);
  }
}
