/** A recorded turn, played again by a fake server to whoever prompts it. */
import { OpencodeClient } from "../../src/client/client.ts";
import { pickDialect } from "../../src/dialect/pick.ts";
import { type Clock, realClock } from "../../src/async/clock.ts";
import { Grants } from "../../src/permissions/grants.ts";
import type { SessionContext } from "../../src/session/context.ts";
import { Session } from "../../src/session/session.ts";
import { encodeEvent } from "../../src/sse/encode.ts";
import {
  type FakeEventStream,
  type FakeServer,
  fakeServer,
} from "../../src/testing/fake_server.ts";
import { type Recording, recording, type RECORDINGS, storedAfter } from "./recordings.ts";

/** A server that has recorded one turn, and plays it again under the ids of whoever asks. */
export class Replay {
  /** How many events were sent, or fell into a gap. */
  at = 0;
  /** The statuses with which event streams are refused. */
  refuse: number | undefined;
  prompts = 0;
  /** How prompts are answered in place of 204. */
  answer: (() => Response | Promise<Response>) | undefined;
  /** Answers before the rest. */
  more: ((url: URL) => Response | Promise<Response> | undefined) | undefined;
  /** Whether an abort changes nothing. */
  stubborn = false;
  #asked!: () => void;
  readonly asked = new Promise<void>((resolve) => this.#asked = resolve);
  #as = "";

  constructor(readonly of: Recording) {}

  /** Events and messages carry the id that the client chose for its prompt. */
  #named<T>(value: T): T {
    return JSON.parse(JSON.stringify(value).replaceAll(this.of.messageId, this.#as));
  }

  frame(index: number): Uint8Array {
    const data = JSON.stringify(this.#named(this.of.events[index]));
    return new TextEncoder().encode(encodeEvent({ data }));
  }

  handle = async (request: Request): Promise<Response | undefined> => {
    const url = new URL(request.url);
    const { pathname } = url;
    const more = this.more?.(url);
    if (more) return more;
    if (pathname === "/event" && this.refuse !== undefined) {
      return new Response("", { status: this.refuse });
    }
    if (pathname.endsWith("/prompt_async")) {
      this.prompts++;
      this.#as = (await request.json()).messageID;
      this.#asked();
      return this.answer?.() ?? new Response(null, { status: 204 });
    }
    if (pathname.endsWith("/message")) {
      return Response.json(this.#named(storedAfter(this.of, this.of.events.slice(0, this.at))));
    }
    if (pathname.endsWith("/abort")) {
      if (!this.stubborn) this.at = this.of.events.length;
      return Response.json(true);
    }
    if (pathname === "/session/status") {
      const busy = this.at < this.of.events.length;
      return Response.json(busy ? { [this.of.sessionId]: { type: "busy" } } : {});
    }
    if (pathname === "/permission" || pathname === "/question") return Response.json([]);
    return undefined;
  };

  send(stream: FakeEventStream, to: number): void {
    for (; this.at < to; this.at++) stream.write(this.frame(this.at));
  }
}

/** What a test gets. */
export interface Scene {
  replay: Replay;
  server: FakeServer;
  session: Session;
}

/** Runs a test with a session on a server that plays a recorded turn again. */
export async function replaying(
  name: (typeof RECORDINGS)[number],
  run: (scene: Scene) => Promise<void>,
  { clock = realClock, warn = () => {}, maxRetries = 0, ...client }: {
    reconnectTimeout?: number;
    timeout?: number;
    maxRetries?: number;
    clock?: Clock;
    warn?: (message: string) => void;
  } = {},
): Promise<void> {
  const of = await recording(name);
  const replay = new Replay(of);
  const server = await fakeServer(replay.handle);
  const options = { baseUrl: server.url, maxRetries, ...client };
  const context: SessionContext = {
    dialect: pickDialect(new OpencodeClient(options), "1.18.33"),
    directory: "/project",
    defaults: {},
    clock,
    exitListeners: new Set(),
    warn,
    grants: new Grants(),
    turns: new Set(),
    queues: new Map(),
  };
  const info = { id: of.sessionId, directory: "/project", title: name };
  try {
    await run({ replay, server, session: new Session(context, info as never) });
  } finally {
    for (const turn of context.turns) await turn.abort();
    await server.close();
  }
}
