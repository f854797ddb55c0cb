/**
 * Redirects: only GET and HEAD follow one, and what identifies the caller stays with its origin.
 *
 * @module
 */
import { APIStatusError } from "../errors.ts";
import type { Fetch } from "./options.ts";

/** How many redirects one request follows. */
const MAX_REDIRECTS = 10;

/**
 * Calls `fetch`; follows redirects of GET and HEAD. A redirect to another origin is sent without
 * credentials and without the caller's headers.
 *
 * @throws {APIStatusError} A request of another method was redirected, or one too many times.
 */
export async function fetchFollowing(
  fetch: Fetch,
  what: string,
  input: string | Request,
  init: RequestInit & { headers: Headers },
): Promise<Response> {
  const { method = "GET" } = typeof input === "string" ? init : input;
  const follows = method === "GET" || method === "HEAD";
  let url = typeof input === "string" ? input : input.url;
  let response = await fetch(input, typeof input === "string" ? init : { redirect: "manual" });
  let headers = typeof input === "string" ? init.headers : input.headers;
  for (let count = 0; isRedirect(response ?? {}); count++) {
    await response.body?.cancel().catch(() => {});
    // A browser hides the target: only its own fetch can follow.
    const hidden = response.type === "opaqueredirect";
    const next = hidden ? url : targetOf(response, url);
    if (!follows || next === undefined || count >= MAX_REDIRECTS) {
      throw redirectError(what, response, next === url ? undefined : next, follows);
    }
    if (hidden || new URL(next).origin !== new URL(url).origin) headers = only(headers, "accept");
    url = next;
    const signal = init.signal ?? null;
    const redirect = hidden ? "follow" : "manual";
    response = await fetch(url, { method, headers, signal, redirect });
  }
  // A fetch of the caller's own may have followed all the same.
  if (response?.redirected && !follows) {
    await response.body?.cancel().catch(() => {});
    throw redirectError(what, response, response.url, follows);
  }
  return response;
}

function isRedirect({ status, type, headers }: Partial<Response>): boolean {
  return type === "opaqueredirect" ||
    (/^30[12378]$/.test(String(status)) && headers?.has("location") === true);
}

function targetOf(response: Response, from: string): string | undefined {
  try {
    const url = new URL(response.headers.get("location")!, from);
    return /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : undefined;
  } catch {
    return undefined;
  }
}

function only(headers: Headers, name: string): Headers {
  const value = headers.get(name);
  return new Headers(value === null ? {} : { [name]: value });
}

function redirectError(
  what: string,
  { status, headers }: Response,
  to: string | undefined,
  follows: boolean,
): APIStatusError {
  const { origin, pathname } = to === undefined ? { origin: "", pathname: "" } : new URL(to);
  const where = to === undefined ? "somewhere else" : `to ${origin}${pathname}`;
  const why = follows
    ? "which can't be followed"
    : "and only GET and HEAD follow a redirect: give the final address as baseUrl";
  return new APIStatusError(`${what} was redirected ${where} (status ${status}), ${why}`, {
    status,
    headers,
    body: undefined,
  });
}
