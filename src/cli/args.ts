/**
 * From the command line's words to what is to be done.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { InvalidArgumentError } from "../errors.ts";
import { parseModel } from "../session/options.ts";
import { FLAGS } from "./flags.ts";

/** What a call of the command line asks for. */
export interface Args {
  /** The prompt's words; a lone `-` among those before `--` stands for standard input. */
  words: string[];
  /** The words after `--`, none of which stands for anything. */
  verbatim: string[];
  model?: string;
  agent?: string;
  keep: boolean;
  autoTools: boolean;
  directory?: string;
  port?: number;
  attach?: string;
  demo: boolean;
  json: boolean;
  quiet: boolean;
  help: boolean;
  version: boolean;
}

/**
 * Reads the words. After `--` nothing is a flag.
 *
 * @throws {InvalidArgumentError} for an unknown flag, a flag without its value, a port that is none.
 */
export function readArgs(argv: readonly string[]): Args {
  const cut = argv.indexOf("--");
  const words = cut < 0 ? [...argv] : argv.slice(0, cut);
  const verbatim = cut < 0 ? [] : argv.slice(cut + 1);
  const aliases = Object.fromEntries(
    FLAGS.filter((flag) => flag.short).map((flag) => [flag.short!, flag.name]),
  );
  const unknown: string[] = [];
  const parsed = parseArgs(words, {
    boolean: FLAGS.filter((flag) => !flag.value).map((flag) => flag.name),
    string: [...FLAGS.filter((flag) => flag.value).map((flag) => flag.name), "_"],
    alias: aliases,
    collect: FLAGS.map((flag) => flag.name),
    unknown: (word: string, key?: string) => {
      if (key !== undefined) unknown.push(word);
      return key === undefined;
    },
  });
  if (unknown.length > 0) {
    throw new InvalidArgumentError(
      `Unknown flag ${unknown[0]}: see --help, and put -- before a prompt that starts with a dash`,
    );
  }
  const values = parsed as unknown as Record<string, unknown[] | undefined>;
  const on = (name: string) => values[name]?.at(-1) === true;
  const value = (name: string) => one(name, values[name] ?? []);
  const args: Args = {
    words: (parsed._ as readonly unknown[]).map(String),
    verbatim,
    keep: on("keep"),
    autoTools: on("auto-tools"),
    demo: on("demo"),
    json: on("json"),
    quiet: on("quiet"),
    help: on("help"),
    version: on("version"),
  };
  const model = value("model");
  const agent = value("agent");
  const directory = value("directory");
  const port = value("port");
  const attach = value("attach");
  if (model !== undefined) {
    parseModel(model); // before anything is started
    args.model = model;
  }
  if (agent !== undefined) args.agent = agent;
  if (directory !== undefined) args.directory = directory;
  if (port !== undefined) args.port = portOf(port);
  if (attach !== undefined) args.attach = urlOf(attach);
  refuseTogether(args);
  return args;
}

function one(name: string, values: unknown[]): string | undefined {
  if (values.length === 0) return undefined;
  if (values.length > 1) throw new InvalidArgumentError(`--${name} is given twice: give it once`);
  const [value] = values;
  if (typeof value !== "string" || value === "") {
    throw new InvalidArgumentError(`--${name} needs a value: see --help`);
  }
  return value;
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) {
    throw new InvalidArgumentError(`Cannot use "${text}" as a port: give a number from 0 to 65535`);
  }
  return port;
}

function urlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new InvalidArgumentError(
      `Cannot attach to "${
        text.replace(/\/\/[^@/]*@/, "//***@")
      }": give the address of a server, such as http://127.0.0.1:4096`,
    );
  }
  return text;
}

function refuseTogether(args: Args): void {
  const pairs: [boolean, string, boolean, string][] = [
    [args.demo, "--demo", args.keep, "--keep"],
    [args.demo, "--demo", args.attach !== undefined, "--attach"],
    [args.demo, "--demo", args.model !== undefined, "--model"],
    [args.attach !== undefined, "--attach", args.port !== undefined, "--port"],
    [args.attach !== undefined, "--attach", args.keep, "--keep"],
  ];
  for (const [a, first, b, second] of pairs) {
    if (a && b) throw new InvalidArgumentError(`${first} and ${second} don't go together`);
  }
}
