/**
 * Completion scripts for shells, made from the table.
 *
 * @module
 */
import { COMMAND_ONLY, COMMANDS, COMMON } from "./commands.ts";
import { FLAGS } from "./flags.ts";
import type { CommandEntry, Flag } from "./types.ts";

/** The shells that there are scripts for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** A script to be sourced. */
export function completions(shell: (typeof SHELLS)[number]): string {
  return { bash, zsh, fish }[shell]();
}

const COMMAND_LIST: readonly CommandEntry[] = COMMANDS;
const ALL: readonly Flag[] = FLAGS;

/** The flags after a command, or those of a prompt. */
function flagsOf(command?: CommandEntry): Flag[] {
  return command
    ? ALL.filter(({ name }) => [...command.flags, ...COMMON].includes(name))
    : ALL.filter(({ name }) => !COMMAND_ONLY.includes(name));
}

function wordsOf(command: CommandEntry): string[] {
  if (command.subcommands) return command.subcommands.map(({ name }) => name);
  if (command.name === "completions") return [...SHELLS];
  return command.name === "help" ? COMMAND_LIST.map(({ name }) => name) : [];
}

/** Flags whose value is a path. */
const isPath = ({ value }: Flag) => /path|file/.test(value ?? "");

function names(flags: readonly Flag[]): string {
  return flags.flatMap(({ name, short }) => short ? [`--${name}`, `-${short}`] : [`--${name}`])
    .join(" ");
}

function bash(): string {
  const values = ALL.filter(({ kind }) => kind !== "switch").map((flag) => {
    const pattern = flag.short ? `--${flag.name}|-${flag.short}` : `--${flag.name}`;
    const reply = flag.choices
      ? `COMPREPLY=($(compgen -W "${flag.choices.join(" ")}" -- "$current"))`
      : isPath(flag)
      ? `COMPREPLY=($(compgen -f -- "$current"))`
      : "COMPREPLY=()";
    return `    ${pattern}) ${reply}; return ;;`;
  });
  const words = COMMAND_LIST.map((command) =>
    `    ${command.name}) words="${[...wordsOf(command), names(flagsOf(command))].join(" ")}" ;;`
  );
  return `# opencode-ts completions for bash: source <(opencode-ts completions bash)
_opencode_ts() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words
  case "$previous" in
${values.join("\n")}
  esac
  case "\${COMP_WORDS[1]}" in
${words.join("\n")}
    *)
      words="${names(flagsOf())}"
      [ "$COMP_CWORD" = 1 ] && words="${COMMAND_LIST.map(({ name }) => name).join(" ")} $words"
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _opencode_ts opencode-ts
`;
}

function zsh(): string {
  const commands = COMMAND_LIST.map(({ name, help }) => `    ${quote(`${name}:${help}`)}`);
  const branches = COMMAND_LIST.map((command) => {
    const words = wordsOf(command);
    const first = words.length > 0 ? ` ${quote(`1: :(${words.join(" ")})`)}` : "";
    return `    ${command.name}) _arguments -s${first} ${REST} ${
      flagsOf(command).map(zshFlag).join(" ")
    } ;;`;
  });
  return `#compdef opencode-ts
# opencode-ts completions for zsh: source <(opencode-ts completions zsh)
_opencode_ts() {
  local -a commands
  commands=(
${commands.join("\n")}
  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe command commands
    return
  fi
  case $words[2] in
${
    branches.map((line) => line.replace("_arguments", "shift words; (( CURRENT-- )); _arguments"))
      .join("\n")
  }
    *) _arguments -s ${REST} ${flagsOf().map(zshFlag).join(" ")} ;;
  esac
}
compdef _opencode_ts opencode-ts
`;
}

/** Further words, such as a prompt's: without it zsh completes no flag after one. */
const REST = quote("*: :_files");

function zshFlag(flag: Flag): string {
  const { name, short, kind, value, choices, help } = flag;
  const text = help.replace(/[[\]:]/g, "\\$&");
  const action = choices ? `(${choices.join(" ")})` : isPath(flag) ? "_files" : " ";
  const argument = kind === "switch" ? "" : `:${value}:${action}`;
  const long = quote(`--${name}${kind === "switch" ? "" : "="}[${text}]${argument}`);
  return short ? `${long} ${quote(`-${short}[${text}]${argument}`)}` : long;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fish(): string {
  const flag = (condition: string) => ({ name, short, kind, choices, help, value }: Flag) => {
    const takes = kind === "switch"
      ? ""
      : choices
      ? ` -x -a ${fishQuote(choices.join(" "))}`
      : isPath({ value } as Flag)
      ? " -r -F"
      : " -x";
    return `complete -c opencode-ts -n ${fishQuote(condition)}${
      short ? ` -s ${short}` : ""
    } -l ${name}${takes} -d ${fishQuote(help)}`;
  };
  const list = COMMAND_LIST.map(({ name }) => name).join(" ");
  const none = `not __fish_seen_subcommand_from ${list}`;
  const lines = [
    "# opencode-ts completions for fish: opencode-ts completions fish | source",
    "complete -c opencode-ts -f",
    ...COMMAND_LIST.map(({ name, help }) =>
      `complete -c opencode-ts -n __fish_use_subcommand -a ${name} -d ${fishQuote(help)}`
    ),
    ...flagsOf().map(flag(none)),
    ...COMMAND_LIST.flatMap((command) => {
      const condition = `__fish_seen_subcommand_from ${command.name}`;
      const words = wordsOf(command);
      return [
        ...words.length > 0
          ? [`complete -c opencode-ts -n ${fishQuote(condition)} -a ${fishQuote(words.join(" "))}`]
          : [],
        ...flagsOf(command).map(flag(condition)),
      ];
    }),
  ];
  return `${lines.join("\n")}\n`;
}

function fishQuote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
