/**
 * Who may use the page: who came with a token that was printed once, by the address that was printed,
 * from the page itself.
 *
 * @module
 */

/** How the handler decides about requests. */
export interface AccessOptions {
  /** Further values of the `Host` header, such as `"code.example.com"`, beside loopback names. */
  hosts?: readonly string[];
  /**
   * Whether a bare IP address is a known host, for a page that other machines may open: an attack by
   * a name that is turned to this machine always comes under a name. @default {false}
   */
  anyAddress?: boolean;
}

/** What a request may do. */
export type Verdict =
  | { allowed: true }
  | { allowed: false; status: 401 | 403 | 421; message: string };

/** The names of this machine; what stands after them is the port. */
const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i;

/** An IP address, and the port. */
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])(?::\d+)?$/i;

/** How many browsers can be signed in; the oldest is signed out. */
const MAX_BROWSERS = 64;
/** How many tokens wait for a browser; the oldest is void. */
const MAX_TOKENS = 64;

/** Keeps the tokens that were printed and the cookies that were given for them. */
export class Access {
  readonly #hosts: ReadonlySet<string>;
  readonly #known: RegExp;
  readonly #cookie: string;
  /** Tokens that no browser has used yet. */
  readonly #tokens = new Set<string>();
  readonly #browsers = new Set<string>();

  constructor({ hosts = [], anyAddress = false }: AccessOptions = {}) {
    this.#known = anyAddress ? new RegExp(`${LOOPBACK.source}|${ADDRESS.source}`, "i") : LOOPBACK;
    this.#hosts = new Set(hosts.map((host) => host.toLowerCase()));
    // cookies belong to a name, not to a port: two servers on this machine must not share one
    this.#cookie = `opencode_${random(6)}`;
  }

  /** Makes a token for one browser. */
  issue(): string {
    const token = random(32);
    bounded(this.#tokens, MAX_TOKENS).add(token);
    return token;
  }

  /**
   * Takes a token, which is void from then on, and gives the cookie's header for it.
   *
   * @param secure Whether the browser came by HTTPS.
   * @param path The path that the cookie is for.
   */
  redeem(token: string, { secure, path }: { secure: boolean; path: string }): string | undefined {
    const known = [...this.#tokens].find((each) => equal(each, token));
    if (known === undefined) return undefined;
    this.#tokens.delete(known);
    const value = random(32);
    bounded(this.#browsers, MAX_BROWSERS).add(value);
    const flags = `Path=${path}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
    return `${this.#cookie}=${value}; ${flags}`;
  }

  /**
   * Whether the request came to one of our names, and not from a foreign page.
   *
   * @param document Whether it asks for the page itself, which a link elsewhere may open.
   */
  place(request: Request, document: boolean): Verdict {
    const host = (request.headers.get("host") ?? new URL(request.url).host).toLowerCase();
    if (!this.#known.test(host) && !this.#hosts.has(host)) {
      return refuse(421, `Unknown host ${JSON.stringify(host.slice(0, 80))}: add it to \`hosts\``);
    }
    const origin = request.headers.get("origin");
    if (origin !== null && hostOf(origin) !== host) {
      return refuse(403, "Requests from other sites are refused");
    }
    const site = request.headers.get("sec-fetch-site");
    const reads = ["GET", "HEAD"].includes(request.method);
    const foreign = site !== null && site !== "same-origin" && site !== "none";
    if (foreign && !(document && reads && opens(request))) {
      return refuse(403, "Requests from other sites are refused");
    }
    if (origin === null && !reads && site === null) {
      return refuse(403, "A request that changes something needs an Origin header");
    }
    return { allowed: true };
  }

  /** Whether the request has the cookie of a browser that came with a token. */
  signedIn(request: Request): Verdict {
    // pages on other ports can set one of the same name: that must not sign anybody out
    for (const cookie of (request.headers.get("cookie") ?? "").split(";")) {
      const [name, value = ""] = cookie.trim().split("=");
      if (name !== this.#cookie) continue;
      for (const each of this.#browsers) if (equal(each, value)) return { allowed: true };
    }
    return refuse(401, "Not signed in: open the address with its token, as it was printed");
  }
}

/** Makes place for one more: the oldest leaves. */
function bounded(values: Set<string>, max: number): Set<string> {
  const [oldest] = values;
  if (values.size >= max && oldest !== undefined) values.delete(oldest);
  return values;
}

/** Whether a link was followed in a window or tab: no frame, no picture, no script. */
function opens({ headers }: Request): boolean {
  return headers.get("sec-fetch-mode") === "navigate" &&
    headers.get("sec-fetch-dest") === "document";
}

function refuse(status: 401 | 403 | 421, message: string): Verdict {
  return { allowed: false, status, message };
}

function hostOf(origin: string): string | undefined {
  try {
    const { protocol, host } = new URL(origin);
    return /^https?:$/.test(protocol) ? host.toLowerCase() : undefined;
  } catch {
    return undefined;
  }
}

/** Compares in a time that does not tell where two texts differ. */
function equal(expected: string, given: string): boolean {
  let difference = expected.length ^ given.length;
  for (let i = 0; i < expected.length; i++) {
    difference |= expected.charCodeAt(i) ^ (given.charCodeAt(i) || 0);
  }
  return difference === 0;
}

function random(bytes: number): string {
  const all = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(all, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
