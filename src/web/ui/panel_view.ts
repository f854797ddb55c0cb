/** What stands beside a conversation: what it took, the agent's list, the files. @module */
import type { ChangeView, FileView } from "../protocol.ts";
import { contextUse, dollars, steps, tokens } from "../view/format.ts";
import { conversation, type PageState } from "../view/state.ts";
import { api } from "./api.ts";
import { diffElement } from "./diff_view.ts";
import { button, copyButton, h, preElement, svg } from "./dom.ts";

/** Shows the panel of one session. */
export class PanelView {
  readonly element: HTMLElement;
  readonly #cost = h("section", { "aria-label": "Tokens and cost" });
  readonly #todo = h("section", { "aria-label": "To do" });
  readonly #changes = h("div", {});
  readonly #tree = h("ul", { class: "tree" });
  readonly #viewer = h("div", { class: "viewer" });
  #changesTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly state: PageState, readonly problem: (message: string) => void) {
    this.element = h(
      "aside",
      { id: "panel", "aria-label": "Details" },
      this.#cost,
      this.#todo,
      h("section", { "aria-label": "Changed files" }, h("h2", {}, "Changes"), this.#changes),
      h("section", { "aria-label": "Files" }, h("h2", {}, "Files"), this.#tree),
      this.#viewer,
    );
  }

  /** Tokens, dollars, context and the list of a session. */
  update(sessionId: string | undefined): void {
    this.#updateCost(sessionId);
    const todos = sessionId === undefined ? [] : conversation(this.state, sessionId).todos;
    this.#todo.hidden = todos.length === 0;
    this.#todo.replaceChildren(
      h("h2", {}, "To do"),
      h(
        "ul",
        { class: "todos" },
        ...todos.map(({ content, status }) =>
          h(
            "li",
            { class: status },
            h("span", { class: "visually-hidden" }, `${status.replace("_", " ")}: `),
            content,
          )
        ),
      ),
    );
  }

  #updateCost(sessionId: string | undefined): void {
    const session = sessionId === undefined ? undefined : this.state.sessions.get(sessionId);
    this.#cost.hidden = session === undefined;
    if (!session) return;
    const { messages } = conversation(this.state, session.id);
    const { input, output, reasoning, cacheRead, cacheWrite } = session.tokens;
    const use = contextUse(
      messages,
      (model) => this.state.models.find(({ id }) => id === model)?.context ?? 0,
    );
    const fact = (name: string, value: string) => [h("dt", {}, name), h("dd", {}, value)];
    this.#cost.replaceChildren(
      h("h2", {}, "Tokens and cost"),
      h(
        "dl",
        {},
        ...fact("Cost", dollars(session.cost)),
        ...fact("Input", tokens(input)),
        ...fact("Output", tokens(output + reasoning)),
        ...fact("Cache", `${tokens(cacheRead)} read, ${tokens(cacheWrite)} written`),
      ),
      ...(use
        ? [h(
          "label",
          { class: "context" },
          `Context: ${tokens(use.used)} of ${tokens(use.context)} `,
          h("meter", { min: 0, max: use.context, high: use.context * 0.8, value: use.used }),
        )]
        : []),
      chart(steps(messages)),
    );
  }

  /** Reads what changed in the workspace, and the files at its root. */
  updateFiles(): void {
    clearTimeout(this.#changesTimer);
    this.#changesTimer = setTimeout(() => void this.#readFiles(), 300);
  }

  async #readFiles(): Promise<void> {
    const changes = await api.changes().catch(() => undefined);
    this.#changes.replaceChildren(
      ...(
        changes === undefined
          ? [h("p", { class: "note" }, "Changes are known in git directories only.")]
          : changes.length === 0
          ? [h("p", { class: "note" }, "Nothing is changed.")]
          : changes.map((change) => changeElement(change))
      ),
    );
    if (this.#tree.childElementCount === 0) this.#tree.replaceChildren(...await this.#entries(""));
  }

  async #entries(path: string): Promise<HTMLElement[]> {
    const files = await api.files(path).catch((error: Error) => {
      this.problem(error.message);
      return [];
    });
    const sorted = files.sort((a, b) =>
      Number(b.directory) - Number(a.directory) || a.name.localeCompare(b.name)
    );
    return sorted.map((file) => file.directory ? this.#folder(file) : this.#file(file));
  }

  #folder({ name, path }: FileView): HTMLElement {
    const list = h("ul", {});
    const details = h("details", {}, h("summary", {}, `${name}/`), list);
    details.addEventListener("toggle", async () => {
      if (details.open) list.replaceChildren(...await this.#entries(path));
    });
    return h("li", {}, details);
  }

  #file({ name, path }: FileView): HTMLElement {
    const close = button("Close", () => {
      this.#viewer.replaceChildren();
      open.focus();
    });
    const open = button(name, async () => {
      const file = await api.file(path).catch((error: Error) => void this.problem(error.message));
      if (!file) return;
      const text = file.binary ? "(binary file)" : file.content;
      const { picture } = file;
      this.#viewer.replaceChildren(h(
        "figure",
        { class: "code" },
        h(
          "figcaption",
          {},
          h("span", { class: "path" }, path),
          picture === undefined && copyButton(() => text),
          close,
        ),
        picture === undefined ? preElement(path, text) : h("img", { src: picture, alt: path }),
      ));
      close.scrollIntoView({ block: "nearest" });
      close.focus();
    }, { class: "link" });
    return h("li", {}, open);
  }
}

function changeElement({ path, status, additions, deletions, patch }: ChangeView): HTMLElement {
  const details = h(
    "details",
    {},
    h(
      "summary",
      {},
      h("span", { class: "path" }, path),
      ` ${status} `,
      h("span", { class: "added-count" }, `+${additions}`),
      " ",
      h("span", { class: "removed-count" }, `−${deletions}`),
    ),
  );
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1 && patch) {
      details.append(diffElement(patch, path));
    }
  });
  return details;
}

const WIDTH = 280;
const HEIGHT = 80;

/** Bars for the tokens of each step, a line for the dollars so far. */
function chart(all: ReturnType<typeof steps>): Node {
  const shown = all.slice(-60);
  if (shown.length < 2) return document.createTextNode("");
  const most = Math.max(1, ...shown.map(({ tokens }) => tokens));
  const dear = Math.max(1e-9, ...shown.map(({ total }) => total));
  const width = WIDTH / shown.length;
  const x = (at: number) => (at * width).toFixed(1);
  const line = shown.map(({ total }, at) =>
    `${((at + 0.5) * width).toFixed(1)},${(HEIGHT - 2 - (total / dear) * (HEIGHT - 6)).toFixed(1)}`
  ).join(" ");
  const last = shown.at(-1)!;
  return svg(
    "svg",
    {
      class: "chart",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: "img",
      "aria-label": `Tokens of the last ${shown.length} steps, at most ${tokens(most)}; ${
        dollars(last.total)
      } so far`,
    },
    ...shown.map((step, at) => {
      const height = Math.max(1, (step.tokens / most) * (HEIGHT - 4));
      return svg(
        "rect",
        {
          x: x(at),
          y: (HEIGHT - height).toFixed(1),
          width: Math.max(1, width - 1).toFixed(1),
          height: height.toFixed(1),
        },
        svg("title", {}, `${tokens(step.tokens)} tokens, ${dollars(step.cost)}`),
      );
    }),
    svg("polyline", { points: line, fill: "none" }),
  );
}
