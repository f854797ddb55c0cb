/**
 * Where the exporter sends to.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.ts";
import { host } from "../../runtime/host.ts";
import { checkShape, type Shape } from "../../text/shape.ts";

/** How traces and metrics are sent without an OpenTelemetry SDK. */
export interface OtlpOptions {
  /** The collector's address, without `/v1/traces`. @default {"http://localhost:4318"} */
  endpoint?: string;
  /** Headers of each request, such as a key; never logged. */
  headers?: Record<string, string>;
  /** The name of your program, as the backend shows it. @default {"opencode"} */
  serviceName?: string;
  /** Record prompts, answers, arguments and results of tools too. @default {false} */
  captureContent?: boolean;
}

const SHAPE: Shape<OtlpOptions> = {
  endpoint: "any",
  headers: "object",
  serviceName: "text",
  captureContent: "flag",
};

/** Where to send to. */
export interface OtlpTarget {
  endpoint: string;
  headers: Record<string, string>;
  serviceName: string;
}

/**
 * Reads and checks the options; `true` takes them from the environment.
 *
 * @throws {InvalidArgumentError} The endpoint or a header can't be used.
 */
export function otlpTarget(given: OtlpOptions | true): OtlpTarget {
  if (given !== true) checkShape("otlp", given, SHAPE, "otlp.");
  const { endpoint = "http://localhost:4318", headers = {}, serviceName = "opencode" } =
    given === true ? fromEnvironment() : given;
  const source = given === true ? "OTEL_EXPORTER_OTLP_ENDPOINT" : "otlp.endpoint";
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError(
      `Cannot use ${
        JSON.stringify(endpoint)
      } as ${source}: give an address such as "http://localhost:4318"`,
    );
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new InvalidArgumentError(
      `Cannot use the address in ${source}: give it without user, password, query and fragment, and put keys into headers`,
    );
  }
  try {
    new Headers(headers);
  } catch {
    // the runtime's own message holds the value, which may be a key
    throw new InvalidArgumentError(
      "Cannot use the headers of otlp: a name or a value holds a character that headers must not contain",
    );
  }
  const base = url.href.replace(/\/+$/, "").replace(/\/v1\/(traces|metrics)$/, "");
  return { endpoint: base, headers, serviceName };
}

function fromEnvironment(): OtlpOptions {
  const { env } = host();
  const read = (name: string) => {
    try {
      return env.get(name) || undefined;
    } catch {
      return undefined; // no permission to look
    }
  };
  const endpoint = read("OTEL_EXPORTER_OTLP_ENDPOINT");
  const serviceName = read("OTEL_SERVICE_NAME");
  const headers = headersOf(read("OTEL_EXPORTER_OTLP_HEADERS") ?? "");
  return { headers, ...endpoint && { endpoint }, ...serviceName && { serviceName } };
}

/** `name=value,name=value`, the values percent-encoded. */
function headersOf(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of text.split(",")) {
    const at = pair.indexOf("=");
    if (at <= 0) continue;
    const value = pair.slice(at + 1).trim();
    headers[pair.slice(0, at).trim()] = decoded(value);
  }
  return headers;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
