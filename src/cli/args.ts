/**
 * From the command line's words to what is to be done.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import { parseModel } from "../session/options.ts";
import { safeLine } from "../text/terminal.ts";
import { COMMAND_ONLY, commandOf, COMMANDS, COMMON } from "./table/commands.ts";
import { FLAGS, type Options } from "./table/flags.ts";
import { nearest } from "../text/nearest.ts";
import { parse, type Parsed } from "./table/parse.ts";
import type { CommandEntry, Subcommand } from "./table/types.ts";

/** What a call of the command line asks for. */
export interface Args extends Options {
  /** The command; without one it is a prompt. */
  command?: string;
  /** The prompt's words, or those after the command; a lone `-` stands for standard input. */
  words: string[];
  /** The words after `--`, none of which stands for anything. */
  verbatim: string[];
  /** Where a lone word is nearly a command's name, or one of another program: what was meant. */
  meant?: {
    command: string[];
    /** The flags that were given. */
    flags: string[];
  };
}

/**
 * Reads the words.
 *
 * @throws {InvalidArgumentError} for what can't be meant; the message says what to type.
 */
export function readArgs(argv: readonly string[]): Args {
  const parsed = parse(argv);
  const { verbatim, options } = parsed;
  const words = wordsOf(parsed);
  const command = commandOf(words[0]);
  if (options.help || command?.name === "help") {
    if (command?.name === "help" && !options.help) checkTopic(words);
    return { ...options, help: true, words, verbatim, ...command && { command: command.name } };
  }
  if (command) return { ...commandArgs(command, { ...parsed, words }), command: command.name };
  return promptArgs(parsed);
}

/** The words, with the command that `--web` or `--stop` alone is. */
function wordsOf({ words, verbatim, options }: Parsed): string[] {
  if (commandOf(words[0])) return words;
  if (options.web) return ["web", ...words];
  if (!options.stop || options.help) return words;
  if (words.length + verbatim.length === 0) return ["stop"];
  throw new InvalidArgumentError("--stop takes no prompt: it stops the server that --keep left");
}

/** What `help` is asked about is a command; "help me with this" is a prompt, and is not lost. */
function checkTopic([, topic, ...more]: readonly string[]): void {
  const subs = commandOf(topic)?.subcommands?.map(({ name }) => name) ?? [];
  const known = topic === undefined || commandOf(topic) !== undefined;
  if (known && (more.length === 0 || (more.length === 1 && subs.includes(more[0]!)))) return;
  const near = nearest(topic!, COMMANDS.map(({ name }) => name));
  const meant = near === undefined || more.length > 0 ? "" : `did you mean \`help ${near}\`? Or `;
  const given = safeLine(["help", topic!, ...more].join(" "), 60);
  throw new InvalidArgumentError(
    `Unknown command \`${given}\`: ${meant}give \`help\` alone or the name of one command; to send it as a prompt: opencode-ts -- ${given}`,
  );
}

function commandArgs(command: CommandEntry, { words, verbatim, options, given }: Parsed): Args {
  const { name } = command;
  const rest = words.slice(1);
  const sub = subcommandOf(command, rest[0]);
  const allowed = flagsOf(command, sub);
  const args = { ...options, words: rest, verbatim };
  // as `opencode session list` calls it
  if (args.format === "json" && allowed.includes("json")) args.json = true;
  const extra = given.find((flag) =>
    !allowed.includes(flag) && !(flag === "format" && args.format === "json" && args.json)
  );
  if (extra !== undefined) {
    const whole = sub && rest.length > 0 ? `${name} ${sub.name}` : name;
    throw new InvalidArgumentError(
      `--${extra} has no effect with ${whole}: see \`opencode-ts ${name} --help\``,
    );
  }
  if (args.json && args.format === "md") {
    throw new InvalidArgumentError("--json and --format md don't go together");
  }
  const max = sub && rest.length > 0 ? (sub.max ?? 0) + 1 : command.max ?? 0;
  if (rest.length > max || verbatim.length > 0) throw tooMany(command, rest[0] && sub?.name);
  refuseUnusable(options, name);
  return args;
}

/** The flags that have an effect: of those that only some subcommands have, its own. */
function flagsOf({ flags, subcommands = [] }: CommandEntry, sub?: Subcommand): string[] {
  const apart = subcommands.flatMap((one) => one.flags ?? []);
  const own = sub?.flags ?? [];
  return [...flags.filter((flag) => !apart.includes(flag) || own.includes(flag)), ...COMMON];
}

function subcommandOf({ name, subcommands }: CommandEntry, word: string | undefined) {
  if (!subcommands) return undefined;
  if (word === undefined) return subcommands[0];
  const found = subcommands.find((sub) => sub.name === word);
  if (found) return found;
  const names = subcommands.map((sub) => sub.name);
  const near = nearest(word, names);
  throw new InvalidArgumentError(
    `Unknown command \`${name} ${safeLine(word, 40)}\`: ${
      near === undefined ? `give ${names.join(", ")}` : `did you mean \`${name} ${near}\`?`
    } A prompt goes after --`,
  );
}

function tooMany(command: CommandEntry, sub: string | undefined): InvalidArgumentError {
  const name = sub === undefined ? command.name : `${command.name} ${sub}`;
  return new InvalidArgumentError(
    `Too many words for the command ${name}: see \`opencode-ts ${command.name} --help\`, and put -- before a prompt that starts with this word`,
  );
}

function promptArgs({ words, verbatim, options, given, flags }: Parsed): Args {
  const args: Args = { ...options, words, verbatim };
  if (args.format === "json") args.json = true; // as `opencode run` calls it
  const extra = given.find((flag) =>
    COMMAND_ONLY.includes(flag) && !(flag === "format" && args.format === "json")
  );
  if (extra !== undefined) {
    throw new InvalidArgumentError(`--${extra} has no effect with a prompt: see --help`);
  }
  if (args.json) {
    if (given.includes("output-format") && args.outputFormat !== "stream-json") {
      throw new InvalidArgumentError(
        `--json and --output-format ${args.outputFormat} don't go together`,
      );
    }
    args.outputFormat = "stream-json";
  }
  refuseUnusable(args);
  if (words.includes("-")) {
    const other = args.jsonSchema === "-"
      ? "--json-schema -"
      : args.inputFormat === "stream-json"
      ? "--input-format stream-json"
      : undefined;
    if (other !== undefined) throw inputTwice("- among the words", other);
  }
  const meant = verbatim.length === 0 ? meantElsewhere(words) ?? meantCommand(words) : undefined;
  return meant ? { ...args, meant: { command: meant, flags } } : args;
}

/** What lone words mean to `claude`, `codex` and `opencode`. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  export: ["sessions", "export"],
  resume: ["chat", "--continue"],
  serve: ["web"],
  update: ["install"],
  upgrade: ["install"],
  version: ["--version"],
};

/** What a lone word that is a command of another program stands for here. */
function meantElsewhere(words: readonly string[]): string[] | undefined {
  const [word] = words;
  if (word === undefined || words.length > 1) return undefined;
  if (word === "auth" || word === "login" || word === "logout") {
    const what = word === "logout" ? "logout" : "login";
    throw new InvalidArgumentError(
      `There is no command ${word} here: keys are those of opencode, \`opencode auth ${what}\`; to send it as a prompt: opencode-ts -- ${word}`,
    );
  }
  return Object.hasOwn(ELSEWHERE, word) ? [...ELSEWHERE[word]!] : undefined;
}

/** The command that a lone word, or a word and a subcommand, nearly names. */
function meantCommand(words: readonly string[]): string[] | undefined {
  const [first, second] = words;
  if (first === undefined || !/^[A-Za-z]+$/.test(first) || words.length > 2) return undefined;
  const near = nearest(first, COMMANDS.map(({ name }) => name));
  // "what" is a question and no mistyped "chat": nobody mistypes the first letter of so short a word
  if (near === undefined || near[0] !== first[0]!.toLowerCase()) return undefined;
  if (second === undefined) return [near];
  const fits = commandOf(near)!.subcommands?.some(({ name }) => name === second);
  return fits ? [near, second] : undefined;
}

function checkAddress(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return;
  const shown = safeLine(text.replace(/\/\/[^@/]*@/, "//***@"), 200);
  throw new InvalidArgumentError(
    `Cannot attach to "${shown}": give the address of a server, such as http://127.0.0.1:4096`,
  );
}

/** Flags that contradict each other. */
const APART: readonly (readonly [keyof Options, keyof Options])[] = [
  ["demo", "keep"],
  ["demo", "attach"],
  ["demo", "record"],
  ["demo", "replay"],
  ["record", "replay"],
  ["record", "attach"],
  ["record", "keep"],
  ["replay", "attach"],
  ["replay", "keep"],
  ["replay", "model"],
  ["demo", "model"],
  ["demo", "session"],
  ["demo", "continue"],
  ["attach", "port"],
  ["attach", "keep"],
  ["attach", "binary"],
  ["attach", "isolated"],
  ["attach", "system"],
  ["isolated", "keep"],
  ["isolated", "continue"],
  ["isolated", "session"],
  ["keep", "system"],
  ["keep", "binary"],
  ["keep", "session"],
  ["keep", "continue"],
  ["session", "continue"],
  ["quiet", "verbose"],
  ["quiet", "showReasoning"],
];

const NAMES: ReadonlyMap<string, string> = new Map(
  FLAGS.map(({ name }) => [name.replace(/-(.)/g, (_, c: string) => c.toUpperCase()), name]),
);

/** What no call can use, found before anything is started. */
function refuseUnusable(options: Options, command?: string): void {
  const { model, attach } = options;
  if (model !== undefined) parseModel(model);
  if (attach !== undefined) checkAddress(attach);
  refuseTogether(options, command);
}

function inputTwice(one: string, other: string): InvalidArgumentError {
  return new InvalidArgumentError(`${one} and ${other} both take standard input: leave one out`);
}

function refuseTogether(options: Options, command?: string): void {
  const on = (name: keyof Options) => options[name] !== undefined && options[name] !== false;
  for (const [a, b] of APART) {
    // the page has a port of its own
    if (command === "web" && b === "port") continue;
    if (on(a) && on(b)) {
      throw new InvalidArgumentError(`--${NAMES.get(a)} and --${NAMES.get(b)} don't go together`);
    }
  }
  if (options.match !== undefined && options.replay === undefined) {
    throw new InvalidArgumentError("--match needs --replay <file>");
  }
  if (options.fork && !options.session && !options.continue) {
    throw new InvalidArgumentError("--fork needs --session <id> or --continue");
  }
  const credentials = options.username !== undefined || options.password !== undefined;
  if (credentials && options.attach === undefined) {
    throw new InvalidArgumentError("--username and --password go with --attach <url>");
  }
  if (options.inputFormat === "stream-json" && options.outputFormat !== "stream-json") {
    throw new InvalidArgumentError(
      "--input-format stream-json needs --output-format stream-json",
    );
  }
  if (options.inputFormat === "stream-json" && options.jsonSchema === "-") {
    throw inputTwice("--input-format stream-json", "--json-schema -");
  }
}
