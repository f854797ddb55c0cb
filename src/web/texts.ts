/**
 * The texts that stream now. The server stores a text only when it is complete (server 1.18.33): a
 * page that comes in the middle of one has its beginning from here.
 *
 * @module
 */
import type { FullMessageView, PageEvent } from "./protocol.ts";

/** Keeps the texts of parts that are not complete. */
export class Texts {
  readonly #texts = new Map<string, { sessionId: string; text: string }>();

  /** Takes an event. Gives it with the length that the text had before, where that is known. */
  take(event: PageEvent): PageEvent {
    switch (event.type) {
      case "part": {
        const { part, sessionId } = event;
        if (part.type !== "text" && part.type !== "reasoning") return event;
        if (part.text === "") this.#texts.set(part.id, { sessionId, text: "" });
        else this.#texts.delete(part.id);
        return event;
      }
      case "delta": {
        const known = this.#texts.get(event.partId);
        if (!known) return event;
        const at = known.text.length;
        known.text += event.text;
        return { ...event, at };
      }
      case "part-removed":
        this.#texts.delete(event.partId);
        return event;
      case "status":
        if (event.status.state === "idle") this.#forget(event.sessionId);
        return event;
      case "session-removed":
        this.#forget(event.sessionId);
        return event;
      case "reset":
        // what came meanwhile is not known
        this.#texts.clear();
        return event;
      default:
        return event;
    }
  }

  /** Messages as they were read, with what has streamed of them since. */
  fill(messages: FullMessageView[]): FullMessageView[] {
    for (const { parts } of messages) {
      for (const part of parts) {
        if (!("text" in part) || part.text !== "") continue;
        part.text = this.#texts.get(part.id)?.text ?? "";
      }
    }
    return messages;
  }

  #forget(sessionId: string): void {
    for (const [id, each] of this.#texts) {
      if (each.sessionId === sessionId) this.#texts.delete(id);
    }
  }
}
