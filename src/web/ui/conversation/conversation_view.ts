/** A conversation: its messages, what waits, and how it stands. @module */
import { conversation, type PageState, shownMessages, waiting, waits } from "../../view/state.ts";
import { button, h, showText, type View } from "../dom.ts";
import { MessageList } from "./message_list.ts";
import type { MessageActions } from "./message_view.ts";
import { type RequestActions, RequestsView } from "./requests_view.ts";

/** What a conversation does. */
export interface ConversationActions extends MessageActions, RequestActions {
  older(sessionId: string): Promise<void>;
  redo(sessionId: string): void;
}

/** Shows one session; subagents' conversations are nested views of the same kind. */
export class ConversationView {
  readonly element: HTMLElement;
  /** Reads earlier messages. */
  readonly older: HTMLButtonElement;
  readonly #messages: MessageList;
  readonly #takenBack: View<number>;
  /** What waits, shown once: a nested conversation leaves it to the one above. */
  readonly #requests: RequestsView | undefined;
  readonly #error = h("p", { class: "error", role: "alert", hidden: true });
  readonly #status = h("p", { class: "status", hidden: true });

  constructor(
    readonly sessionId: string,
    readonly state: PageState,
    actions: ConversationActions,
    nested = false,
  ) {
    this.older = button("Load earlier messages", () => void actions.older(sessionId), {
      class: "older",
      hidden: true,
    });
    this.#messages = new MessageList(actions);
    this.#takenBack = takenBackView(() => actions.redo(sessionId));
    if (!nested) this.#requests = new RequestsView(actions);
    this.element = h(
      "div",
      { class: nested ? "conversation nested" : "conversation" },
      this.older,
      this.#messages.element,
      this.#takenBack.element,
      this.#error,
      this.#requests?.element,
      this.#status,
    );
    this.update();
  }

  /** Shows messages that were not there before; the others stay as they are. */
  updateNew(): void {
    this.update("");
    this.older.hidden = conversation(this.state, this.sessionId).before === undefined;
  }

  /** Shows everything anew; with a message's id, that message alone. */
  update(messageId?: string): void {
    const known = conversation(this.state, this.sessionId);
    const { revertedTo } = this.state.sessions.get(this.sessionId) ?? {};
    const { shown, takenBack } = shownMessages(known, revertedTo);
    this.#messages.update(shown, messageId);
    if (messageId !== undefined) return;
    this.older.hidden = known.before === undefined;
    this.#takenBack.update(takenBack);
    showText(this.#error, known.error);
    this.updateRequests();
  }

  updateRequests(): void {
    const { permissions, questions } = waiting(this.state, this.sessionId);
    this.#requests?.update(permissions, questions);
    this.#messages.showEmpty(this.#emptyText());
    this.updateStatus();
  }

  updateStatus(): void {
    showText(this.#status, this.#statusText());
  }

  /** An empty conversation is one that was read, and in which nothing waits. */
  #emptyText(): string | undefined {
    const { messages, loaded = false } = conversation(this.state, this.sessionId);
    if (messages.length > 0) return undefined;
    if (!loaded) return "Loading the messages …";
    return this.#requests && !waits(this.state, this.sessionId)
      ? "Ask something to begin."
      : undefined;
  }

  #statusText(): string | undefined {
    const status = this.state.busy.get(this.sessionId);
    if (!status) return undefined;
    if (status.state !== "retry") {
      return waits(this.state, this.sessionId) ? "Waiting for your answer …" : "Working …";
    }
    const seconds = Math.max(0, Math.round((status.next - Date.now()) / 1_000));
    return `The provider failed (${status.message}). Try ${status.attempt + 1} in ${seconds} s`;
  }
}

/** How many messages `undo` took back, and the way to have them again. */
function takenBackView(redo: () => void): View<number> {
  const text = h("span", {});
  const element = h("p", { class: "note", hidden: true }, text, button("Redo", redo));
  return {
    element,
    update: (count) => {
      element.hidden = count === 0;
      const what = `${count} message${count === 1 ? "" : "s"} taken back`;
      text.textContent = `${what}, with the files. The next prompt makes it final. `;
    },
  };
}
