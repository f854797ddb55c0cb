/**
 * Parents of spans, without a dependency on `@opentelemetry/api`: its keys and its context manager
 * are registered under global symbols.
 *
 * @module
 */
import type { TelemetryContext, TelemetrySpan, TelemetrySpanContext } from "./otel.ts";

/** The key of the span in a context; `createContextKey` of the API 1.x is `Symbol.for`. */
export const SPAN_KEY: symbol = Symbol.for("OpenTelemetry Context Key SPAN");

interface ContextManager {
  active(): TelemetryContext;
  with<T>(context: TelemetryContext, run: () => T): T;
}

/** A context for where no API is loaded. */
class OwnContext implements TelemetryContext {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown> = new Map()) {
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): TelemetryContext {
    return new OwnContext(new Map(this.#values).set(key, value));
  }

  deleteValue(key: symbol): TelemetryContext {
    const values = new Map(this.#values);
    values.delete(key);
    return new OwnContext(values);
  }
}

/** The context manager that the program registered with the API, where it did. */
function manager(): ContextManager | undefined {
  const api = (globalThis as Record<symbol, unknown>)[Symbol.for("opentelemetry.js.api.1")];
  return (api as { context?: ContextManager } | undefined)?.context;
}

/** The caller's context; `undefined` where none is kept. */
export function activeContext(): TelemetryContext | undefined {
  return manager()?.active();
}

/** A context whose spans are below this one. */
export function contextOf(span: TelemetrySpan, base?: TelemetryContext): TelemetryContext {
  return (base ?? new OwnContext()).setValue(SPAN_KEY, span);
}

/** Runs something in a context, where contexts are kept. */
export function runIn<T>(context: TelemetryContext, run: () => T): T {
  let ran = false;
  try {
    const active = manager();
    if (!active) return run();
    return active.with(context, () => {
      ran = true;
      return run();
    });
  } catch (error) {
    if (ran) throw error;
    return run(); // the manager failed, not what it was to run
  }
}

/** A span's identity as the `traceparent` header of the W3C; `undefined` where it has none. */
export function traceparentOf(
  { traceId, spanId, traceFlags }: TelemetrySpanContext,
): string | undefined {
  const valid = /^(?!0+$)[0-9a-f]{32}$/.test(traceId) && /^(?!0+$)[0-9a-f]{16}$/.test(spanId);
  if (!valid) return undefined;
  return `00-${traceId}-${spanId}-${(traceFlags & 1).toString().padStart(2, "0")}`;
}
