/**
 * What is measured, by the names of the semantic conventions for generative AI.
 *
 * @module
 */
import type { Usage } from "../dialect/events.ts";
import type { TelemetryAttributes, TelemetryHistogram, TelemetryMeter } from "./otel.ts";
import { inputTokens, outputTokens } from "./attributes.ts";

/** Where the conventions want buckets to end. */
const TOKENS = Array.from({ length: 14 }, (_, i) => 4 ** i);
const SECONDS = Array.from({ length: 14 }, (_, i) => 0.01 * 2 ** i);
const FIRST = [
  0.001,
  0.005,
  0.01,
  0.02,
  0.04,
  0.06,
  0.08,
  0.1,
  0.25,
  0.5,
  0.75,
  1,
  2.5,
  5,
  7.5,
  10,
];

/** The instruments of one meter; none without one. */
export class Instruments {
  readonly #tokens: TelemetryHistogram | undefined;
  readonly #duration: TelemetryHistogram | undefined;
  readonly #first: TelemetryHistogram | undefined;

  constructor(meter: TelemetryMeter | undefined) {
    const make = (name: string, description: string, unit: string, ends: number[]) =>
      meter?.createHistogram(name, {
        description,
        unit,
        advice: { explicitBucketBoundaries: ends },
      });
    this.#tokens = make(
      "gen_ai.client.token.usage",
      "Tokens of calls of a model",
      "{token}",
      TOKENS,
    );
    this.#duration = make(
      "gen_ai.client.operation.duration",
      "How long turns, calls of a model and tool calls take",
      "s",
      SECONDS,
    );
    this.#first = make(
      "gen_ai.client.operation.time_to_first_chunk",
      "How long the first output of a model takes",
      "s",
      FIRST,
    );
  }

  /** An operation took so many milliseconds. */
  took(ms: number, attributes: TelemetryAttributes): void {
    this.#duration?.record(ms / 1000, attributes);
  }

  /** A model's first output took so many milliseconds. */
  first(ms: number, attributes: TelemetryAttributes): void {
    this.#first?.record(ms / 1000, attributes);
  }

  /** A call of a model took these tokens. */
  tokens(usage: Usage, attributes: TelemetryAttributes): void {
    const counts = { input: inputTokens(usage), output: outputTokens(usage) };
    for (const [type, count] of Object.entries(counts)) {
      if (count > 0) this.#tokens?.record(count, { ...attributes, "gen_ai.token.type": type });
    }
  }
}
