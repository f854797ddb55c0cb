/**
 * Turns failures on the wire into errors of this package.
 *
 * @module
 */
import {
  APIConnectionError,
  APIStatusError,
  type APIStatusErrorOptions,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  PermissionMissingError,
  RateLimitError,
  UnprocessableEntityError,
} from "../errors.ts";
import { mask, maskBody } from "./mask.ts";

const BY_STATUS: Readonly<
  Record<number, new (message: string, options: APIStatusErrorOptions) => APIStatusError>
> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  422: UnprocessableEntityError,
  429: RateLimitError,
};

/** The error that a status of 400 or more stands for, with the server's own words; no secret in it. */
export async function statusError(
  what: string,
  response: Response,
  text: string,
  secrets: readonly (string | undefined)[] = [],
): Promise<APIStatusError> {
  const { status, headers } = response;
  let body: unknown = text;
  try {
    if (text !== "") body = JSON.parse(text);
  } catch { /* the text itself is the body */ }
  // loaded for this failure alone: a page needs it rarely
  if (/^Config/.test((body as { name?: string } | null)?.name ?? "")) {
    body = (await import("./config_body.ts")).withoutContent(body);
  }
  const words = mask(serverWords(body, headers) ?? response.statusText, secrets, 1000);
  const hint = HINTS[status] === undefined || words !== "" && status !== 401 ? "" : HINTS[status];
  const Kind = BY_STATUS[status] ?? (status >= 500 ? InternalServerError : APIStatusError);
  const message = [`${what} was answered with ${status}`, words, hint].filter(Boolean).join(": ");
  return new Kind(message, { status, headers, body: maskBody(body, secrets) });
}

const HINTS: Readonly<Record<number, string>> = {
  401:
    "the server wants a user name and a password; give username and password, or set OPENCODE_SERVER_PASSWORD",
  404: "there is no such thing on this server",
};

/**
 * The message in one of the server's shapes of a failure (server 1.18.33 has four: `name` with
 * `data.message`, `_tag` with or without a `message`, an empty body, and text).
 */
export function serverWords(body: unknown, headers?: Headers): string | undefined {
  if (typeof body === "string") {
    if (/^\s*<|text\/html/i.test(body.slice(0, 20) + (headers?.get("content-type") ?? ""))) {
      return "a web page";
    }
    return body.trim() || undefined;
  }
  if (body === null || typeof body !== "object") return undefined;
  const { name, _tag: tag, message, error, data } = body as Record<string, unknown>;
  const kind = text(name) ?? text(tag);
  const inner = data as { message?: unknown; ref?: unknown } | undefined;
  const about = Object.entries(body).filter(([field, value]) =>
    /ID$/.test(field) && typeof value === "string"
  ).map(([, value]) => value as string);
  const said = text(message) ?? text(inner?.message) ?? text(error) ??
    text((error as { message?: unknown } | undefined)?.message);
  const parts = [kind, said ?? about.join(", ")].filter(Boolean);
  if (parts.length === 0) return JSON.stringify(body);
  const ref = text(inner?.ref);
  return parts.join(": ") + (ref ? ` (${ref} in the server's log)` : "");
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The error for a connection that could not be made, or that broke. */
export function connectionError(
  what: string,
  origin: string,
  cause: unknown,
  secrets: readonly (string | undefined)[] = [],
): APIConnectionError {
  if (withoutReason(cause)) return new APIConnectionError(browserMessage(what, origin), { cause });
  const message = neverReached(cause)
    ? `${what} did not reach the server at ${origin}: nothing answers there; is it running?`
    : `${what} lost its connection to ${origin}`;
  const reason = mask(rootMessage(cause), secrets, 500);
  return new APIConnectionError(reason ? `${message} (${reason})` : message, { cause });
}

/** Whether this is how a browser's fetch fails: it never says why. */
function withoutReason(error: unknown): boolean {
  return error instanceof TypeError && error.cause === undefined && !("code" in error) &&
    /^(Failed to fetch|Load failed|NetworkError|Network request failed)/i.test(error.message);
}

function browserMessage(what: string, origin: string): string {
  const { location } = globalThis as { location?: { origin?: string } };
  const page = location?.origin && location.origin !== "null" ? location.origin : "ORIGIN";
  return `${what} got no answer from ${origin}: CORS or not reachable: start the server with --cors ${page}`;
}

/**
 * The error for a request that Deno refused because a permission is missing, with the flag that grants it;
 * `undefined` for every other cause.
 */
export function refusalError(what: string, cause: unknown): PermissionMissingError | undefined {
  if (!(cause instanceof Error) || cause.name !== "NotCapable") return undefined;
  // `Requires net access to "127.0.0.1:4096", run again with the --allow-net flag`
  const kind = /--allow-([a-z]+)/.exec(cause.message)?.[1] ?? "all";
  const place = /access to "([^"]*)"/.exec(cause.message)?.[1];
  const value = place === undefined || kind === "env" || kind === "all"
    ? ""
    : `=${kind === "net" ? place.replace(/:\d+$/, "") : place}`;
  const flag = `--allow-${kind}${value}`;
  return new PermissionMissingError(
    `Cannot send ${what} without a permission: run the program with ${flag}`,
    { flag, cause },
  );
}

/**
 * Whether a failed fetch provably never reached the server: the connection was refused, or the name
 * was not found. Everything else may have been received.
 */
export function neverReached(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as { code?: unknown };
    if (typeof code === "string" && REFUSED.test(code)) return true;
    // Deno says it in words alone.
    if (
      /client error \(Connect\)|tcp connect error|connection refused|dns error|ECONNREFUSED|ENOTFOUND/i
        .test(at.message)
    ) {
      return true;
    }
    if (at instanceof AggregateError && at.errors.length > 0 && at.errors.every(neverReached)) {
      return true;
    }
  }
  return false;
}

const REFUSED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused|FailedToOpenSocket)$/;

function rootMessage(error: unknown): string {
  let at = error;
  for (let depth = 0; at instanceof Error && at.cause instanceof Error && depth < 5; depth++) {
    at = at.cause;
  }
  if (!(at instanceof Error)) return "";
  const { code } = at as { code?: unknown };
  return at.message || (typeof code === "string" ? code : "");
}
