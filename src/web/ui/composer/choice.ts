/** A list to choose from; the browser remembers what was chosen. @module */
import { h } from "../dom.ts";

/** Shows a choice; the first of its options stands for none. */
export class Choice {
  readonly element: HTMLSelectElement;

  /** @param key Where the browser keeps what was chosen. */
  constructor(label: string, readonly key: string) {
    this.element = h("select", { "aria-label": label });
    this.element.addEventListener(
      "change",
      () => localStorage.setItem(key, this.element.value),
    );
  }

  /** What is chosen. */
  get value(): string | undefined {
    return this.element.value || undefined;
  }

  /** @param none Names the choice of nothing. */
  update(none: string, options: readonly (readonly [value: string, label: string])[]): void {
    const wanted = this.element.value || localStorage.getItem(this.key) || "";
    const all = [["", none] as const, ...options];
    this.element.replaceChildren(...all.map(([value, label]) => h("option", { value }, label)));
    this.element.value = all.some(([value]) => value === wanted) ? wanted : "";
  }
}
