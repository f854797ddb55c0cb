/** What the real server (1.18.33) sent in turns of every kind; made by `record_streams.ts`. */
import { fromFileUrl } from "@std/path";
import type { ServerEvent } from "../../src/client/events.ts";
import { host } from "../../src/runtime/host.ts";
import type { StoredMessage } from "../../src/dialect/types.ts";

/** One turn as it was recorded. */
export interface Recording {
  name: string;
  sessionId: string;
  messageId: string;
  /** How the turn ended for the one who recorded it. */
  outcome: "completed" | "aborted" | "error";
  /** All messages of the session afterwards, oldest first. */
  stored: StoredMessage[];
  events: ServerEvent[];
}

/** The turns that there are. */
export const RECORDINGS = [
  "plain",
  "tools",
  "reasoning",
  "subagent",
  "retry",
  "error",
  "abort",
  "plan-exit",
  "compaction",
] as const;

/** Reads one. */
export async function recording(name: (typeof RECORDINGS)[number]): Promise<Recording> {
  const text = await host().files.readText(`${STREAMS}/${name}.jsonl`);
  const [header, ...events] = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  return { ...header, events };
}

/** The texts of the assistant's messages that answer the prompt, in order, as stored. */
export function storedTexts({ stored, messageId }: Recording): string[] {
  const from = stored.findIndex(({ info }) => info.id === messageId);
  return stored.slice(from).flatMap(({ info, parts }) => {
    if (info.role !== "assistant" || info.summary) return [];
    return [parts.map((part) => part.type === "text" ? part.text : "").join("")];
  }).filter((text) => text !== "");
}

/** What the server had stored when it had sent these events: it stores whole parts, and no pieces. */
export function storedAfter({ sessionId }: Recording, events: ServerEvent[]): StoredMessage[] {
  const messages = new Map<string, StoredMessage>();
  for (const { type, properties } of events as WireEvent[]) {
    const { info, part } = properties;
    if (type === "message.updated" && info?.sessionID === sessionId) {
      messages.set(info.id, { info, parts: messages.get(info.id)?.parts ?? [] });
    } else if (type === "message.part.updated" && part?.sessionID === sessionId) {
      const message = messages.get(part.messageID);
      const parts = message?.parts.filter(({ id }) => id !== part.id) ?? [];
      const inOrder = [...parts, part].sort((a, b) => a.id < b.id ? -1 : 1);
      if (message) messages.set(part.messageID, { ...message, parts: inOrder });
    }
  }
  return [...messages.values()].sort((a, b) => a.info.id < b.info.id ? -1 : 1);
}

interface WireEvent {
  type: string;
  properties: { info?: StoredMessage["info"]; part?: StoredMessage["parts"][number] };
}

// the bundles for Node and Bun stand elsewhere, and are run from the root
const STREAMS = import.meta.url.endsWith("/tests/session/recordings.ts")
  ? fromFileUrl(new URL("../fixtures/streams", import.meta.url))
  : "tests/fixtures/streams";
