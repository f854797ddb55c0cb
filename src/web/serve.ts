/**
 * The page on an address of this machine.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import type { Opencode } from "../facade/opencode.ts";
import { host } from "../runtime/host.ts";
import type { Permissions } from "../permissions/restrict.ts";
import { checkPort } from "../server/options.ts";
import { checkShape, type Shape } from "../text/shape.ts";
import { webHandler } from "./handler.ts";

/** What {@linkcode serveWeb} takes. */
export interface ServeWebOptions {
  /** The port; 0 is a free one. @default {0} */
  port?: number;
  /** The address to bind. Another than loopback lets other machines in. @default {"127.0.0.1"} */
  hostname?: string;
  /** Further host names that browsers may use, with their port, such as `"box.local:3000"`. */
  hosts?: readonly string[];
  /**
   * What the server's own tools may do in turns of the page; what is asked, the page shows.
   * @default {"default"}, the user's own opencode rules
   */
  permissions?: Permissions;
  /** Closes it. */
  signal?: AbortSignal;
}

const SHAPE: Shape<ServeWebOptions> = {
  port: "number",
  hostname: "text",
  hosts: "list",
  permissions: "any",
  signal: "signal",
};

/** A page that is served. */
export interface WebServer extends AsyncDisposable {
  /** Its address with a token for one browser. */
  readonly url: string;
  /** Its port. */
  readonly port: number;
  /** Whether this machine alone can reach it. */
  readonly local: boolean;
  /** An address with a new token, for a further browser. */
  newUrl(): string;
  /** Stops serving; the agent goes on. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves a page for an agent: conversations, tools, permissions, files, costs.
 *
 * @throws {InvalidArgumentError} The port is taken.
 *
 * @example
 * ```ts ignore
 * import { Opencode } from "@x/opencode";
 * import { serveWeb } from "@x/opencode/web";
 *
 * await using ai = new Opencode({ directory: "." });
 * await using page = await serveWeb(ai, { port: 3000 });
 * console.log(page.url);
 * ```
 */
export async function serveWeb(ai: Opencode, options: ServeWebOptions = {}): Promise<WebServer> {
  checkShape("page", options, SHAPE);
  const { port = 0, hostname = "127.0.0.1", hosts = [], permissions = "default", signal } = options;
  checkPort(port);
  signal?.throwIfAborted();
  const local = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/.test(hostname);
  const handler = webHandler(ai, { hosts, anyAddress: !local, permissions });
  const { serve, failureKind } = host();
  const listener = await serve(handler, { hostname, port }).catch((error) => {
    const kind = failureKind(error);
    if (kind === "flag_missing") throw error;
    throw new InvalidArgumentError(
      kind === "address_in_use"
        ? `Port ${port} is in use: choose another one, or 0 for a free one`
        : `Cannot serve the page at ${hostname} port ${port}: ${error.message}; give another host or port`,
      { cause: error },
    );
  });
  const any = hostname === "0.0.0.0" || hostname === "::";
  const shown = any ? "127.0.0.1" : hostname.includes(":") ? `[${hostname}]` : hostname;
  const newUrl = () => `http://${shown}:${listener.port}/?token=${handler.issueToken()}`;
  let closed: Promise<void> | undefined;
  const close = () =>
    closed ??= (async () => {
      signal?.removeEventListener("abort", close);
      handler.close();
      await listener.close();
    })();
  signal?.addEventListener("abort", close, { once: true });
  return {
    url: newUrl(),
    port: listener.port,
    local,
    newUrl,
    close,
    [Symbol.asyncDispose]: close,
  };
}
