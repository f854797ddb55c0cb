/**
 * From the words of a command line to the values of its flags.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.ts";
import { FLAGS, NO_EFFECT, type Options } from "./flags.ts";
import { nearest } from "../../text/nearest.ts";
import type { Alias, Flag } from "./types.ts";

/** What the words say, before it is known what they are for. */
export interface Parsed {
  /** The words that are no flags, before `--`. */
  words: string[];
  /** The words after `--`. */
  verbatim: string[];
  /** The flags with their values, as they were given. */
  flags: string[];
  /** The flags' values. */
  options: Options;
  /** The flags that were given, by their own names. */
  given: string[];
}

interface Meaning {
  flag: Flag;
  alias?: Alias;
}

const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  (FLAGS as readonly Flag[]).flatMap((flag): [string, Meaning][] => [
    [flag.name, { flag }],
    ...flag.short ? [[flag.short, { flag }] as [string, Meaning]] : [],
    ...(flag.aliases ?? []).map((alias): [string, Meaning] => [alias.name, { flag, alias }]),
  ]),
);

/**
 * Reads the words. After `--` nothing is a flag; a lone `-` is a word.
 *
 * @throws {InvalidArgumentError} for an unknown flag, a missing or impossible value.
 */
export function parse(argv: readonly string[]): Parsed {
  const words: string[] = [];
  const flags: string[] = [];
  const values = new Map<string, string[]>();
  let at = 0;
  for (; at < argv.length && argv[at] !== "--"; at++) {
    const word = argv[at]!;
    if (!word.startsWith("-") || word === "-") {
      refuseOtherDash(word);
      words.push(word);
      continue;
    }
    const from = at;
    if (word.startsWith("--")) long(word);
    else short(word);
    flags.push(...argv.slice(from, at + 1));
  }
  return { words, flags, verbatim: argv.slice(at + 1), ...valuesOf(values) };

  function long(word: string): void {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const value = equals < 0 ? undefined : word.slice(equals + 1);
    if (name.length > 1 && NO_EFFECT.includes(name)) return;
    const meaning = name.length > 1 ? MEANINGS.get(name) : undefined;
    if (!meaning) throw unknown(word, name);
    take(meaning, `--${name}`, value);
  }

  /** `-k`, `-m value`, `-mvalue`, `-kq`. */
  function short(word: string): void {
    for (let i = 1; i < word.length; i++) {
      const meaning = MEANINGS.get(word[i]!);
      if (!meaning) throw unknown(word, word.slice(1));
      if (takesNone(meaning)) {
        take(meaning, `-${word[i]}`, undefined);
        continue;
      }
      const rest = word.slice(i + 1).replace(/^=/, "");
      return take(meaning, `-${word[i]}`, i + 1 < word.length ? rest : undefined);
    }
  }

  function take({ flag, alias }: Meaning, name: string, given: string | undefined): void {
    const all = values.get(flag.name) ?? [];
    values.set(flag.name, all);
    if (takesNone({ flag, ...alias && { alias } })) {
      if (given !== undefined) throw usage(`${name} takes no value: leave out "=${given}"`);
      all.push(alias?.means ?? "");
      return;
    }
    const value = given ?? following();
    if (value === undefined || value === "") {
      throw usage(`${name} needs a value: ${name} <${flag.value}>`);
    }
    all.push(alias?.values?.[value] ?? value);
  }

  /** The next word, unless it is a flag. */
  function following(): string | undefined {
    const next = argv[at + 1];
    if (next === undefined || next === "--") return undefined;
    if (next.startsWith("-") && MEANINGS.has(next.replace(/^--?/, "").replace(/=.*/, ""))) {
      return undefined;
    }
    at++;
    return next;
  }
}

/** A flag that came from a text whose dashes were made pretty. */
function refuseOtherDash(word: string): void {
  const [, name] =
    /^[\u2010-\u2015\u2212][-\u2010-\u2015\u2212]?([a-z][a-z-]*)(?:=|$)/.exec(word) ?? [];
  if (name === undefined || !MEANINGS.has(name)) return;
  const dashes = name.length > 1 ? "--" : "-";
  throw usage(
    `${word} begins with a dash that is no hyphen: did you mean ${dashes}${name}? To send it as a prompt, put it after --`,
  );
}

function takesNone({ flag, alias }: Meaning): boolean {
  return flag.kind === "switch" || alias?.means !== undefined;
}

function unknown(word: string, name: string): InvalidArgumentError {
  const near = nearest(name, [...MEANINGS.keys()].filter((one) => one.length > 2));
  const shown = word.replace(/=.*/s, "");
  return usage(
    near === undefined
      ? `Unknown flag ${shown}: see --help, and put -- before a prompt that starts with a dash`
      : `Unknown flag ${shown}: did you mean --${near}?`,
  );
}

function valuesOf(values: ReadonlyMap<string, string[]>): Pick<Parsed, "options" | "given"> {
  const options: Record<string, unknown> = {};
  for (const flag of FLAGS as readonly Flag[]) {
    const all = values.get(flag.name);
    const key = flag.name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    if (flag.kind === "switch") options[key] = all !== undefined;
    else if (flag.kind === "list") options[key] = all ?? [];
    else if (all !== undefined) {
      if (all.length > 1) throw usage(`--${flag.name} is given twice: give it once`);
      options[key] = valueOf(flag, all[0]!);
    }
  }
  return { options: options as Options, given: [...values.keys()] };
}

function valueOf(flag: Flag, text: string): string | number {
  switch (flag.kind) {
    case "choice":
      if (flag.choices!.includes(text)) return text;
      throw usage(
        `Cannot use "${text}" as --${flag.name}: give ${oneOf(flag.choices!)}`,
      );
    case "number":
    case "dollars":
      return numberOf(flag, text);
    case "duration":
      return durationOf(flag, text);
    default:
      return text;
  }
}

function numberOf({ name, kind, min = 0, max = Number.MAX_SAFE_INTEGER }: Flag, text: string) {
  const number = Number(text);
  const digits = kind === "dollars" ? /^\d*\.?\d+$/ : /^\d+$/;
  if (digits.test(text) && number >= min && number <= max) return number;
  const what = kind === "dollars"
    ? "an amount such as 0.50"
    : max < Number.MAX_SAFE_INTEGER
    ? `a number from ${min} to ${max}`
    : `a whole number from ${min}`;
  throw usage(`Cannot use "${text}" as --${name}: give ${what}`);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds: a number without a unit is seconds. */
function durationOf({ name }: Flag, text: string): number {
  const [, digits, unit = "s"] = /^(\d*\.?\d+)(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Number(digits) * UNITS[unit]!;
  if (ms > 0) return ms;
  throw usage(`Cannot use "${text}" as --${name}: give seconds above 0, or such as 90s, 5m, 1h`);
}

function oneOf(choices: readonly string[]): string {
  return `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
}

function usage(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message);
}
