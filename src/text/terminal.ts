/**
 * Text from elsewhere (a model, a tool, a server) made safe to show on a terminal. Every line that
 * this package writes about such text goes through here.
 *
 * @module
 */

/**
 * What a terminal obeys or a reader can't see: control characters of C0 and C1 (escape and carriage
 * return among them), marks that turn the direction of writing, invisible characters, line and
 * paragraph separators, and tags.
 */
const UNSAFE =
  // deno-lint-ignore no-control-regex
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/gu;

/**
 * Text of any number of lines: line ends and tabs stay, everything else that is unsafe becomes
 * U+FFFD.
 */
export function safeText(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(UNSAFE, "\ufffd");
}

/**
 * The same in one line: line ends and tabs become spaces.
 *
 * @param max The most UTF-16 code units; a longer text ends in `…`. @default no bound
 */
export function safeLine(text: string, max = Infinity): string {
  // cut before the search for what is unsafe: the text may be megabytes long
  const cut = text.length > max ? `${text.slice(0, Math.max(0, max - 1))}…` : text;
  return safeText(cut).replace(/[\n\t]/g, " ");
}

/** Text without the sequences that set colours and move the cursor; for a program's output. */
export function withoutColors(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;:?]*[ -/]*[@-~]/g, "");
}
