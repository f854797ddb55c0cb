/**
 * The reference in `docs/cli.md`, made from the table.
 *
 * @module
 */
import { EXIT_CODES } from "../exit.ts";
import { COMMANDS } from "./commands.ts";
import { FLAGS } from "./flags.ts";
import { ENVIRONMENT, flagHelp } from "./help.ts";
import { type CommandEntry, type Flag, GROUPS } from "./types.ts";

/** Markdown: commands, flags by section, exit codes, variables. */
export function reference(): string {
  const commands = (COMMANDS as readonly CommandEntry[]).flatMap(
    ({ name, args, help, subcommands = [] }) => [
      row(code(`${name}${args ? ` ${args}` : ""}`), help),
      ...subcommands.map((sub) =>
        row(code(`${name} ${sub.name}${sub.args ? ` ${sub.args}` : ""}`), sub.help)
      ),
    ],
  );
  const sections = GROUPS.map((group) => {
    const flags = (FLAGS as readonly Flag[]).filter((flag) => flag.group === group);
    return `### ${group}\n\n${
      grid("flag", flags.map((flag) => row(flagCell(flag), flagHelp(flag))))
    }`;
  });
  return [
    `## Commands\n\n${grid("command", commands)}`,
    "## Flags",
    ...sections,
    `## Exit codes\n\n${grid("code", EXIT_CODES.map(([code, text]) => row(String(code), text)))}`,
    `## Environment\n\n${grid("variable", ENVIRONMENT.map(([name, text]) => row(name, text)))}`,
  ].join("\n\n");
}

function flagCell({ name, short, value }: Flag): string {
  const long = code(`--${name}${value ? ` <${value}>` : ""}`);
  return short ? `${code(`-${short}`)} ${long}` : long;
}

type Row = readonly [string, string];

function row(left: string, right: string): Row {
  return [left.replaceAll("|", "\\|"), right.replaceAll("|", "\\|")];
}

/** A table whose columns are padded, as the formatter wants them. */
function grid(title: string, rows: readonly Row[]): string {
  const all: Row[] = [[title, "what it does"], ...rows];
  const widths = [0, 1].map((i) => Math.max(...all.map((row) => row[i]!.length)));
  const line = (row: Row) => `| ${row[0].padEnd(widths[0]!)} | ${row[1].padEnd(widths[1]!)} |`;
  const rule = `| ${"-".repeat(widths[0]!)} | ${"-".repeat(widths[1]!)} |`;
  return [line(all[0]!), rule, ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}
