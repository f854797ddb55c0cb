import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { until } from "../agent.ts";
import { test } from "../harness.ts";
import { run, withPlace } from "./test_io.ts";

test("the command line streams the answer to standard output, and nothing else", async () => {
  await withPlace(["The answer."], async (place) => {
    const { code, out, err } = await place.run(["what", "is", "it"]);
    assertEquals([code, out], [0, "The answer.\n"], err);
    assertEquals(place.model.requests[0]!.prompt, "what is it");
  });
});

test("the command line adds what is piped in to the prompt, byte for byte", async () => {
  const input = '\ufefffrom a "pipe" \\n 🚀\nwith lines\n';
  const cases: [string[], string | undefined, string][] = [
    [["explain"], input, `explain\n\n${input}`],
    [["explain", "-"], input, `explain\n\n${input}`],
    [[], input, input],
    [["explain"], "", "explain"],
    [["explain"], " \n", "explain"],
    [["007", "1e3"], undefined, "007 1e3"],
  ];
  await withPlace(() => "ok", async (place) => {
    for (const [argv, given, prompt] of cases) {
      const { code, err } = await place.run(argv, given === undefined ? {} : { input: given });
      assertEquals([code, place.model.requests.at(-1)!.prompt], [0, prompt], err);
    }
    const last = await run([...place.at, "--", "--help", "-m", "models"], {
      cwd: place.directory,
      env: place.env,
    });
    assertEquals([last.code, place.model.requests.at(-1)!.prompt], [0, "--help -m models"]);
  });
});

test("the command line waits for a slow pipe, and not for ever for one that stays silent", async () => {
  await withPlace(() => "ok", async (place) => {
    const slow = await place.run(["explain"], {
      input: async (write) => {
        await new Promise((resolve) => setTimeout(resolve, 500));
        write("first ");
        await new Promise((resolve) => setTimeout(resolve, 500));
        write("second");
      },
    });
    assertEquals([slow.code, slow.err], [0, ""]);
    assertEquals(place.model.requests.at(-1)!.prompt, "explain\n\nfirst second");
    const silent = await place.run(["go"], { input: "silent" });
    assertEquals([silent.code, silent.out], [0, "ok\n"]);
    assertStringIncludes(silent.err, "Nothing arrived on standard input within 3 s");
    assertEquals(place.model.requests.at(-1)!.prompt, "go");
  });
});

test("the command line exits with 2 on a usage error, in one line, and asks nobody", async () => {
  await withPlace([], async (place) => {
    const cases: [string[], string][] = [
      [["--nope", "x"], "Unknown flag --nope"],
      [[""], "There is no prompt"],
      [[], "There is no prompt"],
      [["  "], "There is no prompt"],
      [["modles"], "did you mean `opencode-ts models`?"],
      [["help", "modles"], "did you mean `help models`?"],
      [["help", "me", "with", "this"], "send it as a prompt: opencode-ts -- help me with this"],
      [["--session", "ses_nobody", "x"], "There is no session ses_nobody"],
      [["--continue", "x"], "There is no session to continue"],
      [["--json-schema", "none.json", "x"], "Cannot read none.json"],
      [["--json-schema", "[1]", "x"], "Cannot read [1]"],
      [["--json-schema", "{1", "x"], "Cannot use --json-schema"],
      [["--append-system-prompt", "@none.md", "x"], "Cannot read none.md"],
      [["--file", "none.png", "x"], "none.png"],
      [["sessions", "show"], "Which session?"],
      [["sessions", "show", "ses_nobody"], "There is no session ses_nobody"],
    ];
    for (const [argv, message] of cases) {
      const { code, out, err } = await place.run(argv);
      assertEquals([code, out], [2, ""], `${argv}: ${err}`);
      assertStringIncludes(err, message);
      assertEquals(err.trim().split("\n").length, 1, err);
    }
    assertEquals(place.model.requests.length, 0);
  });
  for (
    const [words, message] of [["-d /no/such x", "no such directory"], [
      "-d deno.json x",
      "not a directory",
    ]]
  ) {
    const { code, err } = await run(words!.split(" "));
    assertEquals(code, 2, err);
    assertStringIncludes(err, message!);
  }
});

test("the command line prints help and version to standard output", async () => {
  const help = await run(["--help"]);
  assertEquals([help.code, help.err], [0, ""]);
  assertStringIncludes(help.out, "--keep");
  assertEquals(await run(["help"]), help);
  const own = await run(["sessions", "--help"]);
  assertStringIncludes(own.out, "delete <id>…");
  assertEquals(await run(["help", "sessions"]), own);
  assertEquals(await run(["help", "sessions", "list"]), own);
  assertEquals(await run(["sessions", "list", "-h"]), own);
  const version = await run(["--version"]);
  assert(/^opencode-ts \d+\.\d+\.\d+ \(opencode 1\.\d+\.\d+\)\n$/.test(version.out), version.out);
});

test("the command line exits with 3 where there is no server or no program", async () => {
  const dead = await run(["--attach", "http://127.0.0.1:9", "x"]);
  assertEquals([dead.code, dead.out], [3, ""]);
  assertStringIncludes(dead.err, "http://127.0.0.1:9");
  const none = await run(["--binary", "/no/such/program", "x"]);
  assertEquals([none.code, none.out], [3, ""]);
  assertStringIncludes(none.err, "/no/such/program");
  for (const { err } of [dead, none]) assertEquals(err.trim().split("\n").length, 1, err);
  const verbose = await run(["--verbose", "--attach", "http://127.0.0.1:9", "x"]);
  assert(verbose.err.trim().split("\n").length > 1, verbose.err);
});

test("the command line exits with 4 where the model fails, with the provider's words", async () => {
  await withPlace([{ status: 401, body: { error: { message: "bad key" } } }], async (place) => {
    const { code, out, err } = await place.run(["x"]);
    assertEquals([code, out], [4, ""], err);
    assertStringIncludes(err, "bad key");
    const agent = await place.run(["--agent", "nobody", "x"]);
    assertEquals(agent.code === 0, false);
    assertStringIncludes(agent.err, "nobody");
  });
});

const CALL = { name: "bash", input: { command: "echo made > made", description: "x" } };

test("the command line exits with 5 where no one could be asked for a permission", async () => {
  await withPlace([{ toolCalls: [CALL] }, "I could not."], async (place) => {
    const config = { ...place.model.config, permission: { bash: "ask" } };
    await host().files.writeText(join(place.directory, "opencode.json"), JSON.stringify(config));
    const { code, out, err } = await place.run(["go"]);
    assertEquals([code, out], [5, "I could not.\n"], err);
    assertStringIncludes(err, "echo made > made");
    assertEquals(await host().files.exists(join(place.directory, "made")), false);
  });
});

const SCHEMA = JSON.stringify({
  type: "object",
  properties: { n: { type: "integer" } },
  required: ["n"],
});

test("the command line answers with JSON that satisfies a schema, or exits with 6", async () => {
  const good = { toolCalls: [{ name: "StructuredOutput", input: { n: 7 } }] };
  await withPlace([good], async (place) => {
    await host().files.writeText(join(place.directory, "s.json"), SCHEMA);
    const { code, out, err } = await place.run(["--json-schema", "s.json", "give n"]);
    assertEquals([code, JSON.parse(out)], [0, { n: 7 }], err);
  });
  const bad = { toolCalls: [{ name: "StructuredOutput", input: { n: "seven" } }] };
  await withPlace(() => bad, async (place) => {
    const { code, out, err } = await place.run(["--json-schema", "-", "give n"], { input: SCHEMA });
    assertEquals([code, out], [6, ""], err);
  });
});

test("the command line exits with 7 past a limit, and with 124 past a timeout", async () => {
  await withPlace(() => ({ toolCalls: [CALL] }), async (place) => {
    const { code, err } = await place.run(["--max-turns", "2", "go"]);
    assertEquals(code, 7, err);
    const tokens = await place.run(["--max-tokens", "20", "go"]);
    assertEquals(tokens.code, 7, tokens.err);
  });
  const never = new Promise(() => {});
  await withPlace(() => ({ parts: [{ text: "half " }, { until: never }] }), async (place) => {
    const whole = await place.run(["--timeout", "3", "go"]);
    assertEquals([whole.code, whole.out], [124, "half "], whole.err);
    assertStringIncludes(whole.err, "--timeout");
    const idle = await place.run(["--idle-timeout", "1", "go"]);
    assertEquals([idle.code, idle.out], [124, "half "], idle.err);
  });
});

test("the first Ctrl-C ends the turn, and SIGTERM has a code of its own", async () => {
  const never = new Promise(() => {});
  await withPlace(() => ({ parts: [{ text: "half " }, { until: never }] }), async (place) => {
    for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
      const running = place.start(["go"]);
      await until(() => running.written().out === "half ", "the answer begins");
      running.interrupt(signal);
      assertEquals(await running.done, { code, out: "half ", err: "" });
    }
  });
});

test("the command line exits with 141 where nobody reads its output", async () => {
  await withPlace(() => ({ text: Array(30).fill("word "), chunkDelay: 20 }), async (place) => {
    const { code, err } = await place.run(["go"], { hangUpAfter: 2 });
    assertEquals([code, err], [141, ""]);
  });
});

test("the command line goes on in a session, in the last one, or in a copy", async () => {
  const script = (request: { messages: readonly { role: string }[] }) =>
    `messages: ${request.messages.filter(({ role }) => role === "user").length}`;
  await withPlace(script, async (place) => {
    const first = await place.run(["--output-format", "json", "one"]);
    const id = JSON.parse(first.out).session_id as string;
    assertEquals((await place.run(["-s", id, "two"])).out, "messages: 2\n");
    assertEquals((await place.run(["--continue", "three"])).out, "messages: 3\n");
    const fork = await place.run(["--json", "--fork", "-c", "four"]);
    const result = JSON.parse(fork.out.trim().split("\n").at(-1)!);
    assertEquals([result.result, result.session_id === id], ["messages: 4", false]);
    assertEquals((await place.run(["-s", id, "four again"])).out, "messages: 4\n");
  });
});

test("the command line hands on files, a system prompt and the flags of the model", async () => {
  await withPlace(() => "ok", async (place) => {
    const { files } = host();
    await files.writeText(join(place.directory, "note.txt"), "a note of mine");
    await files.writeText(join(place.directory, "rules.md"), "Answer in rhymes.");
    const argv = ["-f", "note.txt", "--append-system-prompt", "@rules.md", "-m", "scripted/model"];
    const { code, err } = await place.run([...argv, "-o", "answer.txt", "read"]);
    assertEquals(code, 0, err);
    const request = place.model.requests.at(-1)!;
    assertStringIncludes(JSON.stringify(request.messages), "a note of mine");
    assertStringIncludes(request.system, "Answer in rhymes.");
    assertEquals(await files.readText(join(place.directory, "answer.txt")), "ok\n");
    assertEquals(request.model, "model");
  });
});

test("the command line says what the server's tools did, unless it is to be quiet", async () => {
  const script = (request: { toolResults: readonly unknown[] }) =>
    request.toolResults.length === 0
      ? { toolCalls: [CALL, { name: "read", input: { filePath: "none.txt" } }] }
      : "done";
  await withPlace(script, async (place) => {
    const loud = await place.run(["go"]);
    assertEquals([loud.code, loud.out], [0, "done\n"], loud.err);
    assertStringIncludes(loud.err, "● bash echo made > made\n");
    assertStringIncludes(loud.err, "✗ read none.txt: ");
    // nothing decorative in a pipe
    // deno-lint-ignore no-control-regex
    assertEquals(/[\x1b\r]|scripted\/model/.test(loud.err), false, loud.err);
    assertEquals((await place.run(["-q", "go"])).err, "");
  });
});

test("a lone word that is nearly a command is asked about on a terminal", async () => {
  await withPlace(() => "sent", async (place) => {
    const yes = await place.run(["agnets"], { typed: [""], columns: 80 });
    assertEquals(yes.code, 0, yes.err);
    assertStringIncludes(yes.out, "build");
    assertEquals(yes.out.split("\n").filter((line) => line.startsWith("plan")).length, 1);
    assertStringIncludes(yes.err, 'Did you mean the command "agents"?');
    const prompt = await place.run(["agnets"], { typed: ["p"], columns: 80 });
    assertEquals([prompt.code, prompt.out], [0, "sent\n"]);
    assertEquals(place.model.requests.at(-1)!.prompt, "agnets");
    assertEquals((await place.run(["agnets"], { typed: ["n"], columns: 80 })).code, 2);
  });
});

test("a password in the arguments is warned of", async () => {
  const argv = ["--attach", "http://127.0.0.1:9", "--password", "secret", "x"];
  const { code, err } = await run(argv);
  assertEquals([code, err.includes("OPENCODE_SERVER_PASSWORD"), err.includes("secret")], [
    3,
    true,
    false,
  ]);
});

test("the first Ctrl-C says what it ends, by command", async () => {
  const hang = [{ text: "never ends", ending: "hang" as const }];
  await withPlace(hang, async (place) => {
    const page = place.start(["web", "--port", "0"], { columns: 80 });
    await until(() => /^http/m.test(page.written().out), "the address");
    page.interrupt();
    const { code, err } = await page.done;
    assertEquals(code, 0, err);
    assertStringIncludes(err, "Stopping the page and its server; Ctrl-C again leaves at once");
    assertEquals(err.includes("Ending the turn"), false, err);
    const turn = place.start(["go"], { columns: 80 });
    await until(() => turn.written().out.includes("never ends"), "the answer");
    turn.interrupt();
    const ended = await turn.done;
    assertEquals(ended.code, 130, ended.err);
    assertStringIncludes(ended.err, "Ending the turn; Ctrl-C again leaves at once");
  });
});

test("a mistyped model or agent is told with what there is, before anything is sent", async () => {
  await withPlace([], async (place) => {
    const model = await place.run(["-m", "scripted/modle", "x"]);
    assertEquals([model.code, model.out], [2, ""]);
    assertStringIncludes(
      model.err,
      'Unknown model "scripted/modle"; did you mean "scripted/model"? scripted has scripted/model',
    );
    const agent = await place.run(["--agent", "biuld", "x"]);
    assertEquals(agent.code, 2);
    assertStringIncludes(agent.err, 'Unknown agent "biuld"; did you mean "build"? The agents here');
    assertEquals(place.model.requests.length, 0);
  });
});

test("the command line does not end before what it says is written", async () => {
  await withPlace(["The answer."], async (place) => {
    const { err } = await place.run(["go"], { columns: 80, slowErrors: 300 });
    assertStringIncludes(err, "scripted/model · ");
  });
});
