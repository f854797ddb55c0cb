/**
 * Secrets in what is told: in text, and in bodies.
 *
 * @module
 */

const WORDS = "authorization|passw|secret|token|api[-_]?key|credential";
const ALONE = "key|access|refresh";

/**
 * What a secret comes after: a name in JSON with the quote that opens its value, or the scheme of an
 * `Authorization` header. Names are bounded: without it, text that repeats a word costs its square.
 */
const BEFORE = new RegExp(
  String
    .raw`"(?:[^"\\]{0,64}(?:${WORDS})[^"\\]{0,64}|${ALONE})"\s*:\s*"|\b(?:Basic|Bearer)\s{1,8}(?=[\w+/=.~-]{6})`,
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
    at = found[0].endsWith('"') ? endOfValue(text, start) : endOfWord(text, start);
    BEFORE.lastIndex = at;
  }
  masked += text.slice(at);
  for (const secret of secrets) if (secret) masked = masked.replaceAll(secret, "***");
  return masked;
}

/** Where the closing quote is; the text's end where it was cut. */
function endOfValue(text: string, from: number): number {
  const stop = /["\\]/g;
  for (stop.lastIndex = from;;) {
    const found = stop.exec(text);
    if (!found) return text.length;
    if (found[0] === '"') return found.index;
    stop.lastIndex++;
  }
}

function endOfWord(text: string, from: number): number {
  const stop = /[^\w+/=.~-]/g;
  stop.lastIndex = from;
  return stop.exec(text)?.index ?? text.length;
}
