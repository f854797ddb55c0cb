/**
 * Completing what is being written: `/commands` and `@paths`.
 *
 * @module
 */

/** What completion found. */
export interface Completion {
  /** The text with what is certain filled in. */
  text: string;
  cursor: number;
  /** The candidates, where there are several. */
  candidates: string[];
}

/** The word before the cursor that can be completed. */
export function wordAt(
  text: string,
  cursor: number,
): { kind: "command" | "path"; word: string; from: number } | undefined {
  const before = text.slice(0, cursor);
  const command = /^\/(\S*)$/.exec(before);
  if (command) return { kind: "command", word: command[1]!, from: 1 };
  const path = /(?:^|\s)@(\S*)$/.exec(before);
  if (path) return { kind: "path", word: path[1]!, from: cursor - path[1]!.length };
  const argument = /^\/attach\s+(\S*)$/.exec(before);
  if (argument) return { kind: "path", word: argument[1]!, from: cursor - argument[1]!.length };
  return undefined;
}

/** Fills in what all candidates that fit have in common. */
export function complete(
  text: string,
  cursor: number,
  from: number,
  candidates: readonly string[],
): Completion {
  const word = text.slice(from, cursor);
  const fitting = candidates.filter((candidate) => candidate.startsWith(word)).sort();
  if (fitting.length === 0) return { text, cursor, candidates: [] };
  const common = commonStart(fitting);
  const only = fitting.length === 1;
  const filled = only && !common.endsWith("/") ? `${common} ` : common;
  const rest = text.slice(cursor);
  return {
    text: text.slice(0, from) + filled + (filled.endsWith(" ") ? rest.replace(/^ /, "") : rest),
    cursor: from + filled.length,
    candidates: only ? [] : fitting,
  };
}

function commonStart(words: readonly string[]): string {
  let common = words[0]!;
  for (const word of words) {
    while (!word.startsWith(common)) common = common.slice(0, -1);
  }
  return common;
}

/** The paths that a text mentions as `@path`. */
export function mentions(text: string): string[] {
  const found = [...text.matchAll(/(?:^|\s)@([^\s@]+)/g)].map(([, path]) =>
    path!.replace(/[.,;:!?)]+$/, "")
  );
  return [...new Set(found)].filter((path) => path !== "");
}
