/**
 * Which tools a hook is for.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import { nearest } from "../text/nearest.ts";
import { matchesWildcard } from "../text/wildcard.ts";

/** The tools that every server has (1.18.33). */
const TOOLS = [
  ...["bash", "read", "glob", "grep", "edit", "write", "apply_patch", "task", "question"],
  ...["webfetch", "websearch", "todowrite", "skill", "lsp"],
];

/**
 * Checks a matcher: a hook that is for no tool by mistake would guard nothing.
 *
 * @throws {InvalidArgumentError} It is no matcher, or one of its names can't be meant.
 */
export function checkMatcher(event: string, matcher: unknown): void {
  if (matcher === undefined || matcher instanceof RegExp) return;
  const refuse = (why: string) => {
    throw new InvalidArgumentError(`Invalid matcher of a ${event} hook: ${why}`);
  };
  if (typeof matcher !== "string") {
    return refuse('give names such as "edit|write", or a regular expression');
  }
  for (const pattern of patternsOf(matcher)) {
    if (pattern === "") refuse(`${JSON.stringify(matcher)} holds an empty name`);
    if (/[^\w.*?-]/.test(pattern)) {
      refuse(
        `no tool is called ${JSON.stringify(pattern)}: a matcher is for names such as "bash"; ` +
          "look at the arguments in the hook",
      );
    }
    // other plugins' tools have any names, those of MCP servers begin with the server's
    if (TOOLS.includes(pattern) || /[*?]/.test(pattern)) continue;
    const meant = pattern.includes("_") ? undefined : nearest(pattern, TOOLS);
    if (meant === undefined) continue;
    refuse(
      `no tool is called "${pattern}": did you mean "${meant}"? ` +
        `Where a plugin has one of that name, give /^${pattern}$/`,
    );
  }
}

/** Whether a matcher is for a tool. */
export function matches(matcher: string | RegExp | undefined, tool: unknown): boolean {
  if (matcher === undefined) return true;
  const name = String(tool);
  if (typeof matcher === "string") {
    return patternsOf(matcher).some((pattern) => matchesWildcard(pattern, name));
  }
  return new RegExp(matcher.source, matcher.flags.replace(/[gy]/g, "")).test(name);
}

/**
 * Several matchers as regular expressions, each its source and its flags, for the plugin; `undefined`
 * where one of them is for all tools.
 */
export function expressionsOf(
  matchers: readonly (string | RegExp | undefined)[],
): [source: string, flags: string][] | undefined {
  const all: [string, string][] = [];
  for (const matcher of matchers) {
    if (matcher === undefined) return undefined;
    if (typeof matcher === "string") {
      for (const pattern of patternsOf(matcher)) all.push([sourceOf(pattern), "s"]);
    } else all.push([matcher.source, matcher.flags.replace(/[gy]/g, "")]);
  }
  return all;
}

function sourceOf(pattern: string): string {
  const source = pattern.replace(/[.-]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  return `^${source}$`;
}

function patternsOf(matcher: string): string[] {
  return matcher.split("|").map((pattern) => pattern.trim());
}
