/** What somebody new types by mistake: each is answered in one line that says what to type. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { test } from "../harness.ts";
import { type Line, linesOf } from "./records.ts";
import { type Given, run, start, withPlace } from "./test_io.ts";
import { until } from "../agent.ts";

test("what is mistyped is answered in one line, and nothing is sent", async () => {
  await withPlace([], async (place) => {
    const { files } = host();
    const at = (name: string) => join(place.directory, name);
    await files.makeDir(at("dir"));
    await files.writeText(at("bad.json"), "{ nope");
    await files.writeText(at("type.json"), '{"properties":{"n":{"type":"nummer"}}}');
    await files.writeText(at("ref.json"), '{"items":{"$ref":"#/$defs/none"}}');
    const cases: [string[], string, Given?][] = [
      [["-explain this"], "put -- before a prompt that starts with a dash"],
      [["–-model", "a/b", "x"], "a dash that is no hyphen: did you mean --model?"],
      [["—help"], "did you mean --help?"],
      [["−m", "a/b", "x"], "did you mean -m?"],
      [["\n\t"], "There is no prompt"],
      [["--"], "There is no prompt"],
      [["--session", "bad", "x"], '"bad" is no session id, such as ses_1a2b'],
      [["--session", "../../etc", "x"], "is no session id"],
      [["sessions", "show", "a b"], "is no session id"],
      [["--json-schema", "bad.json", "x"], "bad.json is not JSON"],
      [
        ["--json-schema", "type.json", "x"],
        '#/properties/n/type has "nummer"; the types are array,',
      ],
      [["--json-schema", "ref.json", "x"], "#/items/$ref names #/$defs/none, which is not in the"],
      [["--json-schema", "dir", "x"], "Cannot read dir for --json-schema: it is a directory"],
      [["--json-schema", "-", "x"], "standard input is empty", { input: "" }],
      [["--append-system-prompt", "@no", "x"], "Cannot read no for --append-system-prompt: there"],
      [["-o", "dir", "x"], "Cannot write to dir (--output): it is a directory"],
      [["-o", "no/where", "x"], `Cannot write to no/where (--output): there is no directory`],
      [["auth"], "`opencode auth login`"],
      [["version"], "did you mean `opencode-ts --version`?"],
      [["serve"], "did you mean `opencode-ts web`?"],
      [["resume"], "did you mean `opencode-ts chat --continue`?"],
      [["upgrade"], "did you mean `opencode-ts install`?"],
      [["export"], "did you mean `opencode-ts sessions export`?"],
    ];
    for (const [argv, message, given] of cases) {
      const ran = argv.includes("--")
        ? await run([...place.at, ...argv], { env: place.env, cwd: place.directory })
        : await place.run(argv, given);
      assertEquals([argv, ran.code, ran.out], [argv, 2, ""], ran.err);
      assertStringIncludes(ran.err, message);
      assertEquals(ran.err.trim().split("\n").length, 1, ran.err);
    }
    assertEquals(place.model.requests.length, 0);
  });
  for (
    const [argv, message] of [
      [["--stop", "x"], "--stop takes no prompt"],
      [["recording", "show", "no-such-file"], "There is no recording"],
      [["stop", "x"], "Too many words for the command stop"],
      [["install", "x"], "Too many words for the command install"],
    ] as const
  ) {
    const ran = await run(argv);
    assertEquals([argv, ran.code, ran.out], [argv, 2, ""], ran.err);
    assertStringIncludes(ran.err, message);
  }
});

test("a prompt that begins with what is a command elsewhere is a prompt", async () => {
  await withPlace(() => "sent", async (place) => {
    for (const words of [["run", "the", "tests"], ["resume", "writing"], ["–", "a dash"]]) {
      assertEquals((await place.run(words)).out, "sent\n");
      assertEquals(place.model.requests.at(-1)!.prompt, words.join(" "));
    }
    const version = await place.run(["version"], { typed: [""], columns: 80 });
    assertEquals([version.code, version.out.startsWith("opencode-ts ")], [0, true], version.err);
  });
});

test("the result is the last line where the flag for it is itself mistyped", async () => {
  for (const flag of ["--json=yes", "--experimental-json=1"]) {
    const ran = await run([flag, "x"]);
    const [line, ...more] = linesOf(ran.out);
    assertEquals([ran.code, line!.type, line!.opencode.exit_code, more], [2, "result", 2, []]);
  }
});

test("-o has the answer in each format; a result says where it could not be written", async () => {
  const { files } = host();
  const schema = '{"type":"object","properties":{"n":{"type":"integer"}}}';
  const tool = { toolCalls: [{ name: "StructuredOutput", input: { n: 7 } }] };
  await withPlace((request) => request.prompt === "n" ? tool : "The answer.", async (place) => {
    const cases: [string[], string][] = [
      [["-o", "a.txt", "x"], "The answer.\n"],
      [["-o", "a.txt", "--output-format", "json", "x"], "The answer.\n"],
      [["-o", "a.txt", "--json", "x"], "The answer.\n"],
      [["-o", "a.txt", "--json-schema", schema, "n"], '{"n":7}\n'],
      [["-o", "a.txt", "--json-schema", schema, "--json", "n"], '{"n":7}\n'],
    ];
    const path = join(place.directory, "a.txt");
    for (const [argv, wanted] of cases) {
      const { code, err } = await place.run(argv);
      assertEquals([argv, code, await files.readText(path)], [argv, 0, wanted], err);
      await files.remove(path);
    }
  });
  const gate = Promise.withResolvers<void>();
  const script = [{ parts: [{ text: "half " }, { until: gate.promise }, { text: "whole" }] }];
  await withPlace(script, async (place) => {
    await files.makeDir(join(place.directory, "gone"));
    const running = place.start(["--json", "-o", "gone/a.txt", "x"]);
    await until(() => running.written().out.includes("half "), "the answer begins");
    await files.remove(join(place.directory, "gone"), { recursive: true });
    gate.resolve();
    const { code, out, err } = await running.done;
    assertEquals([code, err.trim().split("\n").length], [1, 1], err);
    assertStringIncludes(err, "Cannot write the answer to gone/a.txt");
    const results = linesOf(out).filter(({ type }) => type === "result");
    assertEquals(results.map(({ is_error, result }: Line) => [is_error, result]), [
      [true, "half whole"],
    ]);
  });
});

test("a schema that is awaited on standard input is asked for, and Ctrl-C ends it", async () => {
  const running = start(["--json-schema", "-", "x"], { input: "terminal", columns: 80 });
  await until(
    () => running.written().err.includes("Waiting for the schema on standard input"),
    "the user is told",
  );
  running.interrupt();
  assertEquals((await running.done).code, 130);
});

test("--file is repeatable, and each file reaches the model", async () => {
  await withPlace(() => "ok", async (place) => {
    const { files } = host();
    await files.writeText(join(place.directory, "one.txt"), "the first note");
    await files.writeText(join(place.directory, "two words.txt"), "the second note");
    const ran = await place.run(["-f", "one.txt", "--file=two words.txt", "read"]);
    assertEquals(ran.code, 0, ran.err);
    const sent = JSON.stringify(place.model.requests.at(-1)!.messages);
    assertStringIncludes(sent, "the first note");
    assertStringIncludes(sent, "the second note");
  });
});

test("colours follow --color, then NO_COLOR, then FORCE_COLOR, then the terminal", async () => {
  const script = ({ toolResults }: { toolResults: readonly unknown[] }) =>
    toolResults.length === 0
      ? { toolCalls: [{ name: "bash", input: { command: "echo hi", description: "x" } }] }
      : "done";
  const cases: [string[], Given, boolean][] = [
    [[], {}, false],
    [[], { columns: 80 }, true],
    [[], { columns: 80, env: { NO_COLOR: "1" } }, false],
    [[], { columns: 80, env: { TERM: "dumb" } }, false],
    [[], { env: { FORCE_COLOR: "1" } }, true],
    [[], { columns: 80, env: { FORCE_COLOR: "0" } }, false],
    [[], { env: { NO_COLOR: "1", FORCE_COLOR: "1" } }, false],
    [["--color", "always"], { env: { NO_COLOR: "1" } }, true],
    [["--color=never"], { columns: 80, env: { FORCE_COLOR: "1" } }, false],
  ];
  await withPlace(script, async (place) => {
    for (const [flags, given, painted] of cases) {
      const { code, err } = await place.run([...flags, "go"], given);
      const found = err.includes("\u001b[32m●");
      assertEquals([flags, given.env, code, found], [flags, given.env, 0, painted], err);
    }
  });
});

test("--attach with a wrong password is refused in one line, with what to give", async () => {
  await withPlace([], async (place) => {
    for (const password of ["wrong", ""]) {
      const ran = await place.run(["x"], { env: { OPENCODE_SERVER_PASSWORD: password } });
      assertEquals([ran.code, ran.out], [3, ""], ran.err);
      assertStringIncludes(ran.err, "refuses these credentials: give its user name and password");
      assertEquals(ran.err.trim().split("\n").length, 1, ran.err);
    }
  });
});
