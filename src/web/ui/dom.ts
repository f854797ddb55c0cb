/** Making and keeping elements. Text is only ever text: nothing here takes HTML. @module */

type Value = string | number | boolean | undefined | ((event: never) => void);
/** What an element may hold. */
export type Child = Node | string | undefined | null | false;

/** Makes an element; `on…` properties are listeners, booleans are attributes that are there or not. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  set(element, properties);
  element.append(...children.filter(present));
  return element;
}

/** The same for SVG. */
export function svg(
  tag: string,
  properties: Record<string, Value> = {},
  ...children: Child[]
): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(element, properties);
  element.append(...children.filter(present));
  return element;
}

function present(child: Child): child is Node | string {
  return child !== undefined && child !== null && child !== false;
}

function set(element: Element, properties: Record<string, Value>): void {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value as EventListener);
    } else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Something that shows a value, and can show the next one. */
export interface View<T> {
  readonly element: HTMLElement;
  update(value: T): void;
}

/** Keeps the views of a list in order: each value keeps its view as long as its key is there. */
export class Keyed<T> {
  readonly #views = new Map<string, View<T>>();

  constructor(
    readonly parent: HTMLElement,
    readonly keyOf: (value: T) => string,
    readonly create: (value: T) => View<T>,
  ) {}

  /** Shows these values; with `only`, just the one of that key is updated. */
  update(values: readonly T[], only?: string): void {
    const wanted = new Set(values.map(this.keyOf));
    for (const [key, view] of this.#views) {
      if (wanted.has(key)) continue;
      view.element.remove();
      this.#views.delete(key);
    }
    let before: ChildNode | null = this.parent.firstChild;
    for (const value of values) {
      const key = this.keyOf(value);
      let view = this.#views.get(key);
      const isNew = view === undefined;
      if (!view) this.#views.set(key, view = this.create(value));
      if (isNew || only === undefined || only === key) view.update(value);
      if (view.element === before) before = before.nextSibling;
      else this.parent.insertBefore(view.element, before);
    }
  }
}

/** Sets the text of an element, where it is another one. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows a text in an element, which is hidden where there is none. */
export function showText(element: HTMLElement, text: string | undefined): void {
  setText(element, text ?? "");
  element.hidden = text === undefined;
}

/** Text as it is written; it can be scrolled by keys. */
export function preElement(label: string, ...content: Child[]): HTMLPreElement {
  return h("pre", { tabindex: 0, role: "group", "aria-label": label }, ...content);
}

/** A button with a name for those who don't see it. */
export function button(
  label: string,
  onclick: (event: MouseEvent) => void,
  properties: Record<string, Value> = {},
): HTMLButtonElement {
  return h("button", { type: "button", onclick, ...properties }, label);
}

/** A button that copies a text, and says so. */
export function copyButton(textOf: () => string, label = "Copy"): HTMLButtonElement {
  const element = button("Copy", async () => {
    await navigator.clipboard.writeText(textOf()).then(
      () => element.textContent = "Copied",
      () => element.textContent = "Not allowed",
    );
    setTimeout(() => element.textContent = "Copy", 1_500);
  }, { class: "copy", "aria-label": label });
  return element;
}
