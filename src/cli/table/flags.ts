/**
 * The command line's flags, as data: parser, types, help, completions and `docs/cli.md` are made
 * from it.
 *
 * A flag has the name that most people know from `claude`, `codex exec` or `opencode run`; the names
 * that the others give it are aliases, which work and stand in no list.
 *
 * @module
 */
import type { Flag } from "./types.ts";

/** All of them, in the help's order. */
export const FLAGS = [
  {
    name: "model",
    short: "m",
    kind: "text",
    value: "provider/model",
    group: "Prompt",
    help: "the model to ask",
  },
  {
    name: "variant",
    kind: "text",
    value: "name",
    aliases: [{ name: "effort" }],
    group: "Prompt",
    help: "a variant of the model that answers, such as an effort: low, high",
  },
  {
    name: "agent",
    kind: "text",
    value: "name",
    group: "Prompt",
    help: "the agent: build, plan or one of your own",
  },
  {
    name: "file",
    short: "f",
    kind: "list",
    value: "path",
    aliases: [{ name: "image" }],
    group: "Prompt",
    help: "attach a file to the first prompt (repeatable)",
  },
  {
    name: "system",
    kind: "text",
    value: "text|@file",
    aliases: [{ name: "system-prompt" }],
    group: "Prompt",
    help: "replace the agent's system prompt (needs a server of its own)",
  },
  {
    name: "append-system-prompt",
    kind: "text",
    value: "text|@file",
    group: "Prompt",
    help: "add to the system prompt",
  },
  {
    name: "json-schema",
    kind: "text",
    value: "file|-|json",
    aliases: [{ name: "output-schema" }],
    group: "Prompt",
    help: "answer with JSON that satisfies this JSON Schema",
  },
  {
    name: "demo",
    kind: "switch",
    group: "Prompt",
    help: "a built-in script in place of a model: no key, no account, no cost",
  },
  {
    name: "record",
    kind: "text",
    value: "file",
    group: "Prompt",
    help: "write what the model is asked and answers to a new file, without keys",
  },
  {
    name: "replay",
    kind: "text",
    value: "file",
    group: "Prompt",
    help: "answer from such a file in place of a model: no key, no network",
  },
  {
    name: "match",
    kind: "choice",
    choices: ["exact", "shape"],
    value: "how",
    group: "Prompt",
    help: "of --replay: how alike a request must be to the recorded one (default: exact)",
  },
  {
    name: "session",
    short: "s",
    kind: "text",
    value: "id",
    aliases: [{ name: "resume" }, { name: "r" }, { name: "session-id" }],
    group: "Conversation",
    help: "go on in this session",
  },
  {
    name: "continue",
    short: "c",
    kind: "switch",
    group: "Conversation",
    help: "go on in the last session of this directory",
  },
  {
    name: "fork",
    kind: "switch",
    aliases: [{ name: "fork-session" }],
    group: "Conversation",
    help: "with --session or --continue: in a copy, the original stays as it is",
  },
  {
    name: "keep",
    short: "k",
    kind: "switch",
    group: "Conversation",
    help: "keep server and session for the next call from this directory",
  },
  {
    name: "stop",
    kind: "switch",
    group: "Conversation",
    help: "stop the server that --keep left running here",
  },
  {
    name: "output-format",
    kind: "choice",
    choices: ["text", "json", "stream-json"],
    value: "format",
    group: "Output",
    help: "text; json: one result object; stream-json: one object a line as it happens",
  },
  {
    name: "json",
    kind: "switch",
    aliases: [{ name: "experimental-json" }],
    group: "Output",
    help: "short for --output-format stream-json; with a command: its output as JSON",
  },
  {
    name: "input-format",
    kind: "choice",
    choices: ["text", "stream-json"],
    value: "format",
    group: "Output",
    help: "stream-json: prompts, interrupts and answers as lines on standard input",
  },
  {
    name: "output",
    short: "o",
    kind: "text",
    value: "file",
    aliases: [{ name: "output-last-message" }],
    group: "Output",
    help: "write the complete answer to this file too; a session: to this file alone",
  },
  {
    name: "format",
    kind: "choice",
    choices: ["md", "json"],
    value: "format",
    group: "Output",
    help: "of a session that is shown: md or json (default: md)",
  },
  {
    name: "show-reasoning",
    kind: "switch",
    aliases: [{ name: "thinking" }],
    group: "Output",
    help: "show the model's reasoning on standard error",
  },
  {
    name: "color",
    kind: "choice",
    choices: ["auto", "always", "never"],
    value: "when",
    aliases: [{ name: "no-color", means: "never" }],
    group: "Output",
    help: "colours on standard error (default: auto; NO_COLOR and FORCE_COLOR are honoured)",
  },
  {
    name: "quiet",
    short: "q",
    kind: "switch",
    group: "Output",
    help: "nothing on standard error but errors",
  },
  {
    name: "verbose",
    kind: "switch",
    group: "Output",
    help: "details of errors, and what the server is asked",
  },
  {
    name: "permission",
    kind: "choice",
    choices: ["default", "readonly", "ask", "allow", "deny"],
    value: "policy",
    aliases: [
      { name: "permission-mode", values: { bypassPermissions: "allow", plan: "readonly" } },
      { name: "dangerously-skip-permissions", means: "allow" },
      { name: "dangerously-bypass-approvals-and-sandbox", means: "allow" },
      { name: "yolo", means: "allow" },
    ],
    group: "Permissions",
    help: "who decides about the server's tools (default: your opencode configuration)",
  },
  {
    name: "allowed-tools",
    kind: "list",
    value: "tools",
    aliases: [{ name: "allowedTools" }],
    group: "Permissions",
    help: 'allow these: "read,grep" or "bash(git *)" (repeatable)',
  },
  {
    name: "disallowed-tools",
    kind: "list",
    value: "tools",
    aliases: [{ name: "disallowedTools" }],
    group: "Permissions",
    help: "refuse these, whatever else allows them (repeatable)",
  },
  {
    name: "auto-tools",
    kind: "switch",
    group: "Permissions",
    help: "let the model use tools that run here, under your permissions",
  },
  {
    name: "timeout",
    kind: "duration",
    value: "seconds",
    group: "Limits",
    help: "for the whole call, also 90s, 5m, 1h (default: 1 h for a turn)",
  },
  {
    name: "idle-timeout",
    kind: "duration",
    value: "seconds",
    group: "Limits",
    help: "without any activity of the model (default: 5 m)",
  },
  {
    name: "max-turns",
    kind: "number",
    min: 1,
    value: "n",
    group: "Limits",
    help: "rounds of the model for each prompt (default: 100)",
  },
  {
    name: "max-budget-usd",
    kind: "dollars",
    value: "usd",
    group: "Limits",
    help: "US dollars for each prompt, as the server computes them",
  },
  {
    name: "max-tokens",
    kind: "number",
    min: 1,
    value: "n",
    group: "Limits",
    help: "tokens for each prompt, asked and answered together",
  },
  {
    name: "directory",
    short: "d",
    kind: "text",
    value: "path",
    aliases: [{ name: "dir" }, { name: "cd" }, { name: "cwd" }, { name: "C" }],
    group: "Server",
    help: "where to work (default: here; with --attach, where the server is)",
  },
  {
    name: "port",
    short: "p",
    kind: "number",
    max: 65535,
    value: "number",
    group: "Server",
    help: "the server's port (default: a free one)",
  },
  {
    name: "attach",
    kind: "text",
    value: "url",
    group: "Server",
    help: "use a running `opencode serve` instead of starting one",
  },
  {
    name: "username",
    kind: "text",
    value: "name",
    group: "Server",
    help: "with --attach (better: OPENCODE_SERVER_USERNAME)",
  },
  {
    name: "password",
    kind: "text",
    value: "text",
    group: "Server",
    help: "with --attach (better: OPENCODE_SERVER_PASSWORD)",
  },
  {
    name: "binary",
    kind: "text",
    value: "path",
    group: "Server",
    help: "the opencode program (default: OPENCODE_BIN, the PATH, a download)",
  },
  {
    name: "isolated",
    kind: "switch",
    group: "Server",
    help: "a home of its own for the server: none of your configuration, keys or sessions",
  },
  {
    name: "host",
    kind: "text",
    value: "address",
    group: "Other",
    help: "of the page: the address to bind (default: 127.0.0.1; another lets other machines in)",
  },
  { name: "open", kind: "switch", group: "Other", help: "open the page in your browser" },
  { name: "web", kind: "switch", group: "Other", help: "a page for your browser: as `web` does" },
  {
    name: "all",
    kind: "switch",
    group: "Other",
    help: "of a list: everything, not only what concerns this directory or has a key",
  },
  {
    name: "days",
    kind: "number",
    min: 1,
    value: "n",
    group: "Other",
    help: "of statistics: the last n days (default: 30)",
  },
  {
    name: "plain",
    kind: "switch",
    group: "Other",
    help: "of a chat: lines alone, nothing is redrawn; for screen readers",
  },
  { name: "help", short: "h", kind: "switch", group: "Other", help: "this text" },
  {
    name: "version",
    short: "v",
    kind: "switch",
    group: "Other",
    help: "the versions of this program and of the opencode that it was tested with",
  },
] as const satisfies readonly Flag[];

/** Names that other programs have, which change nothing here. */
export const NO_EFFECT: readonly string[] = [
  "print",
  "include-partial-messages",
  "replay-user-messages",
  "skip-git-repo-check",
];

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;

type Entry = (typeof FLAGS)[number];
type Valued = Exclude<Entry, { kind: "switch" } | { kind: "list" }>;

type ValueOf<F extends Flag> = F extends { kind: "number" | "dollars" | "duration" } ? number
  : F extends { choices: readonly (infer C)[] } ? C
  : string;

/** What the flags say: switches and lists always, values where they were given. */
export type Options =
  & { [F in Extract<Entry, { kind: "switch" }> as Camel<F["name"]>]: boolean }
  & { [F in Extract<Entry, { kind: "list" }> as Camel<F["name"]>]: string[] }
  & { [F in Valued as Camel<F["name"]>]?: ValueOf<F> };
