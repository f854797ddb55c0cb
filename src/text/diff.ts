/**
 * Differences between two texts, line by line.
 *
 * @module
 */

/** One line of a difference. */
export interface DiffLine {
  /** `" "` in both, `"-"` only in the first, `"+"` only in the second. */
  kind: " " | "-" | "+";
  /** The line, without its end. */
  text: string;
}

/** Beyond so many lines on either side, the middle is compared as one block. */
const MAX_LINES = 2_000;

/**
 * Compares two texts line by line: the longest common subsequence between their common beginning and
 * end. Where the middle is longer than 2 000 lines, it is shown as removed and added whole.
 */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = before.split("\n");
  const b = after.split("\n");
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (
    end < a.length - start && end < b.length - start &&
    a[a.length - 1 - end] === b[b.length - 1 - end]
  ) end++;
  const same = (lines: string[]): DiffLine[] => lines.map((text) => ({ kind: " ", text }));
  return [
    ...same(a.slice(0, start)),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(a.slice(a.length - end)),
  ];
}

function middle(a: string[], b: string[]): DiffLine[] {
  if (a.length > MAX_LINES || b.length > MAX_LINES) {
    return [
      ...a.map((text): DiffLine => ({ kind: "-", text })),
      ...b.map((text): DiffLine => ({ kind: "+", text })),
    ];
  }
  const width = b.length + 1;
  // lengths[i * width + j]: the longest common subsequence of a from i and b from j
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j]
        ? lengths[(i + 1) * width + j + 1]! + 1
        : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  const out: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ kind: " ", text: a[i++]! });
      j++;
    } else if (
      j === b.length ||
      (i < a.length && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!)
    ) {
      out.push({ kind: "-", text: a[i++]! });
    } else {
      out.push({ kind: "+", text: b[j++]! });
    }
  }
  return out;
}

/** The changed lines of a difference, each with up to `context` equal lines around it. */
export function formatDiff(
  lines: readonly DiffLine[],
  { context = 2, maxLines = 60 }: { context?: number; maxLines?: number } = {},
): string {
  const near = new Set<number>();
  lines.forEach(({ kind }, at) => {
    if (kind === " ") return;
    for (let i = at - context; i <= at + context; i++) near.add(i);
  });
  const out: string[] = [];
  let last = -1;
  for (let i = 0; i < lines.length; i++) {
    if (!near.has(i)) continue;
    if (out.length >= maxLines) {
      out.push("… (more differences)");
      break;
    }
    if (last !== i - 1 && out.length > 0) out.push("…");
    out.push(`${lines[i]!.kind} ${lines[i]!.text}`);
    last = i;
  }
  return out.join("\n");
}
