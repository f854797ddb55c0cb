/**
 * The state machine of a turn: what the server's events mean for the prompt that we sent.
 *
 * A turn is known by the id of its user message, which we chose. `standing.ts` has the states; this
 * file places each event: parts may come before their message, messages before the one that they
 * answer, and every snapshot may come twice or show more than its place in the order allows (server
 * 1.18.33). Stored messages are taken by the same rules.
 *
 * Pure: no clock, no network.
 *
 * @module
 */
import type { AssistantMessage, Message, Part, ToolPart } from "../../../api/types.gen.ts";
import type { ServerEvent } from "../../../client/events.ts";
import { TurnAbortedError, TurnError } from "../../../errors.ts";
import type { ReasoningEvent, ServerTurnEvent, TextEvent } from "../../events.ts";
import type {
  Asked,
  Next,
  Progress,
  Step,
  StoredMessage,
  Taken,
  TurnReader,
  TurnResult,
} from "../../types.ts";
import { Answers, isOver } from "./answers.ts";
import { askedBy } from "./asked.ts";
import { Rounds, ToolCalls } from "./calls.ts";
import { turnError } from "../failure.ts";
import { HeardRounds } from "./heard.ts";
import { Orphans } from "./orphans.ts";
import { usageOf } from "../../usage.ts";
import { Standing } from "./standing.ts";
import { Texts } from "./texts.ts";
import { Tree } from "./tree.ts";
import type { Delta, ServerError, Status } from "../wire.ts";

/** What the events of one session's turn add up to. */
export class TurnState implements TurnReader {
  /** The turn's session and the subagents' below it. */
  readonly tree: Tree;
  readonly #standing = new Standing();
  readonly #calls = new ToolCalls();
  readonly #rounds = new Rounds();
  readonly #heard = new HeardRounds();
  readonly #answers: Answers;
  readonly #texts: Texts;
  readonly #orphans = new Orphans();

  constructor(readonly sessionId: string, messageId: string) {
    this.tree = new Tree(sessionId);
    this.#answers = new Answers(messageId);
    this.#texts = new Texts(sessionId);
  }

  get next(): Next {
    return this.#standing.next;
  }

  get received(): boolean {
    return this.#answers.lineage.seen || this.#answers.newestFirst.length > 0;
  }

  get begun(): boolean {
    return this.#standing.begun;
  }

  get working(): boolean {
    return this.#calls.running.size > 0;
  }

  get incomplete(): boolean {
    return this.#texts.open || (this.#orphans.size > 0 && this.#texts.none);
  }

  get progress(): Progress {
    const messageId = this.#answers.newestFirst[0]?.id;
    const { sessionId } = this;
    return { sessionId, text: this.#text, ...messageId !== undefined && { messageId } };
  }

  get taken(): Taken {
    return { steps: this.#rounds.begun, emptySteps: this.#rounds.empty, ...this.tree.spent };
  }

  get result(): TurnResult {
    const [message] = this.#answers.newestFirst;
    return {
      text: this.#text,
      parts: message ? this.#answers.partsOf(message.id) : [],
      message,
      structured: message?.structured,
      ...this.tree.spent,
      steps: this.#rounds.begun,
      error: this.#error(message),
    };
  }

  /** Why there is no answer, where the turn ended without one. */
  #error(message: AssistantMessage | undefined): TurnError | undefined {
    const { progress } = this;
    const { lastError } = this.#standing;
    if (message?.error) return turnError(message.error, progress, message);
    if (this.#answers.onlySummaries) return new TurnError(UNANSWERED, progress);
    if (this.next !== "ended" || !message || hasEnded(message, this.#answers.partsOf(message.id))) {
      return undefined;
    }
    const error = this.#answers.newest?.error ?? lastError;
    return error
      ? turnError(error, progress, message)
      : new TurnAbortedError("The turn was aborted on the server between two steps", progress);
  }

  feed(events: readonly ServerEvent[]): Step {
    const step: Pick<Step, "events" | "asked" | "alive"> = { events: [], asked: [], alive: false };
    for (const event of events) {
      if (this.#isOurs(event)) {
        step.alive = true;
        const asked = askedBy(event);
        if (asked) step.asked.push(asked);
      }
      this.#take(event, step.events);
    }
    return { ...step, ...this.#heard.take(), next: this.next };
  }

  asked(events: readonly ServerEvent[]): Asked[] {
    return events.filter((event) => this.#isOurs(event)).flatMap((event) => askedBy(event) ?? []);
  }

  reconcile(messages: readonly StoredMessage[], final = false): Step {
    const events: ServerTurnEvent[] = [];
    for (const { info, parts } of messages) {
      this.#message(info, events);
      if (!this.#answers.has(info.id) && !this.#answers.lineage.waitsFor(info.id)) continue;
      for (const part of parts) {
        this.#part(undefined, part, events);
        if (final && part.type === "text" && part.text !== "") {
          this.#give(this.#texts.close(part.id, part.text), events);
        }
      }
    }
    return { events, ...this.#heard.take(), asked: [], alive: false, next: this.next };
  }

  inputOf(messageId: string, callId: string): Record<string, unknown> | undefined {
    return this.#calls.inputOf(messageId, callId);
  }

  gap(): void {
    this.#orphans.clear();
    this.#texts.gap();
  }

  busy(): void {
    this.#standing.busy();
  }

  idle(): "ended" | { error: TurnError; patience: number } {
    if (this.#standing.settle()) return "ended";
    const { lastError } = this.#standing;
    if (lastError) {
      const [asked] = this.#answers.newestFirst;
      return { error: turnError(lastError, this.progress, asked), patience: 2 };
    }
    const why = this.#answers.lineage.joined
      ? "Another client's prompt came into this turn, and the server answered that one"
      : "The session went idle without an answer";
    return { error: new TurnAbortedError(why, this.progress), patience: 4 };
  }

  /** The text of the last step that has any. */
  get #text(): string {
    for (const { id } of this.#answers.newestFirst) {
      let text = "";
      for (const part of this.#answers.partsOf(id)) {
        if (part.type === "text") text += this.#texts.of(part);
      }
      if (text !== "") return text;
    }
    return "";
  }

  #isOurs({ properties }: ServerEvent): boolean {
    return this.tree.has((properties as { sessionID?: string }).sessionID ?? "");
  }

  #take(event: ServerEvent, out: ServerTurnEvent[]): void {
    const properties = event.properties as Record<string, unknown>;
    const sessionId = properties["sessionID"] as string | undefined;
    if (event.type === "session.created" || event.type === "session.updated") {
      const began = this.tree.adopt(properties["info"]);
      if (began) {
        this.#heard.subagent(began.sessionId, properties["info"]);
        out.push(began);
      }
    }
    if (sessionId === undefined || !this.tree.has(sessionId)) return;
    const own = sessionId === this.sessionId;
    switch (event.type) {
      case "message.part.delta":
        return this.#delta(event, properties as unknown as Delta, out);
      case "message.part.updated":
        return this.#part(event, properties["part"] as Part, out);
      case "message.updated":
        return this.#message(properties["info"] as Message, out);
      case "session.status": {
        const status = properties["status"] as Status;
        if (status.type === "idle") return this.#idle(sessionId, out);
        if (own) this.#standing.run();
        if (status.type === "retry") {
          const { attempt, message, next } = status;
          out.push({ type: "retry", sessionId, attempt, message, next });
        }
        return;
      }
      case "session.idle":
        return this.#idle(sessionId, out);
      case "session.error":
        if (own) this.#standing.fail(properties["error"] as ServerError | undefined);
        return;
      case "todo.updated":
        out.push({
          type: "todo",
          sessionId,
          todos: properties["todos"] as { content: string; status: string; priority: string }[],
        });
    }
  }

  #message(info: Message, out: ServerTurnEvent[]): void {
    if (info.role === "user") return this.#userMessage(info, out);
    if (this.#answers.isStale(info)) return;
    this.tree.spend(info);
    if (info.sessionID !== this.sessionId) return this.#heard.message(info);
    const taken = this.#answers.take(info);
    if (!taken) return;
    this.#heard.message(info);
    if (taken.isNewest) this.#standing.answer(isOver(info));
    if (taken.isNew) this.#again(info.id, out);
  }

  /** Places what was kept for a message. */
  #again(messageId: string, out: ServerTurnEvent[]): void {
    for (const event of this.#orphans.take(messageId)) this.#take(event, out);
  }

  #userMessage(info: Extract<Message, { role: "user" }>, out: ServerTurnEvent[]): void {
    if (info.sessionID !== this.sessionId) return;
    const { lineage } = this.#answers;
    const kept = this.#orphans.take(info.id);
    if (this.next !== "ended" && lineage.take(info)) this.#answersTo(info.id, out);
    if (lineage.waitsFor(info.id)) { for (const event of kept) this.#take(event, out); }
  }

  /** Answers to this message that came before it are answers of our turn. */
  #answersTo(messageId: string, out: ServerTurnEvent[]): void {
    const strangers: AssistantMessage[] = this.#answers.takeStrangers(messageId);
    for (const stranger of strangers) this.#message(stranger, out);
  }

  #part(event: ServerEvent | undefined, part: Part, out: ServerTurnEvent[]): void {
    if (part.sessionID !== this.sessionId) return this.#childPart(part, out);
    const { lineage } = this.#answers;
    if (lineage.waitsFor(part.messageID)) {
      if (lineage.weigh(part)) this.#answersTo(part.messageID, out);
      return;
    }
    if (!this.#answers.has(part.messageID)) {
      if (event && !lineage.has(part.messageID)) this.#orphans.keep(part.messageID, event);
      return;
    }
    const isNew = this.#answers.takePart(part);
    const { sessionId } = this;
    const messageId = part.messageID;
    switch (part.type) {
      case "text":
      case "reasoning":
        if (this.#texts.isVoid(part.id)) return;
        this.#rounds.filled(sessionId);
        this.#texts.track(part, event !== undefined);
        if (part.time?.end !== undefined) this.#give(this.#texts.close(part.id, part.text), out);
        if (event && isNew) this.#again(messageId, out); // its first pieces may have come before
        return;
      case "tool":
        return this.#tool(part, out);
    }
    if (!isNew) return;
    switch (part.type) {
      case "step-start":
        this.#rounds.begin(sessionId, part.id);
        this.#texts.abandonOpen(part);
        out.push({ type: "step", status: "started", sessionId, messageId });
        return;
      case "step-finish": {
        const { reason } = part;
        const what = { type: "step", status: "finished", sessionId, messageId, reason } as const;
        out.push({ ...what, ...usageOf(part) });
        return;
      }
      case "patch":
        out.push({ type: "file", sessionId, messageId, paths: part.files });
        return;
      case "file":
        out.push({ type: "file", sessionId, messageId, paths: [part.url] });
    }
  }

  /** A subagent's part: its calls are told of, its rounds count. */
  #childPart(part: Part, out: ServerTurnEvent[]): void {
    if (!this.tree.has(part.sessionID)) return;
    if (part.type === "tool") return this.#tool(part, out);
    if (part.type === "text" || part.type === "reasoning") {
      this.#rounds.filled(part.sessionID);
      if (part.text !== "") this.#heard.output(part.sessionID, part.messageID);
    }
    if (part.type === "step-start") this.#rounds.begin(part.sessionID, part.id);
  }

  #tool(part: ToolPart, out: ServerTurnEvent[]): void {
    this.#rounds.filled(part.sessionID);
    this.#heard.output(part.sessionID, part.messageID);
    const event = this.#calls.take(part);
    if (!event) return;
    this.#heard.call(part);
    out.push(event);
  }

  #delta(event: ServerEvent, delta: Delta, out: ServerTurnEvent[]): void {
    if (delta.field !== "text") return;
    if (delta.sessionID !== this.sessionId) {
      return this.#heard.output(delta.sessionID, delta.messageID);
    }
    if (!this.#texts.has(delta.partID)) return this.#orphans.keep(delta.messageID, event);
    this.#give(this.#texts.delta(event.id, delta.partID, delta.delta), out);
  }

  #give(event: TextEvent | ReasoningEvent | undefined, out: ServerTurnEvent[]): void {
    if (event) this.#heard.output(event.sessionId, event.messageId);
    if (event && !this.#answers.isSummary(event.messageId)) out.push(event);
  }

  #idle(sessionId: string, out: ServerTurnEvent[]): void {
    if (sessionId === this.sessionId) return this.#standing.idle();
    const finished = this.tree.finish(sessionId);
    if (finished) out.push(finished);
  }
}

/**
 * Whether a completed message is the last of a turn. One that was cut off while the server waited to
 * try its provider again has no `finish`; one with tool calls has another round after it, unless a
 * refusal ended the turn or the call was the answer (server 1.18.33).
 */
function hasEnded({ finish, structured }: AssistantMessage, parts: readonly Part[]): boolean {
  if (structured !== undefined) return true;
  if (finish === undefined) return false;
  if (finish !== "tool-calls" && finish !== "unknown") return true;
  return parts.some((part) =>
    part.type === "tool" && part.state.status === "error" && REFUSED.test(part.state.error)
  );
}

/** The errors of calls that end a turn; after all others the model goes on (server 1.18.33). */
const REFUSED =
  /The user (rejected permission to use this specific tool call\.|dismissed this question)$/;

/** A summary that was begun and not finished is written first, in place of an answer (server 1.18.33). */
const UNANSWERED =
  "The server finished a summary in place of an answer to the prompt: send the prompt again";
