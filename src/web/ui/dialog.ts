/** Small questions to the user, in the page's own dialogs. @module */
import { button, copyButton, h } from "./dom.ts";

function open<T>(
  build: (close: (value: T | undefined) => void) => HTMLElement[],
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const dialog = h("dialog", {});
    const before = document.activeElement as HTMLElement | null;
    let result: T | undefined;
    const close = (value: T | undefined) => {
      result = value;
      dialog.close();
    };
    dialog.append(...build(close));
    dialog.addEventListener("close", () => {
      dialog.remove();
      before?.focus();
      resolve(result);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Asks for a text; nothing where the user leaves. */
export function askText(title: string, value: string): Promise<string | undefined> {
  return open<string>((close) => {
    const input = h("input", { type: "text", value, "aria-label": title, autofocus: true });
    return [h(
      "form",
      {
        onsubmit: (event: Event) => {
          event.preventDefault();
          close(input.value.trim() || undefined);
        },
      },
      h("h2", {}, title),
      input,
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "submit", class: "primary" }, "OK"),
        button("Cancel", () => close(undefined)),
      ),
    )];
  });
}

/** Asks whether to go on. */
export async function askYes(question: string, yes: string): Promise<boolean> {
  return await open<boolean>((close) => [
    h("h2", {}, question),
    h(
      "div",
      { class: "buttons" },
      button(yes, () => close(true), { class: "danger" }),
      button("Cancel", () => close(false), { autofocus: true }),
    ),
  ]) ?? false;
}

/** Shows an address for another browser, to be copied. */
export async function showLink(url: string): Promise<void> {
  await open<void>((close) => {
    const field = h("input", {
      type: "text",
      value: url,
      readonly: true,
      "aria-label": "Address",
      autofocus: true,
      onfocus: () => field.select(),
    });
    return [
      h("h2", {}, "An address for another browser"),
      h("p", {}, "It signs in one browser, once."),
      field,
      h(
        "div",
        { class: "buttons" },
        copyButton(() => url, "Copy address"),
        button("Close", () => close(undefined)),
      ),
    ];
  });
}

const KEYS: readonly (readonly [string, string])[] = [
  ["Enter", "send the prompt"],
  ["Shift+Enter", "new line"],
  ["Esc", "stop the turn"],
  ["Alt+N", "new session"],
  ["Alt+↑ / Alt+↓", "session before, session after"],
  ["Alt+S", "search the sessions"],
  ["Alt+P", "show or hide the details"],
  ["Alt+I", "go to the prompt"],
  ["?", "these keys"],
];

/** Shows the keys. */
export async function showKeys(): Promise<void> {
  await open<void>((close) => [
    h("h2", {}, "Keys"),
    h(
      "dl",
      { class: "keys" },
      ...KEYS.flatMap(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)]),
    ),
    h("div", { class: "buttons" }, button("Close", () => close(undefined), { autofocus: true })),
  ]);
}
