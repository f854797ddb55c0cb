/**
 * The patterns of permission rules, with the meaning that the server gives them (1.18.33).
 *
 * @module
 */

/**
 * Whether a pattern fits the whole text: `*` stands for any characters and `?` for one. A ` *` at the
 * end is optional: `git *` fits `git` too. The time is at most the product of both lengths.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  if (pattern.endsWith(" *") && fits(pattern.slice(0, -2), text)) return true;
  return fits(pattern, text);
}

function fits(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const c = pattern[p];
    if (c === "*") {
      star = p++;
      resume = t;
    } else if (c !== undefined && (c === "?" || c === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Whether a pattern fits every text. */
export function isCatchAll(pattern: string): boolean {
  return /^\*+$/.test(pattern);
}

/** Whether a pattern fits every text that another one fits; tried on texts that the other stands for. */
export function coversWildcard(pattern: string, other: string): boolean {
  return ["", "\uffff\ufffe\uffff".repeat(20)].every((part) =>
    matchesWildcard(pattern, other.replaceAll("*", part).replaceAll("?", "\ufffd"))
  );
}
