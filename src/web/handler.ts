/**
 * The page and its calls as one function from requests to responses, for any web framework.
 *
 * @module
 */
import { APIError, APIStatusError, InvalidArgumentError, OpencodeError } from "../errors.ts";
import type { Opencode } from "../facade/opencode.ts";
import type { Permissions } from "../permissions/restrict.ts";
import { describe } from "../text/describe.ts";
import { checkShape, type Shape } from "../text/shape.ts";
import { Access, type AccessOptions } from "./access.ts";
import { asset } from "./assets.ts";
import { Refusal } from "./body.ts";
import { Live } from "./live.ts";
import { answerRoutes } from "./routes/answers.ts";
import { fileRoutes } from "./routes/files.ts";
import { find, type Routes } from "./routes/router.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { stateRoutes } from "./routes/state.ts";

/** What {@linkcode webHandler} takes. */
export interface WebHandlerOptions extends AccessOptions {
  /** Where the page stands, such as `"/agent"`. @default {"/"} */
  basePath?: string;
  /**
   * What the server's own tools may do in turns of the page; what is asked, the page shows.
   * @default {"default"}, the user's own opencode rules
   */
  permissions?: Permissions;
}

const SHAPE: Shape<WebHandlerOptions> = {
  basePath: "text",
  permissions: "any",
  hosts: "list",
  anyAddress: "flag",
};

/** The page as a function, with its doors. */
export interface WebHandler {
  /** Answers one request. */
  (request: Request): Promise<Response>;
  /** A token for one browser: open the page with `?token=` and it, once. */
  issueToken(): string;
  /** Ends the event streams of all pages; the agent goes on. Idempotent. */
  close(): void;
}

const ROUTES: Routes = { ...stateRoutes, ...sessionRoutes, ...answerRoutes, ...fileRoutes };

/** How many event streams are open at once. */
const MAX_STREAMS = 64;

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

/**
 * The page of an agent as a handler, to be mounted in a web framework or served by `serveWeb`.
 *
 * Only browsers that came with a token are answered, only under a known host name, and only for
 * requests of the page itself. The server's address and password never reach the browser.
 *
 * @example
 * ```ts ignore
 * import { Opencode } from "@x/opencode";
 * import { webHandler } from "@x/opencode/web";
 *
 * const ai = new Opencode();
 * const handler = webHandler(ai, { basePath: "/agent", hosts: ["tools.example.com"] });
 * console.log(`https://tools.example.com/agent/?token=${handler.issueToken()}`);
 * Deno.serve(handler);
 * ```
 */
export function webHandler(ai: Opencode, options: WebHandlerOptions = {}): WebHandler {
  if (typeof (ai as Partial<Opencode> | undefined)?.createSession !== "function") {
    throw new InvalidArgumentError(`Cannot serve ${describe(ai)}: give an Opencode`);
  }
  checkShape("page", options, SHAPE);
  const base = `/${(options.basePath ?? "").replace(/^\/+|\/+$/g, "")}/`.replace("//", "/");
  const access = new Access(options);
  const closing = new AbortController();
  const live = new Live(ai, closing.signal, options.permissions ?? "default");

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const bare = base.slice(0, -1);
    const placed = access.place(request, url.pathname === base || url.pathname === bare);
    if (!placed.allowed) return problem(placed.status, placed.message);
    if (url.pathname === bare) return redirect(base);
    if (!url.pathname.startsWith(base)) return problem(404, "Not found");
    const path = url.pathname.slice(base.length);
    const token = url.searchParams.get("token");
    if (path === "" && token !== null) return signIn(token, url, request);
    const signedIn = access.signedIn(request);
    if (!signedIn.allowed) return unknown(signedIn.message, request);
    if (path.startsWith("api/")) return await api(path.slice(4), request, url);
    if (request.method !== "GET" && request.method !== "HEAD") return wrongMethod(["GET"]);
    return asset(path, request) ?? problem(404, "Not found");
  }

  function signIn(token: string, url: URL, request: Request): Response {
    if (request.method !== "GET") return wrongMethod(["GET"]);
    const secure = url.protocol === "https:" ||
      request.headers.get("x-forwarded-proto") === "https";
    const cookie = access.redeem(token, { secure, path: base });
    if (cookie === undefined) {
      // a page that is signed in and loaded again with its old address
      if (access.signedIn(request).allowed) return redirect(base);
      return unknown("The token is wrong or was used before: ask for a new address", request);
    }
    // a redirect would be the navigation of the page with the link, and a strict cookie stays away then
    return new Response(
      `<!doctype html><meta charset="utf-8"><title>opencode</title><link rel="icon" href="icon.svg"><meta http-equiv="refresh" content="0;url=${base}">`,
      {
        headers: {
          "content-type": "text/html; charset=utf-8",
          "set-cookie": cookie,
          "cache-control": "no-store",
        },
      },
    );
  }

  async function api(path: string, request: Request, url: URL): Promise<Response> {
    const found = find(ROUTES, request.method, path);
    if (found.route === undefined) {
      return found.otherMethods.length > 0
        ? wrongMethod(found.otherMethods)
        : problem(404, "Not found");
    }
    if (path === "events" && live.log.readers >= MAX_STREAMS) {
      return problem(503, "Too many pages are open");
    }
    const { route, params } = found;
    const issueToken = () => access.issue();
    const value = await route({ ai, live, request, url, params, issueToken });
    if (value instanceof Response) return value;
    return value === undefined
      ? new Response(null, { status: 204 })
      : Response.json(value, { headers: { "cache-control": "no-store" } });
  }

  const handler = async (request: Request): Promise<Response> => {
    const response = await answer(request).catch(failure);
    for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
    return response;
  };
  return Object.assign(handler, {
    issueToken: () => access.issue(),
    close: () => closing.abort(),
  });
}

function failure(error: unknown): Response {
  if (error instanceof Refusal) return problem(error.status, error.message);
  if (error instanceof APIStatusError && error.status < 500) {
    return problem(error.status === 401 ? 502 : error.status, error.message);
  }
  if (error instanceof APIError) return problem(502, error.message);
  if (error instanceof OpencodeError) return problem(400, error.message);
  return problem(500, "The request failed");
}

function problem(status: number, message: string): Response {
  return Response.json({ error: message }, { status, headers: { "cache-control": "no-store" } });
}

/** For a person, where a browser opens the page; else as for every other call. */
function unknown(message: string, request: Request): Response {
  const reads = request.headers.get("accept")?.includes("text/html") ?? false;
  if (!reads) return problem(401, message);
  const headers = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
  return new Response(`${message}.\n`, { status: 401, headers });
}

function redirect(location: string): Response {
  return new Response(null, { status: 303, headers: { location } });
}

function wrongMethod(allowed: readonly string[]): Response {
  const response = problem(405, `Allowed here: ${allowed.join(", ")}`);
  response.headers.set("allow", allowed.join(", "));
  return response;
}
