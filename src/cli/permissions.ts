/**
 * `--permission`, `--allowed-tools` and `--disallowed-tools`: who decides about the server's tools.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import type { Permissions } from "../permissions/restrict.ts";
import { NOBODY_TO_ASK } from "../session/turn/responder.ts";
import { askOnTerminal, denyAll, type PolicyRule, readOnly, rules } from "../session/policies.ts";
import type { PermissionHandler } from "../session/requests.ts";
import { safeLine } from "../text/terminal.ts";
import type { Args } from "./args.ts";
import type { Io } from "./io.ts";
import { nearest } from "../text/nearest.ts";

/** What the flags come to, as options of a prompt. */
export interface Permitting {
  permissions: Permissions;
  onPermission?: PermissionHandler;
}

/** What {@linkcode permitting} takes. */
export interface PermittingOptions {
  args: Pick<Args, "permission" | "allowedTools" | "disallowedTools">;
  io: Io;
  /** Answers in place of the terminal. */
  asked?: PermissionHandler | undefined;
  /** Told where something is refused as no one can be asked. */
  onNobody(): void;
  /** The rules that the user's configuration has for the agent. */
  rulesOfUser(): Promise<readonly PolicyRule[]>;
}

/**
 * What the flags come to. With lists of tools the server asks about every call, and the answer comes
 * from here: the word of `--permission`, then what is allowed, then what is refused.
 */
export async function permitting(options: PermittingOptions): Promise<Permitting> {
  const { args, io, asked, onNobody } = options;
  const { permission: word = "default" } = args;
  const nobody: PermissionHandler = () => {
    onNobody();
    return { reply: "reject", message: NOBODY_TO_ASK };
  };
  const asker = asked ?? (io.inIsTerminal && io.errIsTerminal ? askOnTerminal : nobody);
  const allowed = toolRules(args.allowedTools, "allowed-tools", "allow");
  const refused = toolRules(args.disallowedTools, "disallowed-tools", "deny");
  if (allowed.length + refused.length === 0) {
    const asks = word === "default" || word === "ask";
    return { permissions: word, ...asks && { onPermission: asker } };
  }
  const base: readonly PolicyRule[] = word === "default"
    ? await options.rulesOfUser()
    : word === "allow"
    ? [{ action: "allow" }]
    : [];
  const otherwise = word === "readonly" ? readOnly : word === "deny" ? denyAll : asker;
  return {
    permissions: "ask",
    onPermission: rules([...base, ...allowed, ...refused], { otherwise }),
  };
}

/** The tools of the server, and the permission that each of them asks for. */
const TOOLS: Readonly<Record<string, string>> = {
  bash: "bash",
  edit: "edit",
  write: "edit",
  multiedit: "edit",
  patch: "edit",
  apply_patch: "edit",
  read: "read",
  glob: "glob",
  grep: "grep",
  list: "list",
  ls: "list",
  webfetch: "webfetch",
  websearch: "websearch",
  task: "task",
  skill: "skill",
  lsp: "lsp",
  todowrite: "todowrite",
  todoread: "todoread",
  external_directory: "external_directory",
};

/**
 * Rules from words such as `read,grep`, `"bash(git *)"`, and Claude Code's `"Bash(git:*)"`.
 *
 * @throws {InvalidArgumentError} for a tool that is not known.
 */
export function toolRules(
  lists: readonly string[],
  flag: string,
  action: "allow" | "deny",
): PolicyRule[] {
  const words = lists.flatMap((list) => list.match(/[^\s,()]+(\([^)]*\))?|[()]/g) ?? []);
  return words.map((word) => {
    const [, name = "", , pattern] = /^([^()]+)(\((.*)\))?$/.exec(word) ?? [];
    return { permission: permissionOf(name, word, flag), pattern: patternOf(pattern), action };
  });
}

function permissionOf(name: string, word: string, flag: string): string {
  const tool = name.toLowerCase();
  if (Object.hasOwn(TOOLS, tool)) return TOOLS[tool]!;
  if (/[*?]/.test(name)) return name;
  // those of MCP servers carry the server's name before theirs
  if (/^[\w-]+_[\w-]+$/.test(name)) return name;
  const near = nearest(tool, Object.keys(TOOLS));
  throw new InvalidArgumentError(
    `Unknown tool "${safeLine(word, 60)}" in --${flag}: ${
      near === undefined
        ? `the server's tools are ${Object.keys(TOOLS).join(", ")}`
        : `did you mean ${near}?`
    }`,
  );
}

function patternOf(pattern: string | undefined): string {
  if (pattern === undefined || pattern === "") return "*";
  return pattern.endsWith(":*") ? `${pattern.slice(0, -2)} *` : pattern;
}
