/**
 * Titles for sessions that are made for one prompt: without one, the server asks the model for it.
 *
 * @module
 */

/** The beginning of a prompt's first line; characters stay whole. */
export function titleOf(prompt: string): string {
  const [line = ""] = prompt.trim().split("\n");
  return Array.from(line).slice(0, 60).join("").trim() || "(files)";
}
