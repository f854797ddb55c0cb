/**
 * The command line's commands, as data. A command is the first word; every other first word begins a
 * prompt.
 *
 * @module
 */
import type { CommandEntry } from "./types.ts";

/** How to reach a server, for the commands that need one. */
const SERVER = ["directory", "port", "attach", "username", "password", "binary", "isolated"];

/** All of them, in the help's order. */
export const COMMANDS = [
  {
    name: "chat",
    args: "[first prompt]",
    max: Infinity,
    help: "a conversation on the terminal",
    flags: [
      ...SERVER,
      "model",
      "agent",
      "variant",
      "append-system-prompt",
      "session",
      "continue",
      "fork",
      "demo",
      "record",
      "replay",
      "match",
      "permission",
      "allowed-tools",
      "disallowed-tools",
      "idle-timeout",
      "max-turns",
      "max-budget-usd",
      "max-tokens",
      "show-reasoning",
      "plain",
    ],
    details:
      "/help lists what can be typed. Where the terminal can't be redrawn, or with --plain, it works in lines alone.",
  },
  {
    name: "web",
    help: "a page for your browser: conversations, tools, files, costs",
    flags: [...SERVER, "host", "open", "web", "model", "agent", "demo", "permission"],
    details:
      "It prints the page's address; --port is the page's (default: 3000). Only browsers that come by an address that was printed, or made on the page, are let in.",
  },
  {
    name: "sessions",
    args: "[list|show|delete|export]",
    max: 0,
    subcommands: [
      {
        name: "list",
        args: "[text]",
        max: 1,
        help: "the sessions of this directory, newest first",
        flags: ["json", "all"],
      },
      {
        name: "show",
        args: "<id>",
        max: 1,
        help: "a conversation, as Markdown or JSON",
        flags: ["json", "format", "output", "show-reasoning"],
      },
      {
        name: "delete",
        args: "<id>…",
        max: Infinity,
        help: "remove sessions for good",
        flags: ["json"],
      },
      {
        name: "export",
        args: "<id>",
        max: 1,
        help: "everything that the server stores of one, as JSON",
        flags: ["json", "output"],
      },
    ],
    help: "list, show, delete or export sessions",
    flags: [...SERVER, "json", "format", "output", "show-reasoning", "all"],
    details: "An id may be shortened to a beginning that only one session has.",
  },
  {
    name: "models",
    args: "[filter]",
    max: 1,
    help: "the models that have a key; with --all every known one",
    flags: [...SERVER, "json", "all"],
    details: "A mark * stands before each model whose provider has a key or needs none.",
  },
  {
    name: "agents",
    help: "the agents that --agent takes",
    flags: [...SERVER, "json"],
  },
  {
    name: "stats",
    help: "tokens and dollars by model and day, from the stored sessions",
    flags: [...SERVER, "json", "days", "all"],
  },
  {
    name: "recording",
    args: "show|prune",
    max: 0,
    subcommands: [
      { name: "show", args: "<file>", max: 1, help: "what a file of --record holds" },
      {
        name: "prune",
        args: "<file> <numbers>",
        max: 2,
        help: "keep these exchanges, such as 1-3,7",
      },
    ],
    help: "look at a recording, or make it smaller",
    flags: [],
  },
  {
    name: "doctor",
    help: "what is missing on this machine, and how to fix it",
    flags: ["directory", "binary", "json"],
  },
  {
    name: "install",
    help: "download the opencode program that this version was tested with",
    flags: ["json"],
  },
  {
    name: "stop",
    help: "stop the server that --keep left running for this directory; with --all every one",
    flags: ["directory", "all", "json", "stop"],
  },
  {
    name: "completions",
    args: "bash|zsh|fish",
    max: 1,
    help: "a completion script for your shell",
    flags: [],
  },
  {
    name: "help",
    args: "[command]",
    max: 1,
    help: "this text, or that of a command",
    flags: [],
  },
] as const satisfies readonly CommandEntry[];

/** The flags of every command. */
export const COMMON = ["color", "quiet", "verbose", "help", "timeout"];

/** The flags that only commands take. */
export const COMMAND_ONLY = ["all", "days", "format", "plain", "host", "open"];

/** The entry of a name, where it is a command's. */
export function commandOf(name: string | undefined): CommandEntry | undefined {
  return COMMANDS.find((command) => command.name === name);
}
