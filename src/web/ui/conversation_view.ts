/** A conversation: its messages, what waits, and how it stands. @module */
import type { FullMessageView } from "../protocol.ts";
import {
  conversation,
  type Group,
  grouped,
  type PageState,
  shownMessages,
  waiting,
} from "../view/state.ts";
import { button, h, Keyed, setText, type View } from "./dom.ts";
import { type MessageActions, MessageView } from "./message_view.ts";
import { type RequestActions, RequestsView } from "./requests_view.ts";

/** What a conversation does. */
export interface ConversationActions extends MessageActions, RequestActions {
  older(sessionId: string): Promise<void>;
  redo(sessionId: string): void;
}

/** Shows one session; subagents' conversations are nested views of the same kind. */
export class ConversationView {
  readonly element: HTMLElement;
  readonly #list = h("div", {});
  readonly #groups: Keyed<Group>;
  readonly #numbers = new Map<string, number>();
  #only: string | undefined;
  readonly #requests: RequestsView;
  /** Reads earlier messages. */
  readonly older: HTMLButtonElement;
  readonly #status = h("p", { class: "status", hidden: true });
  readonly #error = h("p", { class: "error", role: "alert", hidden: true });
  readonly #reverted = h("p", { class: "note", hidden: true });
  readonly #empty = h("p", { class: "empty" });

  constructor(
    readonly sessionId: string,
    readonly state: PageState,
    actions: ConversationActions,
    readonly nested = false,
  ) {
    this.older = button("Load earlier messages", () => void actions.older(sessionId), {
      class: "older",
      hidden: true,
    });
    this.#groups = new Keyed(
      this.#list,
      ({ number }) => String(number),
      () => this.#groupView(actions),
    );
    this.#requests = new RequestsView(actions);
    this.#reverted.append(
      h("span", {}),
      button("Redo", () => actions.redo(sessionId)),
    );
    this.element = h(
      "div",
      { class: nested ? "conversation nested" : "conversation" },
      this.older,
      this.#empty,
      this.#list,
      this.#reverted,
      this.#error,
      this.#requests.element,
      this.#status,
    );
    this.update();
  }

  /** Shows messages that were not there before; the others stay as they are. */
  updateNew(): void {
    const known = conversation(this.state, this.sessionId);
    this.#updateMessages("");
    this.older.hidden = known.before === undefined;
  }

  /** Shows messages, or of those that are there one alone. Returns how many, and how many `undo` took back. */
  #updateMessages(only: string | undefined): { count: number; takenBack: number } {
    const known = conversation(this.state, this.sessionId);
    const { revertedTo } = this.state.sessions.get(this.sessionId) ?? {};
    const { shown, takenBack } = shownMessages(known, revertedTo);
    this.#only = only;
    const number = this.#numbers.get(only ?? "");
    this.#groups.update(
      grouped(shown, this.#numbers),
      number === undefined ? undefined : String(number),
    );
    return { count: shown.length, takenBack };
  }

  /** Shows everything anew; with a message's id, that message alone. */
  update(messageId?: string): void {
    const { count, takenBack } = this.#updateMessages(messageId);
    if (messageId !== undefined) return;
    const known = conversation(this.state, this.sessionId);
    this.older.hidden = known.before === undefined;
    this.#updateEmpty(count > 0, known.loaded ?? false);
    this.#reverted.hidden = takenBack === 0;
    setText(
      this.#reverted.firstElementChild!,
      `${takenBack} message${
        takenBack === 1 ? "" : "s"
      } taken back, with the files. The next prompt makes it final. `,
    );
    setText(this.#error, known.error ?? "");
    this.#error.hidden = known.error === undefined;
    this.updateRequests();
    if (this.nested) this.updateStatus();
  }

  /** An empty conversation is one that was read, and in which nothing waits. */
  #updateEmpty(some: boolean, loaded: boolean): void {
    this.#empty.hidden = some || (loaded && (this.nested || this.#waits()));
    setText(this.#empty, loaded ? "Ask something to begin." : "Loading the messages …");
  }

  #waits(): boolean {
    const { permissions, questions } = waiting(this.state, this.sessionId);
    return permissions.length + questions.length > 0;
  }

  #groupView(actions: ConversationActions): View<Group> {
    const element = h("ol", { class: "messages" });
    const views = new Keyed<FullMessageView>(
      element,
      ({ id }) => id,
      (message) => new MessageView(message, actions),
    );
    return { element, update: ({ messages }) => views.update(messages, this.#only) };
  }

  updateRequests(): void {
    if (this.nested) return; // shown once, by the conversation above
    const { permissions, questions } = waiting(this.state, this.sessionId);
    this.#requests.update(permissions, questions);
    const { messages, loaded = false } = conversation(this.state, this.sessionId);
    this.#updateEmpty(messages.length > 0, loaded);
    this.updateStatus();
  }

  updateStatus(): void {
    const status = this.state.busy.get(this.sessionId);
    this.#status.hidden = status === undefined;
    if (!status) return;
    const text = status.state === "retry"
      ? `The provider failed (${status.message}). Try ${status.attempt + 1} in ${
        Math.max(0, Math.round((status.next - Date.now()) / 1_000))
      } s`
      : this.#waits()
      ? "Waiting for your answer …"
      : "Working …";
    setText(this.#status, text);
  }
}
