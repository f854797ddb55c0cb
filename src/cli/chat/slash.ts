/**
 * The commands of a chat, as data.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.ts";
import { nearest } from "../../text/nearest.ts";

/** One command. */
export interface SlashCommand {
  name: string;
  args?: string;
  help: string;
}

/** All of them, in the help's order. */
export const SLASH = [
  { name: "help", help: "this list" },
  { name: "model", args: "[provider/model]", help: "show or choose the model" },
  { name: "agent", args: "[name]", help: "show or choose the agent" },
  { name: "sessions", args: "[number|id]", help: "list the sessions, or go on in one" },
  { name: "new", help: "a new session" },
  { name: "fork", help: "go on in a copy of this session" },
  { name: "undo", help: "take back the last prompt and its changes of files (git)" },
  { name: "redo", help: "bring back what /undo took" },
  { name: "diff", help: "what the last prompt changed (git)" },
  { name: "todo", help: "the agent's list" },
  { name: "cost", help: "tokens and dollars of this session" },
  { name: "compact", help: "replace the conversation by a summary" },
  { name: "copy", help: "copy the last answer" },
  { name: "export", args: "[file]", help: "write the conversation as Markdown" },
  { name: "attach", args: "<file>", help: "attach a file to the next prompt" },
  { name: "exit", help: "leave (also Ctrl-D)" },
] as const satisfies readonly SlashCommand[];

/** A command's name. */
export type SlashName = (typeof SLASH)[number]["name"];

/** What a line is. */
export type Line =
  | { kind: "prompt"; text: string }
  | { kind: "shell"; command: string }
  | { kind: "command"; name: SlashName; argument: string };

const OTHER_NAMES: Readonly<Record<string, SlashName>> = {
  quit: "exit",
  q: "exit",
  clear: "new",
  resume: "sessions",
  usage: "cost",
  "?": "help",
};

/**
 * Reads a line: a prompt, `!command` for the shell, or `/command`. A path such as `/usr/bin` is a
 * prompt, and so is anything with a second slash in its first word.
 *
 * @throws {InvalidArgumentError} for an unknown command, with the nearest one.
 */
export function readLine(line: string): Line {
  const text = line.trim();
  if (text.startsWith("!") && text.length > 1) {
    return { kind: "shell", command: text.slice(1).trim() };
  }
  const command = /^\/([a-z?][a-z-]*)?(?:\s+([\s\S]*))?$/i.exec(text);
  if (!command) return { kind: "prompt", text: line };
  const [, word = "help", argument = ""] = command;
  const given = word.toLowerCase();
  const found = SLASH.find(({ name }) => name === given)?.name ??
    (Object.hasOwn(OTHER_NAMES, given) ? OTHER_NAMES[given]! : undefined);
  if (found !== undefined) return { kind: "command", name: found, argument: argument.trim() };
  const near = nearest(given, SLASH.map(({ name }) => name));
  throw new InvalidArgumentError(
    `Unknown command /${given}${
      near === undefined ? "" : `: did you mean /${near}?`
    } /help lists all`,
  );
}

/** The list of commands, for `/help`. */
export function slashHelp(): string {
  const heads = SLASH.map((command) =>
    `/${command.name}${"args" in command ? ` ${command.args}` : ""}`
  );
  const width = Math.max(...heads.map(({ length }) => length));
  return [
    ...SLASH.map(({ help }, at) => `  ${heads[at]!.padEnd(width)}  ${help}`),
    "",
    "  !command runs a shell command in the session; its output is part of the conversation",
    "  @path attaches a file; Tab completes paths and commands",
    "  Enter sends; Alt+Enter, Ctrl-J or a \\ before Enter is a new line; Up and Down recall",
    "  Ctrl-C stops the turn; twice on an empty line, or Ctrl-D, leaves",
    "  Ctrl-Z gives the shell back; fg goes on",
  ].join("\n");
}
