/**
 * A value in an error message.
 *
 * @module
 */

/** A text in quotes, an object by its kind, all else as it is written. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return value === null || typeof value !== "object" ? String(value) : "an object";
}
