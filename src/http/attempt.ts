/**
 * One try of a request: what `fetch` is given, and what its failure is called.
 *
 * @module
 */
import { abortable } from "../async/abort.ts";
import { InvalidArgumentError, OpencodeError } from "../errors.ts";
import { connectionError, refusalError } from "./failure.ts";
import { type Body, requestOnce, sentOnce } from "./once.ts";
import type { CallOptions, QueryValue, ResolvedHttp } from "./options.ts";
import { fetchFollowing } from "./redirect.ts";
import { type Repeat, repeatOf } from "./retry.ts";
import { queryString } from "./url.ts";

/** A request to make. */
export interface HttpRequest {
  method: string;
  /** Encoded, from the root of `baseUrl`, beginning with a slash. */
  path: string;
  query?: Readonly<Record<string, QueryValue>>;
  /** Sent as JSON; `undefined` sends nothing. */
  json?: unknown;
  /** Sent as it is, where `json` is not. */
  body?: Body | undefined;
  headers?: Readonly<Record<string, string>>;
  /** @default By the method */
  repeat?: Repeat;
}

type Init = RequestInit & { headers: Headers };

/** What `fetch` takes, and the body before it was made fit to be sent once. */
export function initOf(
  http: ResolvedHttp,
  request: HttpRequest,
  call: CallOptions,
): { init: Init; sent: Body | undefined } {
  const headers = headersOf({ accept: "application/json", ...http.headers });
  if (http.password !== undefined && !headers.has("authorization")) {
    headers.set("authorization", basic(http.username, http.password));
  }
  headersOf({ ...request.headers, ...call.headers }, headers);
  const sent = request.json !== undefined ? toJson(request.json) : request.body;
  if (request.json !== undefined && !headers.has("content-type")) {
    headers.set("content-type", "application/json");
  }
  const init: Init = { method: request.method, headers, redirect: "manual" };
  const body = mayRepeatBelow(request) ? sent : sentOnce(sent);
  if (body !== undefined) init.body = body;
  // Node wants to hear that the answer may come before the body's end.
  if (body instanceof ReadableStream) Object.assign(init, { duplex: "half" });
  return { init, sent };
}

/** Whether it is safe that the runtime repeats the request automatically. */
function mayRepeatBelow({ method, repeat }: HttpRequest): boolean {
  return (repeat ?? repeatOf(method)) === "safe";
}

/** @throws {InvalidArgumentError} A header can't be sent; its value may be a secret and is left out. */
function headersOf(
  from: Readonly<Record<string, string | undefined>>,
  into: Headers = new Headers(),
): Headers {
  for (const [name, value] of Object.entries(from)) {
    if (value === undefined) continue;
    try {
      into.set(name, value);
    } catch {
      throw new InvalidArgumentError(
        `Cannot send the header ${
          JSON.stringify(name)
        }: its name or value has characters that HTTP doesn't allow`,
      );
    }
  }
  return into;
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new InvalidArgumentError(
      `Cannot write the body as JSON: ${(cause as Error).message.split("\n")[0]}`,
      { cause },
    );
  }
}

/** The header of HTTP Basic, in UTF-8 (RFC 7617). */
export function basic(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** Sends it through the middleware; an answer that comes after the abort is let go of. */
export async function attempt(
  http: ResolvedHttp,
  what: string,
  init: Init & { signal: AbortSignal },
  request: HttpRequest,
  call: CallOptions,
): Promise<Response> {
  const url = http.baseUrl + request.path + queryString({ ...request.query, ...call.query });
  const answer = http.middleware.length === 0
    ? fetchFollowing(http.fetch, what, url, init)
    : through(http, what, new Request(url, init), init, mayRepeatBelow(request));
  const response = await abortable(answer, init.signal).catch((error) => {
    // an answer that comes all the same, from a fetch that does not heed the signal, is let go of
    answer.then((late) => late.body?.cancel()).catch(() => {});
    throw error;
  });
  if (!(response instanceof Response) && typeof (response as Response)?.status !== "number") {
    throw new InvalidArgumentError(`${what}: fetch or middleware returned no Response`);
  }
  return response;
}

/** Through the middleware, outermost first, to `fetch`. */
function through(
  { fetch, middleware }: ResolvedHttp,
  what: string,
  request: Request,
  init: Init,
  repeatable: boolean,
): Promise<Response> {
  const last = async (request: Request) =>
    await fetchFollowing(fetch, what, repeatable ? request : await requestOnce(request), init);
  return middleware.reduceRight<typeof last>(
    (next, layer) => async (request) => await layer(request, next),
    last,
  )(request);
}

/** What a failed try is for the caller. */
export function failureOf(
  cause: unknown,
  what: string,
  http: ResolvedHttp,
  signal: AbortSignal,
): unknown {
  if (cause instanceof OpencodeError) return cause;
  if (signal.aborted) return signal.reason;
  return refusalError(what, cause) ?? connectionError(what, http.baseUrl, cause, secretsOf(http));
}

/** What no error and no log may repeat. */
export function secretsOf(http: ResolvedHttp): (string | undefined)[] {
  const { username, password } = http;
  return password === undefined ? [] : [password, basic(username, password).slice(6)];
}
