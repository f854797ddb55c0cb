/**
 * What `telemetry` and `otlp` mean together.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import { checkShape, type Shape } from "../text/shape.ts";
import type { TelemetryObserver } from "./observer.ts";
import type { TelemetryMeter, TelemetryTracer } from "./otel.ts";
import { type OtlpOptions, otlpTarget } from "./otlp/options.ts";
import type { Recorded } from "./recorded.ts";

/** Where traces and metrics of a program with an OpenTelemetry SDK go. */
export interface TelemetryOptions {
  /** Makes the spans, such as `trace.getTracer("my-program")`. */
  tracer?: TelemetryTracer;
  /** Makes the instruments, such as `metrics.getMeter("my-program")`. */
  meter?: TelemetryMeter;
  /** Record prompts, answers, arguments and results of tools too. @default {false} */
  captureContent?: boolean;
}

/** Watches turns, and is closed at the end. */
export interface Telemetry {
  /** For the sessions; `undefined` before `ready`. */
  readonly observer: TelemetryObserver | undefined;
  /** Loads what it takes. */
  ready(): Promise<void>;
  /** Sends what is left, within 2 s. Idempotent. */
  close(): Promise<void>;
}

/**
 * Begins to record; `undefined` where nothing is asked for. Nothing is sent before something is
 * recorded.
 *
 * @param warn Told of what is lost.
 * @throws {InvalidArgumentError} An option can't be used.
 */
export function startTelemetry(
  { telemetry, otlp }: {
    telemetry?: TelemetryOptions | undefined;
    otlp?: OtlpOptions | boolean | undefined;
  },
  warn: (message: string) => void,
): Telemetry | undefined {
  const tell = (message: string) => {
    try {
      warn(message);
    } catch { /* a logger that fails must not fail a turn */ }
  };
  if (telemetry !== undefined) checkSdk(telemetry);
  const target = otlp ? otlpTarget(otlp) : undefined;
  if (telemetry === undefined && target === undefined) return undefined;
  const captureContent = typeof otlp === "object" && (otlp.captureContent ?? false);
  let recorded: Recorded | undefined;
  return {
    get observer() {
      return recorded?.observer;
    },
    async ready() {
      // most programs record nothing
      const { record } = await import("./recorded.ts");
      recorded ??= record({ telemetry, target, captureContent }, tell);
    },
    close: async () => await recorded?.close(),
  };
}

const SHAPE: Shape<TelemetryOptions> = { tracer: "any", meter: "any", captureContent: "flag" };

function checkSdk(options: TelemetryOptions): void {
  checkShape("telemetry", options, SHAPE, "telemetry.");
  const { tracer, meter } = options;
  if (tracer === undefined && meter === undefined) {
    throw new InvalidArgumentError(
      "Nothing to record with: give telemetry.tracer, telemetry.meter or both, or use `otlp`",
    );
  }
  if (tracer !== undefined && typeof tracer.startSpan !== "function") {
    throw new InvalidArgumentError(
      "Cannot use telemetry.tracer: give a tracer, such as trace.getTracer(name), not a provider",
    );
  }
  if (meter !== undefined && typeof meter.createHistogram !== "function") {
    throw new InvalidArgumentError(
      "Cannot use telemetry.meter: give a meter, such as metrics.getMeter(name), not a provider",
    );
  }
}
