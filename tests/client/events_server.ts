/** A server of event streams whose every step a test commands. */
import { encodeEvent } from "../../src/sse/encode.ts";
import { serving } from "../http/serve.ts";

/** One connection to `/event`. */
export interface EventConnection {
  /** Its address. */
  readonly url: URL;
  /** Writes events in one chunk. */
  send(...events: { type: string; properties?: object }[]): void;
  /** Writes text as it is. */
  write(text: string): void;
  /** Ends it cleanly. */
  end(): void;
  /** Breaks it. */
  cut(): void;
  /** Resolves when the client has gone, or it was ended here. */
  readonly gone: Promise<void>;
}

/** What the test commands. */
export interface EventServer {
  readonly baseUrl: string;
  /** The connections so far. */
  readonly connections: EventConnection[];
  /** The next connection that is made. */
  next(): Promise<EventConnection>;
  /** How connections are answered; `undefined` is an event stream. */
  answer: ((request: Request) => Response | undefined) | undefined;
}

let count = 0;
/** An event as the server writes it. */
export function event(
  type: string,
  properties: object = {},
): { id: string; type: string; properties: object } {
  return { id: `evt_${++count}`, type, properties };
}

/** Runs a test beside such a server; each stream begins with `server.connected`. */
export async function servingEvents(run: (server: EventServer) => Promise<void>): Promise<void> {
  const connections: EventConnection[] = [];
  const waiting: ((connection: EventConnection) => void)[] = [];
  let taken = 0;
  const server: EventServer = {
    baseUrl: "",
    connections,
    answer: undefined,
    next() {
      const ready = connections[taken++];
      return ready ? Promise.resolve(ready) : new Promise((resolve) => waiting.push(resolve));
    },
  };
  await serving((request) => {
    const refused = server.answer?.(request);
    if (refused) return refused;
    const { body, connection } = stream(new URL(request.url));
    connections.push(connection);
    connection.send(event("server.connected"));
    waiting.shift()?.(connection);
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }, async (baseUrl) => {
    try {
      await run(Object.assign(server, { baseUrl }));
    } finally {
      for (const connection of connections) connection.end();
    }
  });
}

function stream(url: URL): { body: ReadableStream<Uint8Array>; connection: EventConnection } {
  const encoder = new TextEncoder();
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let leave!: () => void;
  const gone = new Promise<void>((resolve) => leave = resolve);
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => leave(),
  });
  const attempt = (step: () => void) => {
    try {
      step();
    } catch { /* the client has gone */ }
  };
  const write = (text: string) => attempt(() => controller.enqueue(encoder.encode(text)));
  const connection: EventConnection = {
    url,
    write,
    send: (...events) =>
      write(events.map((data) => encodeEvent({ data: JSON.stringify(data) })).join("")),
    end() {
      attempt(() => controller.close());
      leave();
    },
    cut() {
      attempt(() => controller.error(new Error("cut")));
      leave();
    },
    gone,
  };
  return { body, connection };
}

/** Waits until a condition holds, with a bound. */
export async function until(condition: () => boolean, what = "the condition"): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} did not come about within 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
