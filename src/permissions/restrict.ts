/**
 * What a policy makes of the rules that the server has.
 *
 * Rules stand in a list, and the last that fits a call decides (server 1.18.33): the server's own for
 * an agent, then `permission` of the configuration, then the agent's own, then the session's. A policy
 * takes the rules of an agent as they are, and makes each of them stricter; what is denied stays so.
 *
 * @module
 */
import { matchesWildcard } from "../text/wildcard.ts";

/** Who decides what the server's own tools may do. */
export type Permissions = "default" | "readonly" | "ask" | "allow" | "deny";

/** A policy that makes rules stricter. */
export type Policy = "ask" | "readonly" | "deny";

/** One rule, as the server has it. */
export interface Rule {
  /** The permission, or a pattern of it. */
  permission: string;
  /** What it is about, or a pattern of it. */
  pattern: string;
  /** What happens. */
  action: "allow" | "ask" | "deny";
}

/** Permissions of tools that only read in the directory. */
export const READING: readonly string[] = [
  "read",
  "glob",
  "grep",
  "list",
  "lsp",
  "todoread",
  "todowrite",
  "skill",
];

/** Tools that touch nothing. */
const HARMLESS = ["question"];

/** Places of the server's own that its rules name, in a home that another start has elsewhere. */
const OWN_PLACES = /[\\/]opencode[\\/](plans[\\/]|tool-output[\\/]|\*$)/;

/**
 * The rules under a policy, for the same agent.
 *
 * @param unasked Tools that run without asking the server's rules (custom ones): no handler could
 * hear of them, so that they are denied.
 */
export function restrict(
  rules: readonly Rule[],
  policy: Policy,
  unasked: readonly string[] = [],
): Rule[] {
  const kept = { ask: [], readonly: [...READING, ...HARMLESS], deny: HARMLESS }[policy];
  const base: Rule["action"] = policy === "ask" ? "ask" : "deny";
  const strict: Rule[] = [];
  for (const rule of rules) {
    if (rule.action !== "deny" && OWN_PLACES.test(rule.pattern)) continue;
    if (policy === "ask") strict.push({ ...rule, action: rule.action === "deny" ? "deny" : "ask" });
    const permits = wildcard(rule.permission);
    for (const permission of kept) {
      if (permits.test(permission)) strict.push({ ...rule, permission });
    }
  }
  const reads = strict.filter(({ permission }) => permission === "read");
  const example = reads.filter(({ pattern }, at) =>
    pattern.endsWith(".env.example") &&
    !reads.slice(at + 1).some((later) => later.action !== "allow" && touch(later.pattern, pattern))
  );
  const denied = unasked.map((
    permission,
  ) => ({ permission, pattern: "*", action: "deny" } as const));
  const answers: Rule = { permission: "StructuredOutput", pattern: "*", action: "allow" };
  const secrets = ["*.env", "*.env.*"].map((pattern): Rule => ({
    permission: "read",
    pattern,
    action: "deny",
  }));
  return simple([
    { permission: "*", pattern: "*", action: base },
    ...strict,
    ...policy === "ask" ? [] : [answers],
    ...policy === "readonly" ? [...secrets, ...example] : [],
    ...denied,
  ]);
}

/** The same rules without those that decide nothing. */
function simple(rules: readonly Rule[]): Rule[] {
  const last = rules.findLastIndex(({ permission, pattern }) =>
    permission === "*" && pattern === "*"
  );
  const [base, ...others] = rules.slice(last);
  const result: Rule[] = [base!];
  for (const rule of others) {
    const same = (other: Rule) =>
      other.permission === rule.permission && other.pattern === rule.pattern;
    const before = result.findIndex(same);
    if (before > 0) result.splice(before, 1);
    // as strict as all before it that could fit the same call: it changes nothing
    const changes = result.some((other) => other.action !== rule.action && overlap(other, rule));
    if (changes) result.push(rule);
  }
  return result;
}

function overlap(a: Rule, b: Rule): boolean {
  return touch(a.permission, b.permission) && touch(a.pattern, b.pattern);
}

/** Whether two patterns may fit the same text; in doubt they do. */
function touch(a: string, b: string): boolean {
  const plain = (text: string) => !/[*?]/.test(text);
  return plain(a) && plain(b)
    ? a === b
    : plain(a)
    ? wildcard(b).test(a)
    : plain(b)
    ? wildcard(a).test(b)
    : true;
}

/** `*` is anything and `?` is one character, as in the server's own rules. */
export function wildcard(pattern: string): { test(text: string): boolean } {
  return { test: (text) => matchesWildcard(pattern, text) };
}
