/**
 * Sends spans and metrics to a collector in the background: in batches, from bounded memory, never in
 * the way of a turn.
 *
 * @module
 */
import { settlesWithin } from "../../process/within.ts";
import { Collector } from "./collector.ts";
import { metricsJson, type SpanData, tracesJson } from "./json.ts";
import { Losses } from "./losses.ts";
import { OtlpMeter } from "./meter.ts";
import type { OtlpTarget } from "./options.ts";
import { SpanQueue } from "./queue.ts";
import { OtlpTracer } from "./tracer.ts";

/** How long spans wait for company, and how long the last delivery may take, in milliseconds. */
const INTERVAL = 5_000;
const CLOSE_WITHIN = 2_000;

/** A delivery that waits for more spans, and the one that goes on. */
interface Sending {
  soon?: ReturnType<typeof setTimeout>;
  now?: Promise<void>;
}

/** Sends what its tracer and its meter record. */
export class OtlpExporter {
  readonly tracer: OtlpTracer;
  readonly meter: OtlpMeter;
  readonly #service: string;
  readonly #collector: Collector;
  readonly #losses: Losses;
  readonly #queue = new SpanQueue();
  #sending: Sending = {};
  #closed: Promise<void> | undefined;
  /** How many measurements the collector has. */
  #delivered = 0;

  /** @param warn Told once that something is lost, and at the end how much. */
  constructor(target: OtlpTarget, warn: (message: string) => void) {
    this.#service = target.serviceName;
    this.#collector = new Collector(target);
    this.#losses = new Losses(target.endpoint, warn);
    this.tracer = new OtlpTracer((span) => this.#push(span));
    this.meter = new OtlpMeter(() => this.#schedule());
  }

  /** Sends what is left, within 2 s; what is recorded later is lost. Idempotent. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  #push(span: SpanData): void {
    if (this.#closed) return this.#losses.add(1, "the exporter is closed");
    if (!this.#queue.push(span)) return this.#losses.add(1, "more came than could be sent");
    if (this.#queue.full) this.#begin();
    else this.#schedule();
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#sending.soon ??= setTimeout(() => this.#begin(), INTERVAL);
  }

  #begin(): void {
    clearTimeout(this.#sending.soon);
    delete this.#sending.soon;
    if (this.#sending.now) return; // it goes on until nothing waits
    this.#sending.now = this.#send().finally(() => {
      delete this.#sending.now;
      if (this.#queue.length > 0 && !this.#closed) this.#schedule();
    });
  }

  async #send(): Promise<void> {
    while (this.#queue.length > 0 && !this.#collector.ended) {
      const batch = this.#queue.batch();
      const done = await this.#collector.deliver("traces", tracesJson(this.#service, batch));
      if ("failed" in done) this.#losses.add(batch.length, done.failed);
      else if (done.rejected > 0) this.#losses.add(done.rejected, done.why ?? "");
    }
    await this.#sendMetrics();
  }

  async #sendMetrics(): Promise<void> {
    const { measurements, data, since } = this.meter;
    if (measurements === this.#delivered || this.#collector.ended) return;
    const body = metricsJson(this.#service, data, since, Date.now());
    const done = await this.#collector.deliver("metrics", body);
    // nothing is lost yet where it failed: the next delivery holds all again
    if ("failed" in done) this.#losses.delay(done.failed);
    else this.#delivered = measurements;
  }

  async #close(): Promise<void> {
    await Promise.resolve(); // `#closed` is set when what follows runs
    clearTimeout(this.#sending.soon);
    this.#collector.hurry();
    const rest = (this.#sending.now ?? Promise.resolve()).then(() => this.#send());
    if (!await settlesWithin(rest, CLOSE_WITHIN)) {
      this.#collector.end();
      await rest;
    }
    const { measurements } = this.meter;
    this.#losses.tell(this.#queue.length, measurements - this.#delivered, measurements);
  }
}
