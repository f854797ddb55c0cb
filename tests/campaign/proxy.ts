/** A TCP proxy between a client and a server, with the faults of a bad network. */
import type { Opencode } from "../../src/facade/opencode.ts";

/** What happens to one request. */
export type Fault =
  /** The connection is reset before the server gets the request. */
  | { kind: "before" }
  /** The server gets the request; the connection is reset when it answers. */
  | { kind: "after" }
  /** The server gets the request; nothing comes back, and the connection stays open. */
  | { kind: "hang" }
  /** The answer is cut after so many bytes. */
  | { kind: "cut"; bytes: number }
  /** The answer's chunks come twice where they are whole events of a stream. */
  | { kind: "duplicate" };

/** A request as the proxy saw it. */
export interface Seen {
  method: string;
  path: string;
}

/** A fault that took effect on a request, or a break of its connection before its answer came. */
export interface Harm extends Seen {
  kind: Fault["kind"] | "break";
}

/** A proxy that listens. */
export interface Proxy extends AsyncDisposable {
  /** Its address, with the server's credentials. */
  readonly url: string;
  /** The requests that were passed on, in order. */
  readonly seen: Seen[];
  /** What happened to requests, in order; a fault that changed nothing is not among it. */
  readonly harmed: Harm[];
  /** Milliseconds that each chunk takes, each way. */
  delay: number;
  /** Chooses the fault of a request. */
  fault: (request: Seen) => Fault | undefined;
  /** Breaks all connections that stand now. */
  cut(): void;
  close(): Promise<void>;
}

const REQUEST = /^(GET|POST|PUT|PATCH|DELETE) (\S+) HTTP\/1\.1\r\n/;

/** Listens on loopback, and passes everything on to a server. */
export function proxy(target: string): Proxy {
  const server = new URL(target);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const links = new Set<Link>();
  const url = new URL(target);
  url.port = String((listener.addr as Deno.NetAddr).port);
  const self: Proxy = {
    url: url.href,
    seen: [],
    harmed: [],
    delay: 0,
    fault: () => undefined,
    cut() {
      for (const link of links) link.break();
    },
    async close() {
      listener.close();
      await serving.catch(() => {});
      await Promise.all([...links].map((link) => link.end()));
    },
    [Symbol.asyncDispose]: () => self.close(),
  };
  const serving = (async () => {
    for await (const client of listener) {
      const link = new Link(client, server, self);
      links.add(link);
      link.run().finally(() => links.delete(link));
    }
  })();
  return self;
}

/** One connection. */
class Link {
  #server: Deno.TcpConn | undefined;
  #fault: Fault | undefined;
  /** The request that is not answered yet; of a stream of events as long as it lasts. */
  #open: Seen | undefined;
  /** How much of the answer to the last request was passed on, in bytes. */
  #sent = 0;
  #running: Promise<void> | undefined;
  #timers = new Map<ReturnType<typeof setTimeout>, () => void>();
  #ended = false;

  constructor(
    readonly client: Deno.TcpConn,
    readonly target: URL,
    readonly proxy: Proxy,
  ) {}

  run(): Promise<void> {
    return this.#running ??= this.#run();
  }

  /** Ends it, as a network that fails does. */
  break(): void {
    if (!this.#ended) this.#harm("break");
    this.#close();
  }

  /** Notes what happened to the open request; only after a duplicate does its answer go on. */
  #harm(kind: Harm["kind"]): void {
    if (this.#open) this.proxy.harmed.push({ kind, ...this.#open });
    if (kind !== "duplicate") this.#open = undefined;
  }

  async end(): Promise<void> {
    this.#close();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      const { hostname, port } = this.target;
      this.#server = await Deno.connect({ hostname, port: Number(port) });
      if (this.#ended) return;
      await Promise.all([this.#up(), this.#down()]);
    } catch {
      /* the other side is gone */
    } finally {
      this.#close();
    }
  }

  #close(): void {
    this.#ended = true;
    for (const [timer, resolve] of this.#timers) {
      clearTimeout(timer);
      resolve();
    }
    this.#timers.clear();
    for (const side of [this.client, this.#server]) {
      try {
        side?.close();
      } catch { /* closed before */ }
    }
  }

  #later(): Promise<void> {
    const ms = this.proxy.delay;
    if (ms === 0 || this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.set(timer, resolve);
    });
  }

  /** Passes chunks on, each after its delay, in order; several may be on their way. */
  async #pump(
    from: Deno.TcpConn,
    each: (chunk: Uint8Array) => boolean,
    to: (chunk: Uint8Array) => Promise<void>,
  ): Promise<void> {
    let tail = Promise.resolve();
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const size = await from.read(buffer).catch(() => null);
        if (size === null || this.#ended) break;
        const chunk = buffer.slice(0, size);
        if (!each(chunk)) return this.#close();
        const due = this.#later();
        tail = tail.then(() => due).then(() => this.#ended ? undefined : to(chunk));
        tail.catch(() => this.#close());
      }
      await tail.catch(() => {});
    } finally {
      this.#close();
    }
  }

  #up(): Promise<void> {
    return this.#pump(this.client, (chunk) => {
      const [, method, path] = REQUEST.exec(new TextDecoder().decode(chunk.subarray(0, 2048))) ??
        [];
      if (method === undefined || path === undefined) return true;
      const seen = this.#open = { method, path };
      this.#sent = 0;
      this.#fault = this.proxy.fault(seen);
      if (this.#fault?.kind === "before") {
        this.#harm("before");
        return false;
      }
      this.proxy.seen.push(seen);
      return true;
    }, (chunk) => writeAll(this.#server!, chunk));
  }

  #down(): Promise<void> {
    return this.#pump(this.#server!, () => {
      if (this.#fault?.kind !== "after") return true;
      this.#harm("after");
      return false;
    }, (chunk) => this.#answer(chunk));
  }

  async #answer(chunk: Uint8Array): Promise<void> {
    const fault = this.#fault;
    if (fault?.kind === "hang") return this.#harm("hang");
    if (fault?.kind === "cut" && this.#sent + chunk.length > fault.bytes) {
      this.#harm("cut");
      await writeAll(this.client, chunk.subarray(0, fault.bytes - this.#sent));
      return this.#close();
    }
    await writeAll(this.client, chunk);
    this.#sent += chunk.length;
    if (fault?.kind === "duplicate" && isWholeEvents(chunk)) {
      this.#harm("duplicate");
      await writeAll(this.client, chunk);
    }
    if (!this.#open?.path.startsWith("/event")) this.#open = undefined;
  }
}

/** Whether a chunk of an answer holds HTTP chunks with whole events, so that it may come twice. */
function isWholeEvents(chunk: Uint8Array): boolean {
  return /^[0-9a-f]+\r\ndata: .*\n\n\r\n$/s.test(new TextDecoder().decode(chunk));
}

async function writeAll(to: Deno.TcpConn, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += await to.write(chunk.subarray(at));
}

/** The address of a test's server, with its credentials. */
export async function addressOf(ai: Opencode): Promise<string> {
  await ai.start();
  const { server } = ai;
  if (!server) return Deno.env.get("OPENCODE_TEST_SERVER")!;
  const url = new URL(server.url);
  url.username = server.username;
  url.password = server.password;
  return url.href;
}
