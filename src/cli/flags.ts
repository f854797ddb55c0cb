/**
 * The command line's flags, as data: the parser and the help are made from it.
 *
 * @module
 */

/** One flag. */
export interface Flag {
  name: string;
  short?: string;
  /** What its value is called in the help; without one it is a switch. */
  value?: string;
  help: string;
}

/** All of them, in the help's order. */
export const FLAGS: readonly Flag[] = [
  { name: "model", short: "m", value: "provider/model", help: "the model to ask" },
  { name: "agent", value: "name", help: "the agent: build, plan or one of your own" },
  {
    name: "keep",
    short: "k",
    help: "keep server and session for the next call from this directory",
  },
  { name: "auto-tools", help: "let the model use tools; they run here, under your permissions" },
  {
    name: "directory",
    short: "d",
    value: "path",
    help: "where to work (default: here; with --attach, where the server is)",
  },
  { name: "port", short: "p", value: "number", help: "the server's port (default: a free one)" },
  { name: "attach", value: "url", help: "use a running `opencode serve` instead of starting one" },
  { name: "demo", help: "a built-in script in place of a model: no key, no account, no cost" },
  { name: "json", help: "one JSON object a line: every event, and a result at the end" },
  { name: "quiet", short: "q", help: "nothing on standard error but errors" },
  { name: "help", short: "h", help: "this text" },
  { name: "version", help: "the version" },
];
