/**
 * The state machine of a turn: what the server's events mean for the prompt that we sent.
 *
 * A turn is known by the id of its user message, which we chose. The states, and what moves them
 * (server 1.18.33):
 *
 * - `waiting`: no assistant message with our id as `parentID` was seen.
 * - `answering`: one was seen, and the newest of them is neither completed nor failed.
 * - `answered`: the newest is completed or failed; another round may follow.
 * - `ended`: `answered`, and then the session went idle.
 *
 * What does not end a turn: `session.idle` alone (after an error or an abort it comes twice, and the
 * second may land in the next turn), a completed message alone (events are serialised late, so the
 * first event of a message may show it completed), `session.error` alone (a compaction may follow).
 * Where idle or an error comes without an answer, the machine is in `doubt`, and its owner asks the
 * server and feeds the stored messages back with `reconcile`.
 *
 * Pure: no clock, no network.
 *
 * @module
 */
import type {
  AssistantMessage,
  Message,
  Part,
  ReasoningPart,
  TextPart,
  ToolPart,
} from "../api/types.gen.ts";
import type { ServerEvent } from "../client/events.ts";
import { Rounds, ToolCalls } from "./calls.ts";
import type { TurnEvent, Usage } from "./events.ts";
import { Lineage } from "./lineage.ts";
import { Orphans } from "./orphans.ts";
import { usageOf } from "./parts.ts";
import { TextTracker } from "./text.ts";
import type { Delta, ServerError, Status, StoredMessage } from "./wire.ts";

/** What the events of one session's turn add up to. */
export class TurnState {
  phase: "waiting" | "answering" | "answered" | "ended" = "waiting";
  /** Idle or an error came without an answer: ask the server. */
  doubt = false;
  /** Whether the run was seen to begin. */
  begun = false;
  /** The last `session.error` of our session. */
  lastError: ServerError | undefined;
  readonly calls: ToolCalls = new ToolCalls();
  readonly rounds: Rounds = new Rounds();
  /** The turn's session and the subagents' below it. */
  readonly tree: Map<string, { parentId: string; title: string; busy: boolean }> = new Map();

  /** The user messages whose answers are of this turn. */
  readonly lineage: Lineage;
  readonly #messages = new Map<string, AssistantMessage>();
  readonly #spent = new Map<string, { usage: Usage; cost: number }>();
  readonly #texts = new Map<string, TextTracker>();
  readonly #void = new Set<string>();
  /** The last part of each kind whose provider failed in the middle of it. */
  readonly #abandoned = new Map<"text" | "reasoning", TextTracker>();
  readonly #parts = new Map<string, Map<string, Part>>();
  readonly #orphans = new Orphans();
  /** Answers to messages that are not ours, as far as known. */
  readonly #strangers = new Map<string, AssistantMessage>();
  /** The events behind the last pieces of text: one that comes twice counts once. */
  readonly #deltas = new Set<string>();

  constructor(readonly sessionId: string, readonly messageId: string) {
    this.lineage = new Lineage(messageId);
    this.tree.set(sessionId, { parentId: "", title: "", busy: true });
  }

  /** Takes one event of the server, and gives what it means to the caller. */
  feed(event: ServerEvent, out: TurnEvent[]): void {
    const properties = event.properties as Record<string, unknown>;
    const sessionId = properties["sessionID"] as string | undefined;
    if (sessionId !== undefined && !this.tree.has(sessionId)) {
      if (event.type === "session.created" || event.type === "session.updated") {
        this.#adopt(properties["info"], out);
      }
      return;
    }
    const own = sessionId === this.sessionId;
    switch (event.type) {
      case "message.part.delta":
        return this.#delta(event, properties as unknown as Delta, out);
      case "message.part.updated":
        return this.#part(event, properties["part"] as Part, out);
      case "message.updated":
        return this.#message(properties["info"] as Message, out);
      case "session.created":
      case "session.updated":
        return this.#adopt(properties["info"], out);
      case "session.status": {
        const status = properties["status"] as Status;
        if (status.type === "idle") return this.#idle(sessionId!, out);
        if (own) {
          this.begun = true;
          this.doubt = false;
          this.lastError = undefined; // what came before is of the turn before
        }
        if (status.type === "retry") {
          const { attempt, message, next } = status;
          out.push({ type: "retry", sessionId: sessionId!, attempt, message, next });
        }
        return;
      }
      case "session.idle":
        return this.#idle(sessionId!, out);
      case "session.error":
        if (!own) return;
        // it comes twice, the second time with a stack in place of the words
        this.lastError ??= properties["error"] as ServerError | undefined;
        if (this.phase === "waiting") this.doubt = true;
        return;
      case "todo.updated":
        out.push({
          type: "todo",
          sessionId: sessionId!,
          todos: properties["todos"] as { content: string; status: string; priority: string }[],
        });
    }
  }

  /** Takes stored messages, oldest first; with `final`, text is taken as complete as it stands. */
  reconcile(messages: readonly StoredMessage[], out: TurnEvent[], final = false): void {
    for (const { info, parts } of messages) {
      this.#message(info, out);
      if (!this.#messages.has(info.id) && !this.lineage.waitsFor(info.id)) continue;
      for (const part of parts) {
        this.#part(undefined, part, out);
        if (final && part.type === "text" && part.text !== "") this.#close(part, part.text, out);
      }
    }
  }

  /** The owner knows that the session is idle and that nothing more will come. */
  settle(): void {
    if (this.phase !== "ended") this.phase = "ended";
    this.doubt = false;
  }

  /** Whether some text of the turn is not known to be complete. */
  get incomplete(): boolean {
    for (const text of this.#texts.values()) if (!text.closed) return true;
    return this.#orphans.size > 0 && this.#texts.size === 0;
  }

  /** The connection broke, and events may be missing: deltas of open parts can't be trusted. */
  gap(): void {
    this.#orphans.clear();
    for (const text of this.#texts.values()) text.gap();
  }

  /** The newest assistant message of the turn that is not a summary. */
  get message(): AssistantMessage | undefined {
    let newest: AssistantMessage | undefined;
    for (const message of this.#messages.values()) if (!message.summary) newest = message;
    return newest;
  }

  /** The parts of a message, as far as known. */
  partsOf(messageId: string): Part[] {
    return [...this.#parts.get(messageId)?.values() ?? []];
  }

  /** The text of the last step that has any. */
  get text(): string {
    const messages = [...this.#messages.values()].reverse();
    for (const message of messages) {
      if (message.summary) continue;
      let text = "";
      for (const part of this.#parts.get(message.id)?.values() ?? []) {
        if (part.type === "text") text += this.#texts.get(part.id)?.text ?? part.text;
      }
      if (text !== "") return text;
    }
    return "";
  }

  /** Tokens and dollars of the whole tree. */
  get spent(): { usage: Usage; cost: number } {
    const usage: Usage = { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 };
    let cost = 0;
    for (const one of this.#spent.values()) {
      for (const key of Object.keys(usage) as (keyof Usage)[]) usage[key] += one.usage[key];
      cost += one.cost;
    }
    return { usage, cost };
  }

  #message(info: Message, out: TurnEvent[]): void {
    if (info.role === "user") return this.#userMessage(info, out);
    if (this.tree.has(info.sessionID)) this.#spent.set(info.id, usageOf(info));
    if (info.sessionID !== this.sessionId) return;
    if (!this.lineage.has(info.parentID)) return void this.#strangers.set(info.id, info);
    const known = this.#messages.has(info.id);
    this.#messages.set(info.id, info);
    this.begun = true;
    const newest = [...this.#messages.keys()].at(-1) === info.id;
    if (newest) {
      const over = info.time.completed !== undefined || info.error !== undefined;
      if (this.phase !== "ended") this.phase = over ? "answered" : "answering";
      if (over) this.doubt = false;
    }
    if (!known) this.#again(info.id, out);
  }

  /** Places what was kept for a message. */
  #again(messageId: string, out: TurnEvent[]): void {
    for (const event of this.#orphans.take(messageId)) this.feed(event, out);
  }

  #userMessage(info: Extract<Message, { role: "user" }>, out: TurnEvent[]): void {
    if (info.sessionID !== this.sessionId) return;
    const kept = this.#orphans.take(info.id);
    if (this.phase !== "ended" && this.lineage.take(info)) this.#answersTo(info.id, out);
    if (this.lineage.waitsFor(info.id)) { for (const event of kept) this.feed(event, out); }
  }

  /** Answers to this message that came before it are answers of our turn. */
  #answersTo(messageId: string, out: TurnEvent[]): void {
    for (const [id, stranger] of this.#strangers) {
      if (stranger.parentID !== messageId) continue;
      this.#strangers.delete(id);
      this.#message(stranger, out);
    }
  }

  #part(event: ServerEvent | undefined, part: Part, out: TurnEvent[]): void {
    if (part.sessionID !== this.sessionId) return this.#childPart(part, out);
    if (this.lineage.waitsFor(part.messageID)) {
      if (this.lineage.weigh(part)) this.#answersTo(part.messageID, out);
      return;
    }
    if (!this.#messages.has(part.messageID)) {
      if (event) this.#orphans.keep(part.messageID, event);
      return;
    }
    let parts = this.#parts.get(part.messageID);
    if (!parts) this.#parts.set(part.messageID, parts = new Map());
    const known = parts.get(part.id);
    parts.set(part.id, part);
    const { sessionId } = this;
    const messageId = part.messageID;
    switch (part.type) {
      case "text":
      case "reasoning":
        if (this.#void.has(part.id)) return;
        this.rounds.filled(sessionId);
        this.#track(part, event !== undefined);
        if (part.time?.end !== undefined) this.#close(part, part.text, out);
        if (event && !known) this.#again(messageId, out); // its first pieces may have come before
        return;
      case "tool":
        return this.#tool(part, out);
      case "step-start":
        if (known) return;
        this.rounds.begin(sessionId, part.id);
        this.#abandonOpen(part);
        out.push({ type: "step", status: "started", sessionId, messageId });
        return;
      case "step-finish":
        if (known) return;
        out.push({
          type: "step",
          status: "finished",
          sessionId,
          messageId,
          reason: part.reason,
          ...usageOf(part),
        });
        return;
      case "patch":
        if (!known) out.push({ type: "file", sessionId, messageId, paths: part.files });
        return;
      case "file":
        if (!known) out.push({ type: "file", sessionId, messageId, paths: [part.url] });
    }
  }

  /** A subagent's part: its calls are told of, its rounds count. */
  #childPart(part: Part, out: TurnEvent[]): void {
    if (part.type === "tool") return this.#tool(part, out);
    if (part.type === "text" || part.type === "reasoning") this.rounds.filled(part.sessionID);
    if (part.type === "step-start") this.rounds.begin(part.sessionID, part.id);
  }

  #tool(part: ToolPart, out: TurnEvent[]): void {
    this.rounds.filled(part.sessionID);
    const event = this.calls.take(part);
    if (event) out.push(event);
  }

  /** Follows a text; one that is known from the store alone may have pieces that never come. */
  #track(part: TextPart | ReasoningPart, live: boolean): void {
    const { id, type, messageID, text } = part;
    let tracker = this.#texts.get(id);
    if (tracker) {
      if (live && text === "") tracker.begin();
      return;
    }
    this.#texts.set(id, tracker = new TextTracker(type, messageID, id));
    if (!live) tracker.gap();
    this.#takeOver(tracker);
  }

  #takeOver(tracker: TextTracker): void {
    const before = this.#abandoned.get(tracker.type);
    if (before?.messageId !== tracker.messageId || before.partId > tracker.partId) return;
    this.#abandoned.delete(tracker.type);
    tracker.takeOver(before);
  }

  /**
   * A step begins while text is open: the provider failed in the middle, and begins anew with parts
   * of their own. What the open ones held is empty in the store. Ids tell which came before.
   */
  #abandonOpen(step: Part): void {
    for (const [id, text] of this.#texts) {
      if (text.closed || text.messageId !== step.messageID) continue;
      if (id > step.id) this.#takeOver(text);
      else {
        this.#texts.delete(id);
        this.#void.add(id);
        this.#abandoned.set(text.type, text);
      }
    }
  }

  #delta(event: ServerEvent, delta: Delta, out: TurnEvent[]): void {
    if (delta.sessionID !== this.sessionId || delta.field !== "text") return;
    const tracker = this.#texts.get(delta.partID);
    if (!tracker) return this.#orphans.keep(delta.messageID, event);
    if (this.#deltas.has(event.id)) return;
    if (this.#deltas.size >= MAX_DELTAS) this.#deltas.clear();
    this.#deltas.add(event.id);
    this.#give(tracker, tracker.delta(delta.delta), out);
  }

  #close(part: Part, full: string, out: TurnEvent[]): void {
    const tracker = this.#texts.get(part.id);
    if (tracker) this.#give(tracker, tracker.close(full), out);
  }

  #give(tracker: TextTracker, text: string, out: TurnEvent[]): void {
    if (text === "") return;
    const { type, messageId, partId } = tracker;
    if (this.#messages.get(messageId)?.summary) return;
    const anew = tracker.diverged && type === "text" ? { restarted: true as const } : {};
    tracker.diverged = false;
    out.push({ type, text, sessionId: this.sessionId, messageId, partId, ...anew });
  }

  #idle(sessionId: string, out: TurnEvent[]): void {
    const child = this.tree.get(sessionId);
    if (sessionId !== this.sessionId) {
      if (!child?.busy) return;
      child.busy = false;
      const { parentId, title } = child;
      out.push({ type: "subagent", status: "finished", sessionId, parentId, title });
    } else if (this.phase === "answered") this.phase = "ended";
    else if (this.phase !== "ended") this.doubt = true;
  }

  #adopt(info: unknown, out: TurnEvent[]): void {
    const { id, parentID, title } = (info ?? {}) as {
      id: string;
      parentID?: string;
      title: string;
    };
    if (!parentID || !this.tree.has(parentID) || this.tree.has(id)) return;
    this.tree.set(id, { parentId: parentID, title, busy: true });
    out.push({ type: "subagent", status: "started", sessionId: id, parentId: parentID, title });
  }
}

/** How many events are remembered to know one that comes twice. */
const MAX_DELTAS = 1024;
