/**
 * How many columns a text takes on a terminal. (`@std/cli` has the same, with a table of its own that
 * its npm copy lacks; Unicode's properties say it in a few lines.)
 *
 * @module
 */

let segmenter: Intl.Segmenter | undefined;

/** What a reader sees as characters: a letter with its marks, an emoji with its parts. */
export function characters(text: string): string[] {
  // deno-lint-ignore no-control-regex
  if (/^[\u0000-\u007f]*$/.test(text)) return text.split("");
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Emoji that are shown as pictures by themselves, or by the mark after them. */
const PICTURE = /^\p{Emoji_Presentation}|^\p{Emoji}\ufe0f|^\p{Regional_Indicator}/u;

/** East Asian scripts and forms that take two columns (Unicode, UAX 11: W and F). */
const WIDE =
  /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18cff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u;

/** Marks and invisible characters. */
const NONE = /^[\p{M}\p{Cf}]+$/u;

/** The columns of one character: 0, 1 or 2. */
export function columnsOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return character.includes("\ufe0f") ? 2 : 1;
  if (NONE.test(character)) return 0;
  return PICTURE.test(character) || WIDE.test(character) ? 2 : 1;
}

/** The columns of a text. */
export function textColumns(text: string): number {
  return characters(text).reduce((sum, character) => sum + columnsOf(character), 0);
}
