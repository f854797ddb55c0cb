/** The bar above everything, and whether the page is light or dark. @module */
import { button, h, setText } from "./dom.ts";

const KEY = "opencode.theme";

/** What the bar does. */
export interface HeaderActions {
  menu(): void;
  panel(): void;
  link(): void;
  keys(): void;
}

/** Shows the bar. */
export class HeaderView {
  readonly element: HTMLElement;
  readonly menu: HTMLButtonElement;
  readonly #heading = h("h1", {}, "opencode");
  readonly #directory = h("span", { class: "directory" });

  constructor(actions: HeaderActions) {
    this.menu = button("☰", actions.menu, {
      class: "menu-button",
      "aria-label": "Sessions",
      "aria-expanded": "false",
      "aria-controls": "sessions",
    });
    this.element = h(
      "header",
      {},
      this.menu,
      this.#heading,
      this.#directory,
      button("Details", actions.panel, { title: "Show or hide the details (Alt+P)" }),
      button("Link", actions.link, {
        class: "wide",
        title: "An address for another browser",
      }),
      button("◐", switchTheme, { "aria-label": "Light or dark", title: "Light or dark" }),
      button("?", actions.keys, { class: "wide", "aria-label": "Keys", title: "Keys (?)" }),
    );
    const saved = localStorage.getItem(KEY);
    if (saved !== null) document.documentElement.dataset["theme"] = saved;
  }

  /** Shows the title of the session. */
  title(title: string | undefined): void {
    setText(this.#heading, title ?? "opencode");
    document.title = title === undefined ? "opencode" : `${title} · opencode`;
  }

  /** Shows the directory of the agent. */
  directory(path: string): void {
    setText(this.#directory, path);
  }
}

function switchTheme(): void {
  const { dataset } = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const next = (dataset["theme"] ?? system) === "dark" ? "light" : "dark";
  dataset["theme"] = next;
  localStorage.setItem(KEY, next);
}
