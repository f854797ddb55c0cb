/**
 * What `telemetry` and `otlp` mean together.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import { TelemetryObserver } from "./observer.ts";
import type { TelemetryMeter, TelemetryTracer } from "./otel.ts";
import { OtlpExporter } from "./otlp/exporter.ts";
import { type OtlpOptions, otlpTarget } from "./otlp/options.ts";
import { Recorder } from "./recorder.ts";

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
  /** For the sessions. */
  readonly observer: TelemetryObserver;
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
  const recorders: Recorder[] = [];
  if (telemetry !== undefined) recorders.push(ofSdk(telemetry));
  const exporter = otlp ? new OtlpExporter(otlpTarget(otlp), tell) : undefined;
  if (exporter) {
    const content = otlp !== true && otlp !== false && otlp?.captureContent;
    recorders.push(new Recorder(exporter.tracer, exporter.meter, content || false));
  }
  if (recorders.length === 0) return undefined;
  const observer = new TelemetryObserver(recorders, tell);
  return { observer, close: async () => await exporter?.close() };
}

function ofSdk({ tracer, meter, captureContent }: TelemetryOptions): Recorder {
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
  return new Recorder(tracer, meter, captureContent);
}
