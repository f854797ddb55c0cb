/** The list of sessions. @module */
import type { SessionView } from "../protocol.ts";
import { ago, dollars } from "../view/format.ts";
import { listed, type PageState, waits } from "../view/state.ts";
import { button, h, Keyed, setText, type View } from "./dom.ts";

/** What the list does. */
export interface SidebarActions {
  open(sessionId: string): void;
  create(): void;
  rename(session: SessionView): void;
  remove(session: SessionView): void;
  fork(session: SessionView): void;
  /** Reads more sessions whose titles hold a text. */
  find(text: string): Promise<void>;
}

/** Shows the sessions, with a search. */
export class SidebarView {
  readonly element: HTMLElement;
  readonly search: HTMLInputElement;
  readonly #list = h("ul", { class: "sessions" });
  readonly #rows: Keyed<SessionView>;
  readonly #none = h("p", { class: "note", hidden: true }, "No session fits.");
  current: string | undefined;

  constructor(readonly state: PageState, actions: SidebarActions) {
    this.search = h("input", {
      type: "search",
      placeholder: "Search sessions",
      "aria-label": "Search sessions",
    });
    let asking: ReturnType<typeof setTimeout> | undefined;
    this.search.addEventListener("input", () => {
      this.update();
      clearTimeout(asking);
      const text = this.search.value.trim();
      if (text === "") return;
      // the list holds the newest sessions only
      asking = setTimeout(() => void actions.find(text).then(() => this.update()), 250);
    });
    this.#rows = new Keyed(this.#list, ({ id }) => id, (session) => this.#row(session, actions));
    this.element = h(
      "nav",
      { id: "sessions", "aria-label": "Sessions" },
      h(
        "div",
        { class: "sidebar-head" },
        button("New session", () => actions.create(), {
          class: "primary",
          accesskey: "n",
          title: "New session (Alt+N)",
        }),
        this.search,
      ),
      this.#list,
      this.#none,
    );
  }

  update(): void {
    const sessions = listed(this.state, this.search.value);
    this.#rows.update(sessions);
    this.#none.hidden = sessions.length > 0;
  }

  /** The session before or after the current one. */
  neighbour(step: 1 | -1): string | undefined {
    const ids = listed(this.state, this.search.value).map(({ id }) => id);
    const at = this.current === undefined ? -1 : ids.indexOf(this.current);
    return ids[at + step];
  }

  #row(session: SessionView, actions: SidebarActions): View<SessionView> {
    let current = session;
    const title = h("span", { class: "title" });
    const meta = h("span", { class: "meta" });
    const open = h(
      "button",
      { type: "button", class: "open", onclick: () => actions.open(current.id) },
      title,
      meta,
    );
    const menu = h(
      "details",
      { class: "menu" },
      h("summary", { "aria-label": "Actions for the session" }, "⋯"),
      h(
        "div",
        { class: "menu-items" },
        ...([["Rename", actions.rename], ["Fork", actions.fork], [
          "Delete",
          actions.remove,
        ]] as const)
          .map(([label, act]) =>
            button(label, () => {
              menu.open = false;
              act(current);
            })
          ),
      ),
    );
    const element = h("li", {}, open, menu);
    menu.addEventListener("focusout", ({ relatedTarget }) => {
      if (!menu.contains(relatedTarget as Node | null)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      event.stopPropagation();
      menu.open = false;
      menu.querySelector("summary")!.focus();
    });
    return {
      element,
      update: (value) => {
        current = value;
        setText(title, value.title);
        const busy = this.state.busy.has(value.id);
        const asks = waits(this.state, value.id);
        const facts = [
          asks ? "waits for you" : busy ? "working" : ago(value.updated, Date.now()),
          value.cost > 0 ? dollars(value.cost) : undefined,
        ];
        setText(meta, facts.filter((fact) => fact !== undefined).join(" · "));
        element.className = asks ? "asks" : busy ? "busy" : "";
        if (value.id === this.current) open.setAttribute("aria-current", "true");
        else open.removeAttribute("aria-current");
        menu.firstElementChild!.setAttribute("aria-label", `Actions for ${value.title}`);
      },
    };
  }
}
