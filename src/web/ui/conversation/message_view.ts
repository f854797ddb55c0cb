/** One message with its parts. @module */
import type { FullMessageView, PartView } from "../../protocol.ts";
import { dollars, duration, sum, tokens } from "../../view/format.ts";
import { button, copyButton, h, Keyed, setText, showText, type View } from "../dom.ts";
import { LongText } from "../text/long_text.ts";
import { MarkdownView } from "../text/markdown_view.ts";
import { ToolView } from "../tool/tool_view.ts";

/** What can be done with a message. */
export interface MessageActions {
  undo(message: FullMessageView): void;
  fork(message: FullMessageView): void;
  openChild(sessionId: string): HTMLElement;
  /** Told of text as it is complete, for screen readers. */
  announce(text: string): void;
}

/** Shows a message. */
export class MessageView implements View<FullMessageView> {
  readonly element: HTMLElement;
  readonly #who = h("h2", { class: "who" });
  readonly #meta = h("span", { class: "meta" });
  readonly #actions = h("span", { class: "actions" });
  readonly #error = h("p", { class: "error", role: "alert", hidden: true });
  readonly #parts: Keyed<PartView>;
  #message: FullMessageView;

  constructor(message: FullMessageView, actions: MessageActions) {
    const body = h("div", { class: "parts" });
    this.element = h(
      "li",
      { class: `message ${message.role}`, "data-id": message.id },
      h("div", { class: "message-head" }, this.#who, this.#meta, this.#actions),
      body,
      this.#error,
    );
    this.#message = message;
    if (message.role === "user") {
      this.#actions.append(
        button("Undo", () => actions.undo(this.#message), {
          "aria-label": "Undo from this message on",
        }),
        button("Fork", () => actions.fork(this.#message), {
          "aria-label": "Fork from this message",
        }),
      );
    }
    this.#actions.append(copyButton(() => textOf(this.#message), "Copy message"));
    this.#parts = new Keyed(body, (part) => part.id, (part) => this.#partView(part, actions));
  }

  update(message: FullMessageView): void {
    this.#message = message;
    const { role, agent, model, error, tokens: taken, cost = 0, created, completed } = message;
    setText(this.#who, role === "user" ? "You" : message.summary ? "Summary" : agent ?? "Agent");
    const facts = role === "user" ? [] : [
      model,
      taken && sum(taken) > 0 ? `${tokens(sum(taken))} tokens` : undefined,
      cost > 0 ? dollars(cost) : undefined,
      completed === undefined ? undefined : duration(completed - created),
    ];
    setText(this.#meta, facts.filter((fact) => fact !== undefined).join(" · "));
    showText(this.#error, error);
    this.#parts.update(message.parts.filter(shown));
  }

  #partView(part: PartView, actions: MessageActions): View<PartView> {
    switch (part.type) {
      case "text":
        return this.#textView(actions);
      case "reasoning":
        return this.#reasoningView();
      case "tool":
        return new ToolView(actions.openChild);
      default:
        return { element: staticElement(part), update: () => {} };
    }
  }

  #textView(actions: MessageActions): View<PartView> {
    if (this.#message?.role === "user") {
      const view = new LongText(h("p", { class: "plain" }));
      return { element: view.element, update: (part) => view.set("text" in part ? part.text : "") };
    }
    const fresh = this.#message?.completed === undefined;
    const markdown = new MarkdownView((text) => fresh && actions.announce(text));
    return {
      element: markdown.element,
      update: (part) => {
        if ("text" in part) markdown.update(part.text, this.#message?.completed !== undefined);
      },
    };
  }

  #reasoningView(): View<PartView> {
    const text = new LongText(h("div", { class: "plain" }));
    const summary = h("summary", {}, "Reasoning");
    const element = h("details", { class: "reasoning" }, summary, text.element);
    return {
      element,
      update: (part) => {
        if (part.type !== "reasoning") return;
        text.set(part.text);
        const { start, end } = part;
        setText(
          summary,
          start !== undefined && end !== undefined
            ? `Reasoning, ${duration(end - start)}`
            : "Reasoning …",
        );
      },
    };
  }
}

/** The text of a message, without what the server added for the model. */
export function textOf({ parts }: FullMessageView): string {
  const texts = parts.filter(shown).flatMap((part) => part.type === "text" ? part.text : []);
  return texts.join("\n\n");
}

function shown(part: PartView): boolean {
  return part.type === "text" ? part.text !== "" && !part.synthetic : true;
}

function staticElement(part: PartView): HTMLElement {
  if (part.type === "file") {
    const { url, name, mime } = part;
    return url === undefined ? h("p", { class: "file" }, `📎 ${name} (${mime})`) : h(
      "figure",
      { class: "picture" },
      h("img", { src: url, alt: name }),
      h("figcaption", {}, name),
    );
  }
  if (part.type === "patch") {
    return h(
      "p",
      { class: "note" },
      `Changed ${part.files.length} file${part.files.length === 1 ? "" : "s"}`,
    );
  }
  return h("p", { class: "note" }, part.type === "note" ? part.text : "");
}
