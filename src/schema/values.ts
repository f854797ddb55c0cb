/**
 * JSON values: their types, their equality, and how messages show them.
 *
 * @module
 */

/** Whether a value is of a JSON type, or of one of several. */
export function hasType(type: unknown, value: unknown): boolean {
  if (Array.isArray(type)) return type.some((one) => hasType(one, value));
  switch (type) {
    case "string":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    case "integer":
      return Number.isInteger(value);
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    default:
      return true;
  }
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a field is there; one that is `undefined` is not. */
export function has(value: Record<string, unknown>, name: string): boolean {
  return Object.hasOwn(value, name) && value[name] !== undefined;
}

/** Whether two JSON values are the same. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  return canonical(a) === canonical(b);
}

/** A value in short, for a message. */
export function show(value: unknown): string {
  if (typeof value === "object" && value !== null) return describe(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Words with commas, no more than ten of them. */
export function list(words: readonly string[]): string {
  const shown = words.slice(0, 10).join(", ");
  return words.length > 10 ? `${shown} or ${words.length - 10} more` : shown;
}

/** The JSON type of a value, in a word. */
export function describe(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

/** A text that is the same for equal JSON values; what can't be one (a cycle) equals itself alone. */
export function canonical(value: unknown): unknown {
  try {
    return JSON.stringify(value, (_, inner) => isObject(inner) ? sorted(inner) : inner);
  } catch {
    return value;
  }
}

function sorted(value: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.keys(value).sort().map((key) => [key, value[key]]);
  return Object.fromEntries(entries);
}

/** How long a text is, in characters and not in UTF-16 units. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i + 1 < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      count--;
      i++;
    }
  }
  return count;
}
