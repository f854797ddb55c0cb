/** The messages of a conversation, in groups that the browser leaves out where they are out of view. @module */
import type { FullMessageView } from "../../protocol.ts";
import { type Group, grouped } from "../../view/state.ts";
import { h, Keyed, showText, type View } from "../dom.ts";
import { type MessageActions, MessageView } from "./message_view.ts";

/** Shows messages; each keeps its place in its group. */
export class MessageList {
  readonly element: HTMLElement;
  readonly #empty = h("p", { class: "empty" });
  readonly #groups: Keyed<Group>;
  readonly #numbers = new Map<string, number>();
  #only: string | undefined;

  constructor(actions: MessageActions) {
    const list = h("div", {});
    this.element = h("div", {}, this.#empty, list);
    this.#groups = new Keyed(
      list,
      ({ number }) => String(number),
      () => this.#groupView(actions),
    );
  }

  /** @param only Of those that are there, only the message of this id is updated; with "" none is. */
  update(messages: readonly FullMessageView[], only?: string): void {
    this.#only = only;
    const number = this.#numbers.get(only ?? "");
    this.#groups.update(
      grouped(messages, this.#numbers),
      number === undefined ? undefined : String(number),
    );
  }

  /** Shows a text where there are no messages. */
  showEmpty(text: string | undefined): void {
    showText(this.#empty, text);
  }

  #groupView(actions: MessageActions): View<Group> {
    const element = h("ol", { class: "messages" });
    const views = new Keyed<FullMessageView>(
      element,
      ({ id }) => id,
      (message) => new MessageView(message, actions),
    );
    return { element, update: ({ messages }) => views.update(messages, this.#only) };
  }
}
