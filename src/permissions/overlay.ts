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
import { type Policy, restrict, type Rule, wildcard } from "./restrict.ts";

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

/** Agents of the server's own that have no tools, unless the user's configuration gives them some. */
const TOOLLESS = ["compaction", "summary", "title"];

/** What a policy adds where the user has no rules and no tools of their own. */
export function expectedOverlay(policy: Policy): Overlay {
  const agents = Object.entries(BUILT_IN).map(([name, permission]) => ({ name, permission }));
  return overlay(policy, { agents, unasked: [] });
}

/** What a policy adds to a server with these agents and tools. */
export function overlay(
  policy: Policy,
  { agents, unasked }: Listed,
  before?: Overlay,
): Overlay {
  const all = restrict(EVERY, policy, unasked);
  // each by its name: an agent's own configuration comes behind what is for all
  const own = agents.map(({ name, permission }) => {
    const rules = restrict(withoutOurs(permission, before), policy, unasked);
    return [name, { permission: toMap(rules) }];
  });
  return { permission: toMap(all), agent: Object.fromEntries(own) };
}

/**
 * The agents that an overlay does not hold: it is not the last word on them, or they have stricter
 * rules of the user's that it loosens.
 */
export function escaping(given: Overlay, policy: Policy, { agents, unasked }: Listed): string[] {
  return agents.filter(({ name, permission }) => {
    const ours = toRules((given.agent[name] ?? given).permission);
    // the server adds its own scratch directories behind all rules
    const there = permission.filter((rule) => rule.permission !== "external_directory");
    if (!equal(there.slice(-ours.length), ours)) return true;
    if (TOOLLESS.includes(name)) return false;
    const exact = toRules(toMap(restrict(withoutOurs(permission, given), policy, unasked)));
    return !asStrict(ours, exact);
  }).map(({ name }) => name);
}

/** An agent's rules without what an overlay added; the user's have the names of permissions. */
export function withoutOurs(rules: readonly Rule[], added?: Overlay): Rule[] {
  const maps = added ? [added, ...Object.values(added.agent)] : [];
  const ours = maps.flatMap(({ permission }) => toRules(permission));
  return rules.filter((one) => !ours.some((other) => same(one, other)))
    .map((one) => ({ ...one, permission: one.permission.replace(/(?<=.) \*$/, "") }));
}

/** Whether an overlay denies a permission to all agents. */
export function denies({ permission: map }: Overlay, permission: string): boolean {
  const rule = toRules(map).findLast((one) =>
    one.pattern === "*" && wildcard(one.permission).test(permission)
  );
  return rule?.action === "deny";
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

/**
 * Rules as a map, whose keys stand in the order of their first rule. A rule that would come too early
 * under the key of its permission gets a key of its own: `**` means the same as `*`. A permission
 * without a wildcard has one key alone, which moves to the end with the denials that it passes.
 */
function toMap(rules: readonly Rule[]): PermissionMap {
  const map: PermissionMap = {};
  const put = (key: string, { pattern, action }: Rule) => {
    const patterns = map[key] ??= {};
    delete patterns[pattern];
    patterns[pattern] = action;
  };
  for (const rule of rules) {
    const { permission } = rule;
    let key = `${permission} *`;
    const keys = Object.keys(map);
    if (keys.at(-1) === key || !(key in map)) {
      put(key, rule);
      continue;
    }
    if (permission.includes("*")) {
      while (key in map && keys.at(-1) !== key) key = key.replace("*", "**");
      put(key, rule);
      continue;
    }
    const passed = keys.slice(keys.indexOf(key) + 1).filter((other) =>
      wildcard(other).test(permission)
    ).flatMap((other) => toRules({ [other]: map[other]! }));
    const moved = map[key]!;
    delete map[key];
    map[key] = moved;
    for (const one of passed) put(key, one);
    put(key, rule);
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
