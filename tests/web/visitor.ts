/** A browser for tests of the handler: keeps its cookie, says where it comes from, reads events. */
import { createParser } from "../../src/sse/parser.ts";
import type { Script } from "../../src/testing/script.ts";
import type { WebHandler } from "../../src/web/handler.ts";
import { webHandler, type WebHandlerOptions } from "../../src/web/mod.ts";
import type { PageEvent, SessionView, StateView } from "../../src/web/protocol.ts";
import { type Agent, type AgentOptions, withAgent } from "../agent.ts";

/** Where the handler stands. */
export const HOME = "http://127.0.0.1:3000/";

/** Calls a handler as the page does. */
export class Visitor {
  #cookie = "";
  readonly #leaving = new AbortController();
  /** What the events said so far. */
  readonly events: PageEvent[] = [];

  constructor(readonly handler: WebHandler) {}

  /** Signs in with a new token. */
  async signIn(): Promise<this> {
    const response = await this.handler(
      new Request(`${HOME}?token=${this.handler.issueToken()}`, { headers: { host: HOST } }),
    );
    await response.body?.cancel();
    this.#cookie = response.headers.get("set-cookie")!.split(";")[0]!;
    return this;
  }

  /** Calls a path. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("host")) headers.set("host", HOST);
    if (!headers.has("cookie")) headers.set("cookie", this.#cookie);
    if ((init.method ?? "GET") !== "GET" && !headers.has("origin")) {
      headers.set("origin", HOME.slice(0, -1));
    }
    return this.handler(new Request(new URL(path, HOME), { ...init, headers }));
  }

  /** Calls the API; gives the status and the value. */
  async call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; value: T }> {
    const response = await this.fetch(`api/${path}`, {
      method,
      ...body !== undefined && {
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      },
    });
    const text = await response.text();
    return { status: response.status, value: (text === "" ? undefined : JSON.parse(text)) as T };
  }

  /** Reads the state, and follows the events from there on. */
  async enter(): Promise<StateView> {
    const { value } = await this.call<StateView>("GET", "state");
    this.follow(value.seq);
    return value;
  }

  /** Follows the events after a number. */
  follow(after: string): void {
    const parser = createParser({ onEvent: (data) => this.events.push(JSON.parse(data)) });
    (async () => {
      const response = await this.fetch(`api/events?after=${after}`, {
        signal: this.#leaving.signal,
      });
      const reader = response.body!.getReader();
      this.#leaving.signal.addEventListener("abort", () => reader.cancel().catch(() => {}));
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        parser.feed(value);
      }
    })().catch(() => {});
  }

  /** Leaves. */
  leave(): void {
    this.#leaving.abort();
  }

  /** The text of a session's answers, as the events gave it. */
  text(): string {
    return this.events.map((event) => event.type === "delta" ? event.text : "").join("");
  }
}

const HOST = new URL(HOME).host;

/** Runs a test with somebody who has opened the page of an agent. */
export async function withPage(
  script: Script,
  run: (visitor: Visitor, agent: Agent) => Promise<void>,
  options: AgentOptions = {},
  web: WebHandlerOptions = {},
): Promise<void> {
  await withAgent(script, async (agent) => {
    const handler = webHandler(agent.ai, web);
    const visitor = await new Visitor(handler).signIn();
    try {
      await run(visitor, agent);
    } finally {
      visitor.leave();
      handler.close();
    }
  }, options);
}

/** Makes a session on the page; returns its id. */
export async function newSession(visitor: Visitor): Promise<string> {
  const { value } = await visitor.call<SessionView>("POST", "sessions", { title: "page" });
  return value.id;
}

/** Whether a page was told that a session is idle. */
export const idle = (visitor: Visitor, sessionId: string) => () =>
  visitor.events.some((event) =>
    event.type === "status" && event.sessionId === sessionId && event.status.state === "idle"
  );
