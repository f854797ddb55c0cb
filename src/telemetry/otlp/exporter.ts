/**
 * Sends spans and metrics to a collector in the background: in batches, from bounded memory, never in
 * the way of a turn.
 *
 * @module
 */
import { settlesWithin } from "../../process/within.ts";
import { metricsJson, type SpanData, tracesJson } from "./json.ts";
import { OtlpMeter } from "./meter.ts";
import type { OtlpTarget } from "./options.ts";
import { SpanQueue } from "./queue.ts";
import { deliver, type Delivered } from "./send.ts";
import { OtlpTracer } from "./tracer.ts";

/** How long spans wait for company, and how long the last delivery may take, in milliseconds. */
const INTERVAL = 5_000;
const CLOSE_WITHIN = 2_000;

/** Sends what its tracer and its meter record. */
export class OtlpExporter {
  readonly tracer: OtlpTracer;
  readonly meter: OtlpMeter;
  readonly #target: OtlpTarget;
  readonly #warn: (message: string) => void;
  readonly #queue = new SpanQueue();
  readonly #life = new AbortController();
  /** What cuts a wait short. */
  #hurry: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  /** How many measurements the collector has. */
  #delivered = 0;
  #lostSpans = 0;
  #told = false;
  #why = "";

  /** @param warn Told once that something is lost, and at the end how much. */
  constructor(target: OtlpTarget, warn: (message: string) => void) {
    this.#target = target;
    this.#warn = warn;
    this.tracer = new OtlpTracer((span) => this.#push(span));
    this.meter = new OtlpMeter(() => this.#schedule());
  }

  /** Sends what is left, within 2 s; what is recorded later is lost. Idempotent. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  #push(span: SpanData): void {
    if (this.#closed) return this.#lose(1, "the exporter is closed");
    if (!this.#queue.push(span)) return this.#lose(1, "more came than could be sent");
    if (this.#queue.full) this.#begin();
    else this.#schedule();
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => this.#begin(), INTERVAL);
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#sending) return; // it goes on until nothing waits
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined;
      if (this.#queue.length > 0 && !this.#closed) this.#schedule();
    });
  }

  async #send(): Promise<void> {
    while (this.#queue.length > 0 && !this.#life.signal.aborted) {
      const batch = this.#queue.batch();
      const done = await this.#deliver("traces", tracesJson(this.#target.serviceName, batch));
      if ("failed" in done) this.#lose(batch.length, done.failed);
      else if (done.rejected > 0) this.#lose(done.rejected, done.why ?? "");
    }
    await this.#sendMetrics();
  }

  async #sendMetrics(): Promise<void> {
    const { measurements, data, since } = this.meter;
    if (measurements === this.#delivered || this.#life.signal.aborted) return;
    const body = metricsJson(this.#target.serviceName, data, since, Date.now());
    const done = await this.#deliver("metrics", body);
    // nothing is lost yet where it failed: the next delivery holds all again
    if ("failed" in done) this.#why = done.failed;
    else this.#delivered = measurements;
  }

  #deliver(what: "traces" | "metrics", body: string): Promise<Delivered> {
    const { endpoint, headers } = this.#target;
    const { signal } = this.#life;
    return deliver({
      url: `${endpoint}/v1/${what}`,
      headers,
      body,
      signal,
      pause: (ms) => this.#pause(ms),
    });
  }

  /** Waits; not at all once it is being closed. */
  async #pause(ms: number): Promise<void> {
    if (this.#closed) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#hurry = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.#hurry = undefined;
  }

  async #close(): Promise<void> {
    await Promise.resolve(); // `#closed` is set when what follows runs
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#hurry?.();
    const rest = (this.#sending ?? Promise.resolve()).then(() => this.#send());
    if (!await settlesWithin(rest, CLOSE_WITHIN)) {
      this.#life.abort(new DOMException("The exporter is closed", "AbortError"));
      await rest;
    }
    this.#tellRest();
  }

  #lose(spans: number, why: string): void {
    this.#lostSpans += spans;
    this.#why = why;
    if (this.#told) return;
    this.#told = true;
    this.#warn(`Traces for ${this.#target.endpoint} are being lost: ${why}`);
  }

  /** How much was lost, at the end. */
  #tellRest(): void {
    const spans = this.#lostSpans + this.#queue.length;
    const measurements = this.meter.measurements - this.#delivered;
    if (spans + measurements === 0) return;
    const lost = [`${spans} ${spans === 1 ? "span" : "spans"}`];
    if (measurements > 0) lost.push(`${measurements} of ${this.meter.measurements} measurements`);
    const why = this.#why || "there was no time left";
    this.#warn(`${lost.join(" and ")} did not reach ${this.#target.endpoint}: ${why}`);
  }
}
