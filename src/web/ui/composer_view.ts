/** Where a prompt is written: text, files, model, agent. @module */
import type { PromptBody } from "../protocol.ts";
import type { PageState } from "../view/state.ts";
import { button, h } from "./dom.ts";

/** The largest file that goes with a prompt, in bytes. */
const MAX_FILE = 15_000_000;

type Attached = NonNullable<PromptBody["files"]>[number];

/** What the composer does. */
export interface ComposerActions {
  send(body: PromptBody): Promise<void>;
  abort(): void;
  problem(message: string): void;
}

/** Shows the composer. */
export class ComposerView {
  readonly element: HTMLFormElement;
  readonly input: HTMLTextAreaElement;
  readonly #model: HTMLSelectElement;
  readonly #agent: HTMLSelectElement;
  readonly #send = h("button", { type: "submit", class: "primary" }, "Send");
  readonly #stop: HTMLButtonElement;
  readonly #files = h("ul", { class: "attachments", "aria-label": "Attachments" });
  readonly #actions: ComposerActions;
  #attached: Attached[] = [];
  /** The prompt that was brought back, as long as nobody has changed it. */
  #broughtBack = "";

  constructor(readonly state: PageState, actions: ComposerActions) {
    this.#actions = actions;
    this.input = h("textarea", {
      rows: 3,
      placeholder: "Ask the agent. Enter sends, Shift+Enter is a new line.",
      "aria-label": "Prompt",
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.element.requestSubmit();
    });
    this.input.addEventListener("input", () => this.#grow());
    this.input.addEventListener("paste", (event) => {
      const files = [...event.clipboardData?.files ?? []];
      if (files.length === 0) return;
      event.preventDefault();
      void this.attach(files);
    });
    this.#model = h("select", { "aria-label": "Model" });
    this.#agent = h("select", { "aria-label": "Agent" });
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
      this.#files,
      this.input,
      h(
        "div",
        { class: "composer-row" },
        this.#model,
        this.#agent,
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
    fill(this.#model, [
      ["", defaultModel === undefined ? "Default model" : `Default (${defaultModel})`],
      ...models.map(({ id, name, provider }): [string, string] => [id, `${provider}: ${name}`]),
    ], "opencode.model");
    fill(this.#agent, [
      ["", "Default agent"],
      ...agents.map(({ name }): [string, string] => [name, name]),
    ], "opencode.agent");
  }

  updateBusy(busy: boolean): void {
    this.#stop.hidden = !busy;
  }

  /** Writes a prompt that was taken back, to be changed and sent again; never over what is typed. */
  bringBack(text: string): void {
    if (![this.#broughtBack, ""].includes(this.input.value)) return;
    this.input.value = this.#broughtBack = text;
    this.#grow();
  }

  /** The model that is chosen. */
  get model(): string | undefined {
    return this.#model.value || undefined;
  }

  /** Adds files to the next prompt. */
  async attach(files: readonly File[]): Promise<void> {
    for (const file of files) {
      if (file.size > MAX_FILE) {
        this.#actions.problem(`${file.name} is larger than ${MAX_FILE / 1_000_000} MB`);
        continue;
      }
      this.#attached.push({
        name: file.name,
        mime: file.type || "text/plain",
        data: await base64(file),
      });
    }
    this.#showFiles();
    this.input.focus();
  }

  #showFiles(): void {
    this.#files.replaceChildren(...this.#attached.map((file) => {
      const { name, mime, data } = file;
      const picture = /^image\/(?:png|jpeg|gif|webp)$/.test(mime);
      return h(
        "li",
        {},
        picture && h("img", { src: `data:${mime};base64,${data}`, alt: "" }),
        h("span", {}, name),
        button("✕", () => {
          this.#attached = this.#attached.filter((each) => each !== file);
          this.#showFiles();
        }, { "aria-label": `Remove ${name}` }),
      );
    }));
  }

  async #submit(): Promise<void> {
    // Enter sends a form whose button is disabled too
    if (this.#send.disabled) return;
    const text = this.input.value;
    if (text.trim() === "" && this.#attached.length === 0) return;
    const files = this.#attached;
    this.#send.disabled = true;
    try {
      await this.#actions.send({
        text,
        ...this.model !== undefined && { model: this.model },
        ...this.#agent.value !== "" && { agent: this.#agent.value },
        ...files.length > 0 && { files },
      });
      // what was typed meanwhile stays
      if (this.input.value === text) this.input.value = this.#broughtBack = "";
      this.#attached = this.#attached.filter((file) => !files.includes(file));
      this.#showFiles();
      this.#grow();
    } catch (error) {
      this.#actions.problem((error as Error).message);
    } finally {
      this.#send.disabled = false;
      this.input.focus();
    }
  }

  #grow(): void {
    const lines = this.input.value.split("\n").length;
    this.input.rows = Math.min(12, Math.max(3, lines));
  }
}

function fill(select: HTMLSelectElement, options: [string, string][], key: string): void {
  const wanted = select.value || localStorage.getItem(key) || "";
  select.replaceChildren(...options.map(([value, label]) => h("option", { value }, label)));
  select.value = options.some(([value]) => value === wanted) ? wanted : "";
  select.onchange = () => localStorage.setItem(key, select.value);
}

async function base64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 32_768) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  }
  return btoa(binary);
}
