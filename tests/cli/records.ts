/** The lines of `stream-json`, read. */

/** A line. */
export interface Line {
  type: string;
  opencode: { exit_code?: number };
  [name: string]: unknown;
}

/** All of them. */
export function linesOf(out: string): Line[] {
  return out.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Line);
}
