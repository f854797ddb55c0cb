/** Where a prompt is written: text, files, model, agent. @module */
import type { PromptBody } from "../../protocol.ts";
import type { PageState } from "../../view/state.ts";
import { button, h } from "../dom.ts";
import { Attachments } from "./attachments.ts";
import { Choice } from "./choice.ts";
import { PromptInput } from "./prompt_input.ts";

/** What the composer does. */
export interface ComposerActions {
  send(body: PromptBody): Promise<void>;
  abort(): void;
  problem(message: string): void;
}

/** Shows the composer. */
export class ComposerView {
  readonly element: HTMLFormElement;
  readonly #prompt: PromptInput;
  readonly #attachments: Attachments;
  readonly #model = new Choice("Model", "opencode.model");
  readonly #agent = new Choice("Agent", "opencode.agent");
  readonly #send = h("button", { type: "submit", class: "primary" }, "Send");
  readonly #stop: HTMLButtonElement;
  readonly #actions: ComposerActions;

  constructor(readonly state: PageState, actions: ComposerActions) {
    this.#actions = actions;
    this.#prompt = new PromptInput(
      () => this.element.requestSubmit(),
      (files) => void this.attach(files),
    );
    this.#attachments = new Attachments(actions.problem);
    this.#stop = button("Stop", () => actions.abort(), {
      class: "danger",
      hidden: true,
      title: "Stop the turn (Esc)",
    });
    const picker = h("input", {
      type: "file",
      multiple: true,
      class: "visually-hidden",
      "aria-label": "Attach files",
      tabindex: -1,
    });
    picker.addEventListener("change", async () => {
      await this.attach([...picker.files ?? []]);
      picker.value = "";
    });
    this.element = h(
      "form",
      {
        class: "composer",
        onsubmit: (event: Event) => {
          event.preventDefault();
          void this.#submit();
        },
      },
      this.#attachments.element,
      this.#prompt.element,
      h(
        "div",
        { class: "composer-row" },
        this.#model.element,
        this.#agent.element,
        button("Attach", () => picker.click(), { title: "Attach files (also by drop and paste)" }),
        picker,
        h("span", { class: "space" }),
        this.#stop,
        this.#send,
      ),
    );
  }

  /** Shows the models and agents to choose from. */
  updateChoices(): void {
    const { models, agents, defaultModel } = this.state;
    this.#model.update(
      defaultModel === undefined ? "Default model" : `Default (${defaultModel})`,
      models.map(({ id, name, provider }) => [id, `${provider}: ${name}`]),
    );
    this.#agent.update("Default agent", agents.map(({ name }) => [name, name]));
  }

  updateBusy(busy: boolean): void {
    this.#stop.hidden = !busy;
  }

  focus(): void {
    this.#prompt.element.focus();
  }

  /** Writes a prompt that was taken back, to be changed and sent again; never over what is typed. */
  bringBack(text: string): void {
    this.#prompt.bringBack(text);
  }

  /** Adds files to the next prompt. */
  async attach(files: readonly File[]): Promise<void> {
    await this.#attachments.add(files);
    this.focus();
  }

  async #submit(): Promise<void> {
    // Enter sends a form whose button is disabled too
    if (this.#send.disabled) return;
    const text = this.#prompt.element.value;
    // what is attached meanwhile goes with the next one
    const files = [...this.#attachments.files];
    if (text.trim() === "" && files.length === 0) return;
    const model = this.#model.value;
    const agent = this.#agent.value;
    this.#send.disabled = true;
    try {
      await this.#actions.send({
        text,
        ...model !== undefined && { model },
        ...agent !== undefined && { agent },
        ...files.length > 0 && { files },
      });
      this.#prompt.sent(text);
      this.#attachments.remove(files);
    } catch (error) {
      this.#actions.problem((error as Error).message);
    } finally {
      this.#send.disabled = false;
      this.focus();
    }
  }
}
