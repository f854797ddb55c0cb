/**
 * What records turns, made from options that have been checked.
 *
 * @module
 */
import { TelemetryObserver } from "./observer.ts";
import { OtlpExporter } from "./otlp/exporter.ts";
import type { OtlpTarget } from "./otlp/options.ts";
import { Recorder } from "./recorder.ts";
import type { TelemetryOptions } from "./telemetry.ts";

/** What is to be recorded, and where it goes. */
export interface RecordOptions {
  /** To a program's own OpenTelemetry SDK. */
  telemetry: TelemetryOptions | undefined;
  /** To a collector. */
  target: OtlpTarget | undefined;
  /** Whether the collector gets prompts and answers too. */
  captureContent: boolean;
}

/** What watches turns, and how it ends. */
export interface Recorded {
  readonly observer: TelemetryObserver;
  /** Sends what is left, within 2 s. Idempotent. */
  close(): Promise<void>;
}

/** Begins to record. @param tell Told of what is lost; never throws. */
export function record(
  { telemetry, target, captureContent }: RecordOptions,
  tell: (message: string) => void,
): Recorded {
  const recorders: Recorder[] = [];
  if (telemetry !== undefined) {
    recorders.push(new Recorder(telemetry.tracer, telemetry.meter, telemetry.captureContent));
  }
  const exporter = target && new OtlpExporter(target, tell);
  if (exporter) recorders.push(new Recorder(exporter.tracer, exporter.meter, captureContent));
  return {
    observer: new TelemetryObserver(recorders, tell),
    close: async () => await exporter?.close(),
  };
}
