/**
 * Which tool may run on what: rules by tool and by pattern, of which the last that matches decides.
 *
 * @module
 */
import type { PermissionAction } from "../api/types.gen.ts";
import { nearest } from "../text/nearest.ts";
import { coversWildcard, isCatchAll, matchesWildcard } from "../text/wildcard.ts";

export type { PermissionAction };

/** An answer to the question whether a tool may run, from a person or a handler. */
export type PermissionReply =
  | "once"
  | "always"
  | "reject"
  | {
    /** The answer. */
    reply: "once" | "always" | "reject";
    /** With `"reject"`: what the model reads. */
    message?: string;
  };

/** The rule of one tool: one action, or an action for each pattern. */
export type ToolPermissionRule = PermissionAction | {
  readonly [pattern: string]: PermissionAction;
};

/**
 * Rules by the tool's name, with the meaning of the server's own `permission` configuration: they are
 * read from top to bottom, and the last one that matches decides. So `"*"` comes first.
 *
 * | what | meaning |
 * | --- | --- |
 * | `"deny"` | one action for all tools |
 * | `{ bash: "deny" }` | one action for one tool |
 * | `{ "github_*": "ask" }` | a name with wildcards stands for several tools |
 * | `{ bash: { "*": "ask", "git log *": "allow" } }` | an action for each pattern |
 * | `*`, `?` in a pattern | any characters; one character |
 * | a blank and `*` at the end | optional: `git log *` fits `git log` |
 * | `edit` | also `write`, where `write` has no rule of its own |
 * | no rule matches | `bash` asks, the others are allowed |
 *
 * Patterns are matched against each simple command of a `bash` command line, against the path from the
 * working directory for `read`, `write` and `edit`, and against the input as JSON for your own tools.
 * `grep` looks only into files that both its own rules and those of `read` allow, and `glob` lists only
 * what its rules allow. Where a call has several subjects, the strictest action counts.
 *
 * A pattern is a convenience and no boundary: a command can be written in many ways (`env git push`,
 * `git -C . push`), and many programs run others (`git -c alias.x='!id' x`). Allow a pattern only where
 * every argument that fits it may be given. A command line that is not understood whole counts as not
 * matched by a pattern that allows.
 *
 * @example
 * ```ts
 * import type { ToolPermissions } from "@x/opencode/tools";
 *
 * const permissions: ToolPermissions = {
 *   bash: { "*": "ask", "git status": "allow", "git push*": "deny" },
 *   read: { "*": "allow", "*.env": "deny" },
 * };
 * ```
 */
export type ToolPermissions = PermissionAction | { readonly [tool: string]: ToolPermissionRule };

/** @deprecated Use `ToolPermissions`. */
export type Permissions = ToolPermissions;

/** @deprecated Use `ToolPermissionRule`. */
export type PermissionRule = ToolPermissionRule;

/** What was decided, and by which rule. */
export interface Decision {
  /** What to do. */
  readonly action: PermissionAction;
  /** The pattern that decided. */
  readonly pattern: string;
  /** What it was matched against, or `""`. */
  readonly subject: string;
}

interface Rule {
  readonly tool: string;
  readonly pattern: string;
  readonly action: PermissionAction;
}

/** What holds where no rule matches. */
const DEFAULTS: readonly Rule[] = [
  { tool: "*", pattern: "*", action: "allow" },
  { tool: "bash", pattern: "*", action: "ask" },
];

/** ToolPermissions of the server that no tool here has; one set of rules may serve both. */
const SERVER_PERMISSIONS = [
  ..."edit list task skill lsp question webfetch websearch codesearch todowrite todoread".split(
    " ",
  ),
  ..."doom_loop external_directory".split(" "),
];

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
  permissions: ToolPermissions | undefined,
  tool: string,
  subject: string | undefined,
): Decision {
  const rules = rulesOf(permissions);
  const alias = tool === "write" && !rules.some((rule) => rule.tool === "write") ? "edit" : tool;
  const { pattern, action } = rules.findLast((rule) =>
    (rule.tool === alias || matchesWildcard(rule.tool, tool)) &&
    (subject === undefined ? isCatchAll(rule.pattern) : matchesWildcard(rule.pattern, subject))
  )!;
  return { action, pattern, subject: subject ?? "" };
}

const compiled = new WeakMap<object, readonly Rule[]>();

/** All rules in the order in which they were written, after the defaults. */
function rulesOf(permissions: ToolPermissions | undefined): readonly Rule[] {
  if (permissions === undefined) return DEFAULTS;
  if (typeof permissions === "string") return [{ tool: "*", pattern: "*", action: permissions }];
  let rules = compiled.get(permissions);
  if (!rules) compiled.set(permissions, rules = [...DEFAULTS, ...flatten(permissions)]);
  return rules;
}

function flatten(permissions: { readonly [tool: string]: ToolPermissionRule }): Rule[] {
  return Object.entries(permissions).flatMap(([tool, rule]) =>
    typeof rule === "string"
      ? [{ tool, pattern: "*", action: rule }]
      : Object.entries(rule).map(([pattern, action]) => ({ tool, pattern, action }))
  );
}

/**
 * Decides a call by all its subjects: the strictest action counts.
 *
 * @param opaque The subjects may not be all that the call does (a command line that is not understood
 * whole): then a narrow pattern can forbid but not allow, and the tool as a whole decides.
 */
export function decideAll(
  permissions: ToolPermissions | undefined,
  tool: string,
  subjects: readonly string[],
  opaque = false,
): Decision {
  const whole = decide(permissions, tool, undefined);
  if (subjects.length === 0) return whole;
  return subjects
    .map((subject) => {
      const one = decide(permissions, tool, subject);
      return opaque && !isCatchAll(one.pattern) ? stricter(one, { ...whole, subject }) : one;
    })
    .reduce(stricter);
}

/**
 * Decides a search below a directory. What allows some of the files does not decide about the search
 * as a whole: {@linkcode mayShow} takes the others out.
 *
 * @param subjects The directory's names.
 */
export function decideSearch(
  permissions: ToolPermissions | undefined,
  tool: string,
  subjects: readonly string[],
): Decision {
  const whole = decide(permissions, tool, undefined);
  const some = rulesOf(permissions).some((rule) =>
    matchesWildcard(rule.tool, tool) && !isCatchAll(rule.pattern) && rule.action === "allow"
  );
  const start: Decision = whole.action === "deny" && some ? { ...whole, action: "allow" } : whole;
  return subjects.map((subject) => decide(permissions, tool, subject))
    .filter(({ pattern }) => !isCatchAll(pattern)).reduce(stricter, start);
}

/**
 * Tells which of the files that a search finds may be shown. "ask" holds for the search as a whole,
 * which was asked about; a narrower rule that asks takes the file out.
 */
export function mayShow(
  permissions: ToolPermissions | undefined,
  tool: "glob" | "grep",
): (path: string) => boolean {
  const allOf = (tool === "grep" ? ["grep", "read"] : ["glob"]).map((name) => {
    const rules = rulesOf(permissions).filter((rule) => matchesWildcard(rule.tool, name));
    // What comes before the last rule for everything never decides.
    const start = rules.findLastIndex(({ pattern }) => isCatchAll(pattern));
    const wide = rules[start]!.action !== "deny";
    const narrow = rules.slice(start + 1);
    if (narrow.length === 0) return () => wide;
    return (path: string) => {
      const rule = narrow.findLast(({ pattern }) => matchesWildcard(pattern, path));
      return rule ? rule.action === "allow" : wide;
    };
  });
  return (path) => allOf.every((allows) => allows(path));
}

/**
 * What is wrong with a set of rules; `undefined` where nothing is.
 *
 * @param tools The names that a rule may have.
 */
export function badPermissions(
  permissions: ToolPermissions | undefined,
  tools: readonly string[],
): string | undefined {
  const isAction = (value: unknown) => value === "allow" || value === "ask" || value === "deny";
  const wants = `an action is "allow", "ask" or "deny"`;
  if (permissions === undefined || isAction(permissions)) return undefined;
  if (typeof permissions !== "object" || permissions === null) {
    return `${wants}, not ${permissions}`;
  }
  const known = [...tools, ...SERVER_PERMISSIONS];
  for (const [tool, rule] of Object.entries(permissions)) {
    if (!/[*?]/.test(tool) && !known.includes(tool)) {
      const near = nearest(tool, known);
      return `there is no tool ${JSON.stringify(tool)}` +
        (near ? `; did you mean ${JSON.stringify(near)}?` : `. The tools are: ${tools.join(", ")}`);
    }
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
  return neverDecides(flatten(permissions as { readonly [tool: string]: ToolPermissionRule }));
}

/** Finds a rule that a later, wider one always overrules: its author expected another order. */
function neverDecides(rules: readonly Rule[]): string | undefined {
  const show = ({ tool, pattern, action }: Rule) =>
    `${tool}${isCatchAll(pattern) ? "" : ` ${JSON.stringify(pattern)}`}: ${action}`;
  for (const [index, rule] of rules.entries()) {
    const over = rules.slice(index + 1).find((later) =>
      later.action !== rule.action && coversWildcard(later.tool, rule.tool) &&
      coversWildcard(later.pattern, rule.pattern)
    );
    if (over) {
      return `the rule (${
        show(rule)
      }) never decides, because the last rule that matches does, and ` +
        `(${show(over)}) comes after it. Put the wider rule first`;
    }
  }
  return undefined;
}
