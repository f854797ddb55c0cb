/**
 * Unified diffs as rows, for one column or two.
 *
 * @module
 */

/** A row of a diff in one column. */
export interface Row {
  kind: "same" | "added" | "removed" | "gap";
  text: string;
  /** Line numbers, from 1. */
  before?: number;
  after?: number;
}

/** A row of a diff in two columns. */
export interface Pair {
  left?: Row;
  right?: Row;
}

/** More rows than this are not shown. */
export const MAX_ROWS = 3_000;

/** The rows of a unified diff; headers are left out. */
export function rowsOf(patch: string): Row[] {
  const rows: Row[] = [];
  let before = 0;
  let after = 0;
  let inHunk = false;
  for (const line of patch.split("\n")) {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)$/.exec(line);
    if (hunk) {
      before = Number(hunk[1]);
      after = Number(hunk[2]);
      if (inHunk) rows.push({ kind: "gap", text: hunk[3]!.trim() });
      inHunk = true;
    } else if (!inHunk || line.startsWith("\\")) continue;
    else if (line.startsWith("+")) {
      rows.push({ kind: "added", text: line.slice(1), after: after++ });
    } else if (line.startsWith("-")) {
      rows.push({ kind: "removed", text: line.slice(1), before: before++ });
    } else if (line.startsWith(" ")) {
      rows.push({ kind: "same", text: line.slice(1), before: before++, after: after++ });
    } else if (/^(?:diff|Index:|index|={3,}|---|\+\+\+)/.test(line)) inHunk = false;
  }
  return rows;
}

/** The same in two columns: what was removed beside what was added. */
export function pairsOf(rows: readonly Row[]): Pair[] {
  const pairs: Pair[] = [];
  let removed: Row[] = [];
  let added: Row[] = [];
  const flush = () => {
    for (let i = 0; i < Math.max(removed.length, added.length); i++) {
      pairs.push({
        ...removed[i] && { left: removed[i]! },
        ...added[i] && { right: added[i]! },
      });
    }
    removed = [];
    added = [];
  };
  for (const row of rows) {
    if (row.kind === "removed") removed.push(row);
    else if (row.kind === "added") added.push(row);
    else {
      flush();
      pairs.push({ left: row, right: row });
    }
  }
  flush();
  return pairs;
}

/** How many lines a diff adds and removes. */
export function countOf(rows: readonly Row[]): { added: number; removed: number } {
  const count = (kind: Row["kind"]) => rows.filter((row) => row.kind === kind).length;
  return { added: count("added"), removed: count("removed") };
}
