/**
 * Replacing a piece of a text: where it is, whether that is clear, and with which line endings.
 *
 * @module
 */

/** The result of an edit. */
export type EditOutcome =
  | {
    readonly ok: true;
    readonly text: string;
    readonly replacements: number;
    /** The numbers of the first lines that changed. */
    readonly lines: readonly number[];
  }
  | {
    readonly ok: false;
    readonly reason: string;
    readonly metadata: Readonly<Record<string, unknown>>;
  };

/** How many places a text may be found in; an edit of more is a mistake, and would take gigabytes. */
const MAX_MATCHES = 100_000;

/** How many lines are named. */
const MAX_LINES = 100;

/** Replaces `before` by `after` in a text; line endings of the text are kept. */
export function applyEdit(text: string, before: string, after: string, all: boolean): EditOutcome {
  if (before === "") return refuse("`old` is empty; say which text to replace");
  if (before === after) return refuse("`old` and `new` are the same; there is nothing to change");
  let found = occurrences(text, before);
  if (found.length === 0 && (text.includes("\r\n") || before.includes("\r\n"))) {
    found = acrossLineEndings(text, before);
  }
  if (found.length === 0) return refuse(hint(text, before), { matches: 0 });
  if (found.length > MAX_MATCHES) {
    return refuse(`\`old\` is in it more than ${MAX_MATCHES} times; take in more text around it`, {
      matches: found.length,
    });
  }
  if (found.length > 1 && !all) {
    const lines = lineNumbers(text, found);
    return refuse(
      `\`old\` is in it ${found.length} times (lines ${
        lines.slice(0, 20).join(", ")
      }); take in more of ` +
        "the lines around the one you mean, or set replaceAll",
      { matches: found.length, lines },
    );
  }
  const spots = withoutOverlap(found);
  const ending = lineEnding(text);
  const parts: string[] = [];
  let at = 0;
  for (const [start, end] of spots) {
    parts.push(text.slice(at, start), adaptEndings(after, text.slice(start, end), ending));
    at = end;
  }
  parts.push(text.slice(at));
  const result = parts.join("");
  if (result === text) return refuse("the text is there already; there is nothing to change");
  return { ok: true, text: result, replacements: spots.length, lines: lineNumbers(text, spots) };
}

type Span = readonly [start: number, end: number];

function refuse(reason: string, metadata: Record<string, unknown> = {}): EditOutcome {
  return { ok: false, reason, metadata };
}

/** Every place, overlapping ones too: they make an edit ambiguous as well. One too many ends it. */
function occurrences(text: string, part: string): Span[] {
  const found: Span[] = [];
  for (
    let at = text.indexOf(part);
    at >= 0 && found.length <= MAX_MATCHES;
    at = text.indexOf(part, at + 1)
  ) {
    found.push([at, at + part.length]);
  }
  return found;
}

function withoutOverlap(found: readonly Span[]): Span[] {
  const kept: Span[] = [];
  for (const span of found) {
    if (kept.length === 0 || span[0] >= kept[kept.length - 1]![1]) kept.push(span);
  }
  return kept;
}

/** Places that fit when CRLF and LF are the same. */
function acrossLineEndings(text: string, part: string): Span[] {
  const literal = part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = new RegExp(literal.replace(/\r?\n/g, "\\r?\\n"), "g");
  const found: Span[] = [];
  for (
    let match = pattern.exec(text);
    match && found.length <= MAX_MATCHES;
    match = pattern.exec(text)
  ) {
    found.push([match.index, match.index + match[0].length]);
    pattern.lastIndex = match.index + 1;
  }
  return found;
}

/** The line ending that all lines of a text have; `undefined` where they differ or there is none. */
function lineEnding(text: string): "\r\n" | "\n" | undefined {
  const crlf = text.includes("\r\n");
  const lf = /(?:^|[^\r])\n/.test(text);
  return crlf === lf ? undefined : crlf ? "\r\n" : "\n";
}

function adaptEndings(after: string, replaced: string, ending: "\r\n" | "\n" | undefined): string {
  const wanted = lineEnding(replaced) ?? ending;
  if (wanted === undefined || !after.includes("\n")) return after;
  const plain = after.replaceAll("\r\n", "\n");
  return wanted === "\r\n" ? plain.replaceAll("\n", "\r\n") : plain;
}

/** The lines on which the first places are. */
function lineNumbers(text: string, spans: readonly Span[]): number[] {
  const lines: number[] = [];
  let line = 1;
  let at = 0;
  for (const [position] of spans.slice(0, MAX_LINES)) {
    for (
      let next = text.indexOf("\n", at);
      next >= 0 && next < position;
      next = text.indexOf("\n", at)
    ) {
      line++;
      at = next + 1;
    }
    lines.push(line);
  }
  return lines;
}

/** Why a text may not have been found. */
function hint(text: string, before: string): string {
  const base = "`old` is not in the file";
  const wanted = squeezed(before).map(([line]) => line);
  const lines = squeezed(text);
  const at = wanted.length === 0 ? -1 : indexOfRun(lines.map(([line]) => line), wanted);
  return at < 0
    ? `${base}; read it again`
    : `${base}, but line ${lines[at]![1]} differs only in white space: copy it exactly as it is`;
}

/** The lines that are not blank, without the white space around them, and their numbers. */
function squeezed(text: string): [line: string, number: number][] {
  return text.split("\n").map((line, index): [string, number] => [line.trim(), index + 1])
    .filter(([line]) => line !== "");
}

/** Where some lines follow each other in others (Knuth, Morris and Pratt: no line is read twice). */
function indexOfRun(lines: readonly string[], wanted: readonly string[]): number {
  const back = [0];
  for (let i = 1, k = 0; i < wanted.length; i++) {
    while (k > 0 && wanted[i] !== wanted[k]) k = back[k - 1]!;
    back.push(wanted[i] === wanted[k] ? ++k : k);
  }
  for (let i = 0, k = 0; i < lines.length; i++) {
    while (k > 0 && lines[i] !== wanted[k]) k = back[k - 1]!;
    if (lines[i] === wanted[k]) k++;
    if (k === wanted.length) return i - k + 1;
  }
  return -1;
}
