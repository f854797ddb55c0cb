/**
 * A meter for programs without an OpenTelemetry SDK: histograms that count from the beginning, so
 * that an export that fails loses nothing.
 *
 * @module
 */
import type {
  TelemetryAttributes,
  TelemetryHistogram,
  TelemetryHistogramOptions,
  TelemetryMeter,
} from "../otel.ts";
import type { HistogramData, PointData } from "./json.ts";

/** Sets of attributes beyond these are counted as one, without attributes. */
const MAX_POINTS = 500;

/** Makes histograms and keeps what they counted. */
export class OtlpMeter implements TelemetryMeter {
  /** When it began to count, in milliseconds since 1970. */
  readonly since: number = Date.now();
  /** Grows with each measurement. */
  measurements = 0;
  readonly #histograms: OtlpHistogram[] = [];
  readonly #recorded: () => void;

  /** @param recorded Called after each measurement. */
  constructor(recorded: () => void) {
    this.#recorded = recorded;
  }

  createHistogram(name: string, options: TelemetryHistogramOptions = {}): TelemetryHistogram {
    const histogram = new OtlpHistogram(name, options, () => {
      this.measurements++;
      this.#recorded();
    });
    this.#histograms.push(histogram);
    return histogram;
  }

  /** What was counted so far. */
  get data(): HistogramData[] {
    return this.#histograms.map(({ data }) => data).filter(({ points }) => points.length > 0);
  }
}

class OtlpHistogram implements TelemetryHistogram {
  readonly #name: string;
  readonly #options: TelemetryHistogramOptions;
  readonly #bounds: readonly number[];
  readonly #points = new Map<string, PointData>();
  readonly #recorded: () => void;

  constructor(name: string, options: TelemetryHistogramOptions, recorded: () => void) {
    this.#name = name;
    this.#options = options;
    this.#bounds = options.advice?.explicitBucketBoundaries ?? [];
    this.#recorded = recorded;
  }

  record(value: number, attributes: TelemetryAttributes = {}): void {
    const point = this.#point(attributes);
    point.count++;
    point.sum += value;
    point.min = Math.min(point.min, value);
    point.max = Math.max(point.max, value);
    // a value on a bound belongs to the bucket that ends there
    const index = this.#bounds.findIndex((bound) => value <= bound);
    point.buckets[index < 0 ? this.#bounds.length : index]!++;
    this.#recorded();
  }

  get data(): HistogramData {
    const { description, unit } = this.#options;
    const points = [...this.#points.values()];
    return { name: this.#name, description, unit, bounds: this.#bounds, points };
  }

  #point(attributes: TelemetryAttributes): PointData {
    const full = this.#points.size >= MAX_POINTS;
    const key = keyOf(attributes);
    const known = this.#points.get(key) ?? (full ? this.#points.get(OVERFLOW) : undefined);
    if (known) return known;
    const point = {
      attributes: full ? { "otel.metric.overflow": true } : attributes,
      count: 0,
      sum: 0,
      min: Infinity,
      max: -Infinity,
      buckets: new Array(this.#bounds.length + 1).fill(0),
    };
    this.#points.set(full ? OVERFLOW : key, point);
    return point;
  }
}

const OVERFLOW = "overflow";

function keyOf(attributes: TelemetryAttributes): string {
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => a < b ? -1 : 1));
}
