/** Events of a turn, made by hand in the form of server 1.18.33. */
import type { ServerEvent } from "../../src/client/events.ts";
import type { TurnEvent } from "../../src/session/events.ts";
import { TurnState } from "../../src/dialect/v1/turn/state.ts";

export const SESSION = "ses_1";
export const USER = "msg_u1";

let serial = 0;

export function event(type: string, properties: Record<string, unknown>): ServerEvent {
  return { id: `evt_${serial++}`, type, properties } as unknown as ServerEvent;
}

export function user(id = USER, created = 1000, sessionID = SESSION): ServerEvent {
  const info = { id, sessionID, role: "user", time: { created }, agent: "build" };
  return event("message.updated", { sessionID, info });
}

export interface AssistantFields {
  id?: string;
  parentID?: string;
  sessionID?: string;
  completed?: number;
  finish?: string;
  error?: unknown;
  summary?: boolean;
  cost?: number;
}

export function assistantInfo(fields: AssistantFields = {}): Record<string, unknown> {
  const { completed, id = "msg_a1", parentID = USER, sessionID = SESSION, cost = 0, ...rest } =
    fields;
  return {
    id,
    sessionID,
    parentID,
    role: "assistant",
    time: { created: 2000, ...completed === undefined ? {} : { completed } },
    modelID: "m",
    providerID: "p",
    mode: "build",
    agent: "build",
    path: { cwd: "/", root: "/" },
    cost,
    tokens: { input: 1, output: 2, reasoning: 3, cache: { read: 4, write: 5 } },
    ...rest,
  };
}

export function assistant(fields: AssistantFields = {}): ServerEvent {
  const sessionID = fields.sessionID ?? SESSION;
  return event("message.updated", { sessionID, info: assistantInfo(fields) });
}

export function done(fields: AssistantFields = {}): ServerEvent {
  return assistant({ completed: 3000, finish: "stop", ...fields });
}

export function textPart(
  text: string,
  { id = "prt_t1", messageID = "msg_a1", end }: { id?: string; messageID?: string; end?: number } =
    {},
): ServerEvent {
  const time = { start: 1, ...end === undefined ? {} : { end } };
  const part = { id, sessionID: SESSION, messageID, type: "text", text, time };
  return event("message.part.updated", { sessionID: SESSION, part });
}

export function delta(text: string, partID = "prt_t1", messageID = "msg_a1"): ServerEvent {
  return event("message.part.delta", {
    sessionID: SESSION,
    messageID,
    partID,
    field: "text",
    delta: text,
  });
}

export function status(type: "idle" | "busy", sessionID = SESSION): ServerEvent {
  return event("session.status", { sessionID, status: { type } });
}

export function idle(sessionID = SESSION): ServerEvent {
  return event("session.idle", { sessionID });
}

export function failed(name: string, message: string): ServerEvent {
  return event("session.error", { sessionID: SESSION, error: { name, data: { message } } });
}

/** A plain turn, from the user's message to idle. */
export function plainTurn(pieces: string[] = ["Hel", "lo"]): ServerEvent[] {
  return [
    user(),
    status("busy"),
    assistant(),
    textPart(""),
    ...pieces.map((piece) => delta(piece)),
    textPart(pieces.join(""), { end: 5 }),
    done(),
    status("idle"),
    idle(),
  ];
}

/** Feeds events to a new machine. */
export function play(
  events: ServerEvent[],
): { state: TurnState; out: TurnEvent[]; text: string } {
  const state = new TurnState(SESSION, USER);
  const out: TurnEvent[] = state.feed(events).events;
  return { state, out, text: textOf(out) };
}

export function textOf(out: TurnEvent[]): string {
  return out.map((one) => one.type === "text" ? one.text : "").join("");
}
