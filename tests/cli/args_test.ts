import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readArgs } from "../../src/cli/args.ts";
import { RUNNABLE } from "../../src/cli/commands/run.ts";
import { COMMAND_ONLY, COMMANDS, COMMON } from "../../src/cli/table/commands.ts";
import { completions, SHELLS } from "../../src/cli/table/completions.ts";
import { FLAGS } from "../../src/cli/table/flags.ts";
import { commandUsage, usage } from "../../src/cli/table/help.ts";
import { nearest } from "../../src/text/nearest.ts";
import type { CommandEntry, Flag } from "../../src/cli/table/types.ts";
import { InvalidArgumentError } from "../../src/errors.ts";
import { test } from "../harness.ts";

test("readArgs takes words and flags in any order, short and long", () => {
  const argv = "-m a/b say hello --agent=plan -kq -d /x -p 0 -f a -f=b --max-budget-usd .5";
  const args = readArgs(argv.split(" "));
  assertEquals(args.words, ["say", "hello"]);
  assertEquals(
    [args.model, args.agent, args.keep, args.directory, args.port, args.quiet],
    ["a/b", "plan", true, "/x", 0, true],
  );
  assertEquals([args.file, args.maxBudgetUsd, args.command], [["a", "b"], 0.5, undefined]);
});

test("readArgs leaves everything after -- alone", () => {
  const args = readArgs(["--quiet", "--", "--help", "-", "1e3", "--"]);
  assertEquals([args.words, args.verbatim], [[], ["--help", "-", "1e3", "--"]]);
  assertEquals([args.quiet, args.help], [true, false]);
  assertEquals(readArgs(["--", "models"]).command, undefined);
});

test("readArgs keeps words that look like numbers as they are, and values that look like words", () => {
  assertEquals(readArgs(["007", "1e3", "0x10"]).words, ["007", "1e3", "0x10"]);
  assertEquals(
    readArgs(["--append-system-prompt", "- be brief", "x"]).appendSystemPrompt,
    "- be brief",
  );
  assertEquals(readArgs(["--json-schema", "-", "x"]).jsonSchema, "-");
});

test("readArgs reads durations as seconds, or with their unit", () => {
  const of = (text: string) => readArgs(["--timeout", text, "x"]).timeout;
  assertEquals(["90", "1.5", "500ms", "90s", "5m", "1h"].map(of), [
    90_000,
    1500,
    500,
    90_000,
    300_000,
    3_600_000,
  ]);
});

test("readArgs understands what claude, codex and opencode call the same", () => {
  const cases: [string, Partial<ReturnType<typeof readArgs>>][] = [
    ["--print --resume ses_1 --fork-session x", { session: "ses_1", fork: true }],
    ["-r ses_1 x", { session: "ses_1" }],
    ["-C /d --output-schema s.json --image a.png --output-last-message o x", {
      directory: "/d",
      jsonSchema: "s.json",
      file: ["a.png"],
      output: "o",
    }],
    ["--dir /d --format json --thinking x", {
      directory: "/d",
      outputFormat: "stream-json",
      showReasoning: true,
    }],
    ["--include-partial-messages --effort high --no-color x", { variant: "high", color: "never" }],
  ];
  for (const [line, wanted] of cases) {
    const args = readArgs(line.split(" "));
    const found = Object.fromEntries(
      Object.keys(wanted).map((key) => [key, args[key as keyof typeof args]]),
    );
    assertEquals([found, args.words], [wanted as Record<string, unknown>, ["x"]], line);
  }
});

test("readArgs refuses what it can't use, and says what to type", () => {
  const cases: [string[], string][] = [
    [["--nope"], "Unknown flag --nope"],
    [["-x"], "Unknown flag -x"],
    [["--modle=a/b", "hi"], "Unknown flag --modle: did you mean --model?"],
    [["--sesion", "x"], "did you mean --session?"],
    [["--model"], "--model needs a value"],
    [["--model="], "--model needs a value"],
    [["--model", "--keep", "x"], "--model needs a value"],
    [["-m", "a/b", "-m", "c/d"], "--model is given twice"],
    [["-m", "noslash", "x"], '"provider/model"'],
    [["--keep=yes", "x"], "--keep takes no value"],
    [["--port", "abc"], '"abc" as --port: give a number from 0 to 65535'],
    [["--port", "65536"], '"65536" as --port'],
    [["--port=-1"], '"-1" as --port'],
    [["--max-turns", "0", "x"], '"0" as --max-turns: give a whole number from 1'],
    [["--max-budget-usd", "x"], "give an amount such as 0.50"],
    [["--timeout", "0", "x"], "give seconds above 0"],
    [["--output-format", "xml", "x"], "give text, json or stream-json"],
    [["--attach", "localhost:4096"], "Cannot attach"],
    [["--attach", "htp://user:secret@host", "x"], "//***@host"],
    [["--demo", "--keep"], "--demo and --keep"],
    [["--demo", "--model", "a/b"], "--demo and --model"],
    [["--attach", "http://x", "--port", "1"], "--attach and --port"],
    [["--fork", "x"], "--fork needs --session"],
    [["--password", "x", "hi"], "go with --attach"],
    [["--json", "--output-format", "text", "x"], "don't go together"],
    [["--input-format", "stream-json"], "needs --output-format stream-json"],
    [["--all", "x"], "--all has no effect with a prompt"],
    [["models", "--fork", "--continue"], "has no effect with models"],
    [["models", "a", "b"], "Too many words for the command models"],
    [["doctor", "please"], "put -- before a prompt"],
    [["sessions", "shwo", "x"], "did you mean `sessions show`?"],
    [["sessions", "show", "a", "b"], "Too many words for the command sessions show"],
  ];
  for (const [argv, message] of cases) {
    const { message: text } = assertThrows(() => readArgs(argv), InvalidArgumentError, message);
    assertEquals(text.includes("\n"), false);
  }
});

test("readArgs notes a lone word that is nearly a command, and no other", () => {
  const meant = (line: string) => {
    const found = readArgs(line.split(" ")).meant;
    return found && [...found.command, ...found.flags];
  };
  assertEquals(meant("modles"), ["models"]);
  assertEquals(meant("Doctor"), ["doctor"]);
  assertEquals(meant("resume -q"), ["chat", "--continue", "-q"]);
  assertEquals(meant("sesions list"), ["sessions", "list"]);
  assertEquals(meant("--json agnets"), ["agents", "--json"]);
  assertEquals(meant("-d agnets agnets -m=a/b"), ["agents", "-d", "agnets", "-m=a/b"]);
  for (const line of ["hello", "modles are", "fix", "-- modles", "what", "sesions now"]) {
    assertEquals(meant(line), undefined, line);
  }
});

test("nearest takes a swap as one mistake, and nothing that is far", () => {
  assertEquals(nearest("hlep", ["keep", "help"]), "help");
  assertEquals(nearest("statss", ["stats", "status"]), "stats");
  assertEquals(nearest("banana", ["model", "agent"]), undefined);
});

test("the table is sound: names are used once, commands name flags that exist and can be run", () => {
  const names = (FLAGS as readonly Flag[]).flatMap(({ name, short, aliases = [] }) => [
    name,
    ...short ? [short] : [],
    ...aliases.map((alias) => alias.name),
  ]);
  assertEquals(names.filter((name, i) => names.indexOf(name) !== i), []);
  const known = FLAGS.map(({ name }) => name as string);
  const used = [
    ...COMMANDS.flatMap(({ flags }) => flags as readonly string[]),
    ...COMMON,
    ...COMMAND_ONLY,
  ];
  assertEquals(used.filter((name) => !known.includes(name)), []);
  const commands = COMMANDS.map(({ name }) => name as string).filter((name) => name !== "help");
  assertEquals([...RUNNABLE].sort(), commands.sort());
});

test("usage names every flag and command, and fits a terminal", () => {
  const text = usage();
  for (const { name } of FLAGS.filter(({ name }) => !COMMAND_ONLY.includes(name))) {
    assertStringIncludes(text, `--${name}`);
  }
  for (const command of COMMANDS as readonly CommandEntry[]) {
    assertStringIncludes(text, `\n  ${command.name}`);
    const own = commandUsage(command);
    for (const flag of command.flags) assertStringIncludes(own, `--${flag}`);
    assertEquals(own.split("\n").filter((line) => line.length > 100), []);
  }
  assertEquals(text.split("\n").filter((line) => line.length > 100), []);
  const narrow = usage(40).split("\n").filter((line) => line.length > 40);
  assertEquals(
    narrow.filter((line) => !/^ +(-., )? *--|^ {2}(sessions|command \||opencode-ts)/.test(line)),
    [],
  );
});

test("completions know every flag and command", () => {
  for (const shell of SHELLS) {
    const script = completions(shell);
    for (const { name } of FLAGS) assertStringIncludes(script, name, shell);
    for (const { name } of COMMANDS) assertStringIncludes(script, name, shell);
  }
});
