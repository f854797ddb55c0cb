import { assertEquals, assertThrows } from "@std/assert";
import { readArgs } from "../../src/cli/args.ts";
import { FLAGS } from "../../src/cli/flags.ts";
import { usage } from "../../src/cli/usage.ts";
import { InvalidArgumentError } from "../../src/errors.ts";
import { test } from "../harness.ts";

test("readArgs takes words and flags in any order, short and long", () => {
  const args = readArgs([
    "-m",
    "a/b",
    "say",
    "hello",
    "--agent=plan",
    "-k",
    "-d",
    "/x",
    "-p",
    "0",
    "-q",
  ]);
  assertEquals(args.words, ["say", "hello"]);
  assertEquals(
    [args.model, args.agent, args.keep, args.directory, args.port, args.quiet],
    ["a/b", "plan", true, "/x", 0, true],
  );
});

test("readArgs leaves everything after -- alone", () => {
  const args = readArgs(["--quiet", "--", "--help", "-", "1e3", "--"]);
  assertEquals([args.words, args.verbatim], [[], ["--help", "-", "1e3", "--"]]);
  assertEquals([args.quiet, args.help], [true, false]);
});

test("readArgs keeps words that look like numbers as they are", () => {
  assertEquals(readArgs(["007", "1e3", "0x10"]).words, ["007", "1e3", "0x10"]);
});

test("readArgs refuses what it can't use, and says what to do", () => {
  const cases: [string[], string][] = [
    [["--nope"], "Unknown flag --nope"],
    [["-x"], "Unknown flag -x"],
    [["--modle=a/b", "hi"], "Unknown flag --modle"],
    [["--model"], "--model needs a value"],
    [["--model="], "--model needs a value"],
    [["-m", "a/b", "-m", "c/d"], "--model is given twice"],
    [["--port", "abc"], '"abc" as a port'],
    [["--port", "65536"], '"65536" as a port'],
    [["--port=-1"], '"-1" as a port'],
    [["--attach", "localhost:4096"], "Cannot attach"],
    [["--demo", "--keep"], "--demo and --keep"],
    [["--demo", "--model", "a/b"], "--demo and --model"],
    [["--attach", "http://x", "--port", "1"], "--attach and --port"],
  ];
  for (const [argv, message] of cases) {
    assertThrows(() => readArgs(argv), InvalidArgumentError, message);
  }
});

test("usage names every flag, and fits a terminal", () => {
  const text = usage();
  for (const { name } of FLAGS) assertEquals(text.includes(`--${name}`), true, name);
  assertEquals(text.split("\n").filter((line) => line.length > 100), []);
});
