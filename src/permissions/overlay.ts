/**
 * A policy as a piece of the server's configuration: it reaches every agent of every session,
 * subagents too, and comes after all that the user has configured.
 *
 * The server merges configurations key by key, and a key that is there already keeps its place, which
 * decides what wins. A trailing ` *` is optional in a pattern (server 1.18.33), so that `bash *` means
 * the same as `bash` and is a key of ours: it comes last.
 *
 * @module
 */
import { type Policy, restrict, type Rule } from "./restrict.ts";

/** `permission` of a configuration. */
export type PermissionMap = Record<string, Record<string, Rule["action"]>>;

/** What a policy adds to a server's configuration. */
export interface Overlay {
  /** For all agents; the server takes it from `OPENCODE_PERMISSION`. */
  permission: PermissionMap;
  /** For agents with rules of their own. */
  agent: Record<string, { permission: PermissionMap }>;
}

/** What a directory has, as the server lists it. */
export interface Listed {
  /** Its agents, with all their rules, ours included. */
  agents: readonly { name: string; permission: readonly Rule[] }[];
  /** Permissions of tools that run without asking. */
  unasked: readonly string[];
}

/** Agents of the server's own that have no tools. */
const TOOLLESS = ["compaction", "summary", "title"];

/** What a policy adds where the user has no rules and no tools of their own. */
export function expectedOverlay(policy: Policy): Overlay {
  const agents = Object.entries(BUILT_IN).map(([name, permission]) => ({ name, permission }));
  return overlay(policy, { agents, unasked: [] });
}

/** What a policy adds to a server with these agents and tools. */
export function overlay(policy: Policy, { agents, unasked }: Listed): Overlay {
  const all = restrict(EVERY, policy, unasked);
  const own = agents.filter(({ name }) => !TOOLLESS.includes(name)).map((agent) => ({
    name: agent.name,
    rules: restrict(withoutOurs(agent.permission), policy, unasked),
  })).filter(({ rules }) => !equal(rules, all));
  return {
    permission: toMap(all),
    agent: Object.fromEntries(own.map(({ name, rules }) => [name, { permission: toMap(rules) }])),
  };
}

/**
 * The agents that an overlay does not hold: it is not the last word on them, or they have stricter
 * rules of the user's that it loosens.
 */
export function escaping(given: Overlay, policy: Policy, { agents, unasked }: Listed): string[] {
  return agents.filter(({ name, permission }) => {
    if (TOOLLESS.includes(name)) return false;
    const ours = toRules((given.agent[name] ?? given).permission);
    // the server adds its own scratch directories behind all rules
    const there = permission.filter((rule) => rule.permission !== "external_directory");
    const exact = toRules(toMap(restrict(withoutOurs(permission), policy, unasked)));
    return !equal(there.slice(-ours.length), ours) || !asStrict(ours, exact);
  }).map(({ name }) => name);
}

/** An agent's rules without what an overlay added. */
export function withoutOurs(rules: readonly Rule[]): Rule[] {
  return rules.filter(({ permission }) => !permission.endsWith(" *"));
}

/** Whether rules are the same as others, or the same without some that don't deny. */
function asStrict(rules: readonly Rule[], exact: readonly Rule[]): boolean {
  let at = 0;
  for (const rule of exact) {
    if (at < rules.length && same(rules[at]!, rule)) at++;
    else if (rule.action === "deny") return false;
  }
  return at === rules.length;
}

function toMap(rules: readonly Rule[]): PermissionMap {
  const map: PermissionMap = {};
  for (const { permission, pattern, action } of rules) {
    const key = `${permission} *`;
    const patterns = map[key] ?? {};
    // what is denied later has to stay behind what came between
    if (action === "deny") delete map[key];
    delete patterns[pattern];
    patterns[pattern] = action;
    map[key] = patterns;
  }
  return map;
}

function toRules(map: PermissionMap): Rule[] {
  return Object.entries(map).flatMap(([permission, patterns]) =>
    Object.entries(patterns).map(([pattern, action]) => ({ permission, pattern, action }))
  );
}

/** Whether two lists hold the same rules in the same order. */
export function equal(a: readonly Rule[], b: readonly Rule[]): boolean {
  return a.length === b.length && a.every((one, at) => same(one, b[at]!));
}

function same(a: Rule, b: Rule): boolean {
  return a.permission === b.permission && a.pattern === b.pattern && a.action === b.action;
}

function rule(permission: string, action: Rule["action"], pattern = "*"): Rule {
  return { permission, pattern, action };
}

/** The rules that the server has for every agent (server 1.18.33). */
const EVERY: readonly Rule[] = [
  rule("*", "allow"),
  rule("question", "deny"),
  rule("plan_enter", "deny"),
  rule("plan_exit", "deny"),
  rule("read", "allow"),
  rule("read", "ask", "*.env"),
  rule("read", "ask", "*.env.*"),
  rule("read", "allow", "*.env.example"),
];

/** The rules of the server's own agents; paths of a home are left out (server 1.18.33). */
const BUILT_IN: Readonly<Record<string, readonly Rule[]>> = {
  build: [...EVERY, rule("question", "allow"), rule("plan_enter", "allow")],
  general: [...EVERY, rule("todowrite", "deny")],
  plan: [
    ...EVERY,
    rule("question", "allow"),
    rule("plan_exit", "allow"),
    rule("task", "deny", "general"),
    rule("edit", "deny"),
    rule("edit", "allow", ".opencode/plans/*.md"),
  ],
  explore: [
    ...EVERY,
    rule("*", "deny"),
    ...["grep", "glob", "list", "bash", "webfetch", "websearch", "read"].map((name) =>
      rule(name, "allow")
    ),
  ],
};
