/**
 * Replacing a piece of a text: where it is, whether that is clear, and with which line endings.
 *
 * @module
 */

/** What became of an edit. */
export type EditOutcome =
  | { readonly ok: true; readonly text: string; readonly lines: readonly number[] }
  | {
    readonly ok: false;
    readonly reason: string;
    readonly metadata: Readonly<Record<string, unknown>>;
  };

/** Replaces `before` by `after` in a text; line endings of the text are kept. */
export function applyEdit(text: string, before: string, after: string, all: boolean): EditOutcome {
  if (before === "") return refuse("`old` is empty; say which text to replace");
  if (before === after) return refuse("`old` and `new` are the same; there is nothing to change");
  let found = occurrences(text, before);
  if (found.length === 0 && (text.includes("\r\n") || before.includes("\r\n"))) {
    found = acrossLineEndings(text, before);
  }
  if (found.length === 0) return refuse(hint(text, before), { matches: 0 });
  const lines = lineNumbers(text, found.map(([start]) => start));
  if (found.length > 1 && !all) {
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
  let result = "";
  let at = 0;
  for (const [start, end] of spots) {
    const replacement = adaptEndings(after, text.slice(start, end), ending);
    result += text.slice(at, start) + replacement;
    at = end;
  }
  result += text.slice(at);
  if (result === text) return refuse("the text is there already; there is nothing to change");
  return { ok: true, text: result, lines: lineNumbers(text, spots.map(([start]) => start)) };
}

type Span = readonly [start: number, end: number];

function refuse(reason: string, metadata: Record<string, unknown> = {}): EditOutcome {
  return { ok: false, reason, metadata };
}

/** Every place, overlapping ones too: they make an edit ambiguous as well. */
function occurrences(text: string, part: string): Span[] {
  const found: Span[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
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

/** Places that fit when CRLF and LF are the same, as spans of the text as it is. */
function acrossLineEndings(text: string, part: string): Span[] {
  const { plain, origin } = withoutCarriageReturns(text);
  return occurrences(plain, part.replaceAll("\r\n", "\n"))
    .map(([start, end]) => [origin(start), origin(end)] as const);
}

function withoutCarriageReturns(
  text: string,
): { plain: string; origin: (index: number) => number } {
  const dropped: number[] = [];
  const plain = text.replace(/\r\n/g, (_, index: number) => {
    dropped.push(index - dropped.length);
    return "\n";
  });
  // A position just after the place of a dropped CR has moved by one more.
  const origin = (index: number) => {
    let low = 0;
    let high = dropped.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (dropped[middle]! < index) low = middle + 1;
      else high = middle;
    }
    return index + low;
  };
  return { plain, origin };
}

/** The line ending that all lines of a text have; `undefined` where they differ or there is none. */
function lineEnding(text: string): "\r\n" | "\n" | undefined {
  const crlf = text.split("\r\n").length - 1;
  const lf = text.split("\n").length - 1;
  if (lf === 0) return undefined;
  return crlf === lf ? "\r\n" : crlf === 0 ? "\n" : undefined;
}

function adaptEndings(after: string, replaced: string, ending: "\r\n" | "\n" | undefined): string {
  const wanted = lineEnding(replaced) ?? ending;
  if (wanted === undefined || !after.includes("\n")) return after;
  const plain = after.replaceAll("\r\n", "\n");
  return wanted === "\r\n" ? plain.replaceAll("\n", "\r\n") : plain;
}

function lineNumbers(text: string, positions: readonly number[]): number[] {
  const lines: number[] = [];
  let line = 1;
  let at = 0;
  for (const position of positions) {
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
  const squeeze = (part: string) => part.split(/\r?\n/).map((line) => line.trim());
  const wanted = squeeze(before).filter((line) => line !== "");
  if (wanted.length === 0) return `${base}; read it again`;
  const lines = squeeze(text);
  const at = lines.findIndex((_, index) => {
    let cursor = index;
    return wanted.every((line) => {
      while (lines[cursor] === "" && cursor < lines.length) cursor++;
      return lines[cursor++] === line;
    });
  });
  return at < 0
    ? `${base}; read it again`
    : `${base}, but line ${at + 1} differs only in white space: copy it exactly as it is`;
}
