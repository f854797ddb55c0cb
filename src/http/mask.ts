/**
 * Masks secrets in messages and logs: in text, and in bodies.
 *
 * @module
 */

const WORDS = "authorization|passw|secret|token|api[-_]?key|credential";
const ALONE = "key|access|refresh";

/**
 * What a secret comes after: a name with the quote that opens its value, in JSON (also inside a text)
 * or something like it; a name and `=`; the scheme of an `Authorization` header; the `//` of an
 * address with credentials; the start of a provider's key. Names are bounded: without it, text that
 * repeats a word costs its square.
 */
const BEFORE = new RegExp(
  [
    String.raw`"(?:[^"\\]{0,64}(?:${WORDS})[^"\\]{0,64}|${ALONE})"\s{0,8}:\s{0,8}"`,
    String.raw`(?:${WORDS})[\w-]{0,64}\\{0,3}["']?\s{0,8}[:=]\s{0,8}\\{0,3}["']`,
    String.raw`(?:${WORDS}|ticket)[\w-]{0,64}=(?![\s="']|\d+\b)`,
    String.raw`\b(?:Basic|Bearer)\s{1,8}(?=[\w+/=.~-]{6})`,
    String.raw`:\/\/(?=[^\s/@]{1,200}@)`,
    String.raw`\b(?:sk|pk|rk)[-_](?=[\w-]{16})`,
  ].join("|"),
  "gi",
);
const NAME = new RegExp(`${WORDS}|^(?:${ALONE})$`, "i");

/** Masks what looks like a secret in text, and these very strings; then cuts it. */
export function mask(
  text: string,
  secrets: readonly (string | undefined)[] = [],
  length = 2000,
): string {
  const masked = maskText(text, secrets);
  return masked.length > length
    ? `${masked.slice(0, length)}… (${masked.length - length} more characters)`
    : masked;
}

/**
 * A parsed body with its secrets masked: what looks like one in its texts, these very strings, and
 * every text under the name of a secret.
 */
export function maskBody(
  body: unknown,
  secrets: readonly (string | undefined)[] = [],
): unknown {
  const walk = (value: unknown, secret: boolean, depth: number): unknown => {
    if (typeof value === "string") return secret && value ? "***" : maskText(value, secrets);
    if (value === null || typeof value !== "object") return value;
    if (depth >= DEEPEST) return "…";
    if (Array.isArray(value)) return value.map((item) => walk(item, secret, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        maskText(name, secrets),
        walk(inner, secret || NAME.test(name), depth + 1),
      ]),
    );
  };
  return walk(body, false, 0);
}

/** Deeper than any answer of the server, and shallow enough for every stack. */
const DEEPEST = 100;

/** The ends are looked for by hand: a pattern over a value of 20 MB overflows the stack. */
function maskText(text: string, secrets: readonly (string | undefined)[]): string {
  let masked = "";
  let at = 0;
  BEFORE.lastIndex = 0;
  for (let found = BEFORE.exec(text); found; found = BEFORE.exec(text)) {
    const start = BEFORE.lastIndex;
    masked += `${text.slice(at, start)}***`;
    at = endOf(text, start, found[0].at(-1)!);
    BEFORE.lastIndex = at;
  }
  masked += text.slice(at);
  for (const secret of secrets) {
    for (const spelling of spellings(secret)) masked = masked.replaceAll(spelling, "***");
  }
  return masked;
}

/** A secret as it may stand in text: as it is, percent-encoded, and inside a JSON string. */
function spellings(secret: string | undefined): Iterable<string> {
  if (!secret) return [];
  const found = new Set([secret, JSON.stringify(secret).slice(1, -1)]);
  try {
    const encoded = encodeURIComponent(secret);
    found.add(encoded).add(encoded.replaceAll("%20", "+"));
    found.add(encoded.replace(/%../g, (hex) => hex.toLowerCase()));
  } catch { /* half a character has no such spelling */ }
  return found;
}

/** Where a value ends, by what stood before it. */
function endOf(text: string, from: number, before: string): number {
  if (before === '"') return endOfQuoted(text, from, /["\\]/g);
  if (before === "'") return endOfQuoted(text, from, /['\\]/g);
  if (before === "=") return found(text, from, /[\s&;,"'<>(){}[\]]/g);
  if (before === "/") return found(text, from, /@/g);
  return found(text, from, /[^\w+/=.~-]/g);
}

/** Where the closing quote is; the text's end where it was cut. */
function endOfQuoted(text: string, from: number, stop: RegExp): number {
  for (stop.lastIndex = from;;) {
    const found = stop.exec(text);
    if (!found) return text.length;
    if (found[0] !== "\\") return found.index;
    stop.lastIndex++;
  }
}

function found(text: string, from: number, stop: RegExp): number {
  stop.lastIndex = from;
  return stop.exec(text)?.index ?? text.length;
}
