/**
 * Who may do what: rules by tool and by pattern, and which one decides.
 *
 * @module
 */

/** What a rule says. */
export type PermissionAction = "allow" | "ask" | "deny";

/**
 * The rule of one tool: one action, or an action for each pattern.
 *
 * In a pattern `*` stands for any characters and `?` for one. A pattern that ends in ` *` fits
 * the text without arguments too: `git *` fits `git`. The most specific pattern that fits decides
 * (the one with the most characters that are no wildcards; of equals the stricter), so the order
 * does not matter. Where none fits, `*` of the tool, then the rule for `*`, then the default.
 *
 * For `bash`, a pattern that denies is no boundary: the same command can be written in many ways
 * (`env git push`, `"git" push` and `git -C . push` don't fit `git push*`). So deny or ask for `*`, and
 * allow what may run.
 */
export type PermissionRule = PermissionAction | { readonly [pattern: string]: PermissionAction };

/**
 * Rules by the tool's name; `*` and names with wildcards (`github_*`) stand for several, and one
 * action alone stands for all. Patterns are matched against: the simple commands of a `bash` command
 * line, the path from the working directory for `read`, `write`, `edit`, `glob` and `grep`, and the
 * input as JSON for your own tools.
 *
 * @example
 * ```ts
 * import type { Permissions } from "@x/opencode/tools";
 *
 * const permissions: Permissions = {
 *   bash: { "*": "ask", "git *": "allow", "git push*": "deny" },
 *   read: { "*.env": "deny" },
 * };
 * ```
 */
export type Permissions = PermissionAction | { readonly [tool: string]: PermissionRule };

/** What was decided, and by which rule. */
export interface Decision {
  /** What to do. */
  readonly action: PermissionAction;
  /** The pattern that decided, or `"*"`. */
  readonly pattern: string;
  /** What it was matched against, or `""`. */
  readonly subject: string;
}

/** What holds where no rule fits: `bash` asks, the others are allowed. */
export const DEFAULT_PERMISSIONS: { readonly [tool: string]: PermissionAction } = {
  bash: "ask",
  "*": "allow",
};

const STRICTNESS: Record<PermissionAction, number> = { allow: 0, ask: 1, deny: 2 };

/** The stricter of two decisions, the first where they are equal. */
export function stricter(a: Decision, b: Decision): Decision {
  return STRICTNESS[b.action] > STRICTNESS[a.action] ? b : a;
}

/**
 * Decides one subject of a call.
 *
 * @param subject What patterns are matched against; `undefined` asks for the tool as a whole.
 */
export function decide(
  permissions: Permissions | undefined,
  tool: string,
  subject: string | undefined,
): Decision {
  const text = subject ?? "";
  for (const rule of rulesFor(permissions, tool)) {
    if (typeof rule === "string") return { action: rule, pattern: "*", subject: text };
    const hit = mostSpecific(rule, subject === undefined ? undefined : text);
    if (hit) return { action: rule[hit]!, pattern: hit, subject: text };
  }
  const fallback = DEFAULT_PERMISSIONS[tool] ?? DEFAULT_PERMISSIONS["*"]!;
  return { action: fallback, pattern: "*", subject: text };
}

/** The rules that speak of a tool, the most specific name first. */
function rulesFor(permissions: Permissions | undefined, tool: string): PermissionRule[] {
  if (permissions === undefined) return [];
  if (typeof permissions === "string") return [permissions];
  return Object.keys(permissions)
    .filter((name) => name === tool || (name.includes("*") && matches(name, tool)))
    .sort((a, b) => weight(b) - weight(a))
    .map((name) => permissions[name]!);
}

function mostSpecific(
  rule: { readonly [pattern: string]: PermissionAction },
  subject: string | undefined,
): string | undefined {
  let best: string | undefined;
  for (const pattern of Object.keys(rule)) {
    if (subject === undefined ? pattern !== "*" : !matches(pattern, subject)) continue;
    const gain = best === undefined ? 1 : weight(pattern) - weight(best);
    if (gain > 0 || (gain === 0 && STRICTNESS[rule[pattern]!] > STRICTNESS[rule[best!]!])) {
      best = pattern;
    }
  }
  return best;
}

/** How much a pattern says: its characters that are no wildcards; an exact one says most. */
function weight(pattern: string): number {
  const literal = pattern.replace(/[*?]/g, "").length;
  return literal === pattern.length ? literal + 0.5 : literal;
}

/**
 * Whether a pattern with `*` and `?` fits the whole text; linear in practice, whatever the pattern.
 */
export function matches(pattern: string, text: string): boolean {
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

/**
 * Decides a call by all its subjects: the strictest wins.
 *
 * @param opaque The subjects could not be told for sure (a command line that builds others): then a
 * narrow pattern can forbid but not allow, and the tool's `*` decides in its place.
 */
export function decideAll(
  permissions: Permissions | undefined,
  tool: string,
  subjects: readonly string[],
  opaque = false,
): Decision {
  const whole = decide(permissions, tool, undefined);
  if (subjects.length === 0) return whole;
  return subjects
    .map((subject) => {
      const one = decide(permissions, tool, subject);
      return opaque && one.pattern !== "*" ? stricter(one, { ...whole, subject }) : one;
    })
    .reduce(stricter);
}

/** What is wrong with a set of rules, for a clear error early. */
export function badPermissions(permissions: Permissions | undefined): string | undefined {
  const isAction = (value: unknown) => value === "allow" || value === "ask" || value === "deny";
  const wants = `an action is "allow", "ask" or "deny"`;
  if (permissions === undefined || isAction(permissions)) return undefined;
  if (typeof permissions !== "object" || permissions === null) {
    return `${wants}, not ${permissions}`;
  }
  for (const [tool, rule] of Object.entries(permissions)) {
    if (isAction(rule)) continue;
    if (typeof rule !== "object" || rule === null) {
      return `${wants}: ${tool} is ${JSON.stringify(rule)}`;
    }
    for (const [pattern, action] of Object.entries(rule)) {
      if (!isAction(action)) {
        return `${wants}: ${tool} ${JSON.stringify(pattern)} is ${JSON.stringify(action)}`;
      }
    }
  }
  return undefined;
}
