/** The files that go with the next prompt. @module */
import type { PromptBody } from "../../protocol.ts";
import { button, h } from "../dom.ts";

/** The largest file that goes with a prompt, in bytes. */
const MAX_FILE = 15_000_000;

type Attached = NonNullable<PromptBody["files"]>[number];

/** Shows the files, each with a button that removes it. */
export class Attachments {
  readonly element = h("ul", { class: "attachments", "aria-label": "Attachments" });
  #files: Attached[] = [];

  /** @param problem Told of a file that is too large. */
  constructor(readonly problem: (message: string) => void) {}

  /** The files, as they are sent. */
  get files(): Attached[] {
    return this.#files;
  }

  async add(files: readonly File[]): Promise<void> {
    for (const file of files) {
      if (file.size > MAX_FILE) {
        this.problem(`${file.name} is larger than ${MAX_FILE / 1_000_000} MB`);
        continue;
      }
      this.#files.push({
        name: file.name,
        mime: file.type || "text/plain",
        data: await base64(file),
      });
    }
    this.#show();
  }

  remove(files: readonly Attached[]): void {
    this.#files = this.#files.filter((file) => !files.includes(file));
    this.#show();
  }

  #show(): void {
    this.element.replaceChildren(...this.#files.map((file) => {
      const { name, mime, data } = file;
      const picture = /^image\/(?:png|jpeg|gif|webp)$/.test(mime);
      return h(
        "li",
        {},
        picture && h("img", { src: `data:${mime};base64,${data}`, alt: "" }),
        h("span", {}, name),
        button("✕", () => this.remove([file]), { "aria-label": `Remove ${name}` }),
      );
    }));
  }
}

async function base64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 32_768) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  }
  return btoa(binary);
}
