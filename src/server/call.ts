/**
 * The few calls to the server that starting and stopping need.
 *
 * @module
 */
import { linkSignals } from "../async/abort.ts";
import { directFetch } from "../http/transport.ts";

/** How to call. */
export interface ServerCallOptions {
  /** @default {"GET"} */
  method?: string;
  /** The directory that is asked about. */
  directory?: string | undefined;
  /** The HTTP user. */
  username?: string | undefined;
  /** The password; without one nothing is sent. */
  password?: string | undefined;
  /** Milliseconds, the answer's body included. */
  timeout: number;
  /** Rejects with its reason. */
  signal?: AbortSignal | undefined;
}

/** The answer. */
export interface ServerAnswer {
  /** The HTTP status. */
  status: number;
  /** The headers. */
  headers: Headers;
  /** The body: parsed where it is JSON, else its text. */
  body: unknown;
  /** Whether it is JSON, by its content type and in fact. */
  json: boolean;
}

/** The value of `authorization` for HTTP Basic. */
export function basicAuth(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** Calls; rejects where no answer came in time. */
export async function call(
  url: string,
  path: string,
  options: ServerCallOptions,
): Promise<ServerAnswer> {
  const { method = "GET", directory, username = "opencode", password, timeout, signal } = options;
  const address = new URL(url.replace(/\/+$/, "") + path); // the url may have a path of its own
  if (directory !== undefined) address.searchParams.set("directory", directory);
  const link = linkSignals([signal], { timeout });
  try {
    const response = await directFetch(address.href, {
      method,
      redirect: "manual", // the password stays with this address
      headers: password ? { authorization: basicAuth(username, password) } : {},
      signal: link.signal,
    });
    const text = await response.text();
    const type = response.headers.get("content-type") ?? "";
    const parsed = /\bjson\b/.test(type) ? parse(text) : undefined;
    return {
      status: response.status,
      headers: response.headers,
      body: parsed ? parsed.value : text,
      json: parsed !== undefined,
    };
  } finally {
    link.dispose();
  }
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
