/** The completion scripts in real shells; a shell that is not installed has its line among the ignored. */
import { assertEquals } from "@std/assert";
import { completions } from "../../src/cli/table/completions.ts";

type Shell = "bash" | "zsh" | "fish";

/** What a shell offers for the last word of a line. */
type Complete = (script: string, line: string) => Promise<string[]>;

async function output(command: string, args: string[], env: Record<string, string> = {}) {
  const { stdout, stderr, success } = await new Deno.Command(command, { args, env }).output();
  assertEquals(success, true, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim().split("\n").filter((line) => line !== "");
}

/** Types the line into an interactive zsh on a pseudo-terminal, then Tab; what `compadd` got is told. */
const ZSH = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT=; autoload -Uz compinit; compinit -u -D; source $1; print READY''NOW"
zpty -r shell out '*READYNOW*'
zpty -w shell 'compadd () { builtin compadd -A hits "$@"; print -rl -- $hits >>'$3'; builtin compadd "$@" }
ended () { print END >>'$3' }; zle -N ended; bindkey "^I" complete-word; bindkey "^X" ended; print SET''NOW'
zpty -r shell out '*SETNOW*'
zpty -w -n shell "$2"$'\\t\\x18'
until grep -q END $3 2>/dev/null; do zpty -r -t shell out; done
zpty -d shell
grep -v END $3 | sort -u`;

const SHELLS: Record<Shell, Complete> = {
  bash: (script, line) => {
    const [, ...words] = line.split(" ");
    const code = `. "$1"; shift; COMP_WORDS=(opencode-ts "$@"); COMP_CWORD=$#
_opencode_ts; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return output("bash", ["-c", code, "bash", script, ...words]);
  },
  zsh: async (script, line) => {
    const told = await Deno.makeTempFile();
    try {
      return await output("timeout", ["30", "zsh", "-f", "-c", ZSH, "zsh", script, line, told]);
    } finally {
      await Deno.remove(told);
    }
  },
  fish: async (script, line) => {
    const home = await Deno.makeTempDir();
    try {
      const code = `source ${script}; complete -C '${line}'`;
      const env = { HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
      const lines = await output("fish", ["--no-config", "-c", code], env);
      return lines.map((one) => one.split("\t")[0]!.replace(/^--[\w-]+=(?=.)/, ""));
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
};

const CASES: readonly (readonly [string, string])[] = [
  ["opencode-ts mod", "models"],
  ["opencode-ts sessions sh", "show"],
  ["opencode-ts completions z", "zsh"],
  ["opencode-ts --max-b", "--max-budget-usd"],
  ["opencode-ts x --max-b", "--max-budget-usd"],
  ["opencode-ts -m a/b --cont", "--continue"],
  ["opencode-ts x --output-format s", "stream-json"],
  ["opencode-ts sessions show x --fo", "--format"],
];

for (const shell of Object.keys(SHELLS) as Shell[]) {
  const installed = await new Deno.Command("sh", { args: ["-c", `command -v ${shell}`] }).output();
  Deno.test({
    name: `${shell} completes commands, flags and choices`,
    ignore: !installed.success,
    async fn() {
      const script = await Deno.makeTempFile();
      try {
        await Deno.writeTextFile(script, completions(shell));
        for (const [line, offered] of CASES) {
          assertEquals([line, await SHELLS[shell](script, line)], [line, [offered]]);
        }
      } finally {
        await Deno.remove(script);
      }
    },
  });
}
