/**
 * The help, as strings made from the table.
 *
 * @module
 */
import { EXIT_CODES } from "../exit.ts";
import { COMMAND_ONLY, COMMANDS, COMMON } from "./commands.ts";
import { FLAGS } from "./flags.ts";
import { type CommandEntry, type Flag, GROUPS } from "./types.ts";

/** The variables that have an effect. */
export const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["OPENCODE_BIN", "the opencode program"],
  ["OPENCODE_SERVER_PASSWORD", "the password, with --attach"],
  ["OPENCODE_SERVER_USERNAME", "the user, with --attach"],
  ["OPENCODE_LOG", "debug, info, warn, error or off: what is logged on standard error"],
  ["NO_COLOR, FORCE_COLOR", "no colours; colours also where no terminal is"],
];

/**
 * What `--help` prints.
 *
 * @param width How wide a line may be, in characters.
 */
export function usage(width = 100): string {
  const table = tableIn(width);
  const text = (...lines: string[]) => wrap(lines.join(" "), width).join("\n");
  const flags = GROUPS.map((group) => {
    const of = FLAGS.filter((flag) => flag.group === group && !COMMAND_ONLY.includes(flag.name));
    return `${group}:\n${table(of.map((flag) => [flagName(flag), flagHelp(flag)]))}`;
  });
  return `${text("Ask the opencode coding agent, and watch its answer come.")}

Usage:
  opencode-ts [flags] <prompt…>
  command | opencode-ts [flags] [prompt…]     the prompt, then what the command writes
  opencode-ts <command> [flags]

${text("Commands (opencode-ts help <command> says more):")}
${table(COMMANDS.map((command) => [commandLine(command), command.help]))}

${flags.join("\n\n")}

${
    text(
      "A prompt that starts with a dash or a command's name goes after --. The answer goes to standard",
      "output, everything else to standard error.",
    )
  }

${
    text(
      "Standard input that is piped is added to the prompt. Where nothing arrives within 3 s, the",
      "prompt goes without it; - among the words waits as long as it takes, < /dev/null does not wait",
      "at all.",
    )
  }

${
    text(
      "With --keep the next call from the same directory goes on in the same session; a call without",
      "it does so for the last time, and stops the server.",
    )
  }

${text("The first Ctrl-C ends the turn, the second leaves at once.")}

Exit codes:
${table(EXIT_CODES.map(([code, text]) => [String(code), text]))}

Environment:
${table(ENVIRONMENT)}
`;
}

/** What `--help` prints after a command. */
export function commandUsage(command: CommandEntry, width = 100): string {
  const table = tableIn(width);
  const { name, subcommands = [], details } = command;
  const own = FLAGS.filter((flag) => [...command.flags, ...COMMON].includes(flag.name));
  const sections = [
    wrap(`${sentence(command.help)}.`, width).join("\n"),
    `Usage:\n  opencode-ts ${commandLine(command)} [flags]`,
  ];
  if (subcommands.length > 0) {
    const rows = subcommands.map(({ name, args, help }) =>
      [args ? `${name} ${args}` : name, help] as const
    );
    sections.push(`Commands of ${name}:\n${table(rows)}`);
  }
  if (details) sections.push(wrap(details, width).join("\n"));
  sections.push(`Flags:\n${table(own.map((flag) => [flagName(flag), flagHelp(flag)]))}`);
  return `${sections.join("\n\n")}\n`;
}

/** `-m, --model <provider/model>`. */
export function flagName({ name, short, value }: Flag): string {
  return `${short ? `-${short}, ` : "    "}--${name}${value ? ` <${value}>` : ""}`;
}

/** Its help, with the choices where the sentence does not name them. */
export function flagHelp({ help, choices }: Flag): string {
  const unnamed = choices?.some((choice) => !help.includes(choice));
  return unnamed ? `${help}; one of ${choices!.join(", ")}` : help;
}

function commandLine({ name, args }: CommandEntry): string {
  return args ? `${name} ${args}` : name;
}

type Rows = readonly (readonly [string, string])[];

/** Writes two columns; where the first is too wide, the second goes below it. */
function tableIn(width: number): (rows: Rows) => string {
  const most = width < 70 ? 6 : 34;
  return (rows) => {
    const left = Math.min(most, Math.max(...rows.map(([name]) => name.length)) + 2);
    return rows.map(([name, help]) => {
      const lines = wrap(help, width - 2 - left).join(`\n${" ".repeat(left + 2)}`);
      return name.length < left - 1
        ? `  ${name.padEnd(left)}${lines}`
        : `  ${name}\n${" ".repeat(left + 2)}${lines}`;
    }).join("\n");
  };
}

/** A text in lines of at most so many characters, cut at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && line.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}

function sentence(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
