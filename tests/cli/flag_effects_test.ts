/** Flags that must have an effect, alone and beside another, and those that contradict each other. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import type { ModelRequest } from "../../src/testing/script.ts";
import { until } from "../agent.ts";
import { test } from "../harness.ts";
import { ENTER, withChat } from "./chat/person.ts";
import { type Place, run, withPlace } from "./test_io.ts";

test("a flag that a command can't use is a usage error, in one line that says what to type", async () => {
  const cases: [string, string][] = [
    ["models --attach nowhere", 'Cannot attach to "nowhere": give the address of a server'],
    ["chat --attach localhost:4096", 'Cannot attach to "localhost:4096"'],
    ["web --attach ftp://x", 'Cannot attach to "ftp://x"'],
    ["chat --model noslash", '"provider/model"'],
    ["web -m noslash", '"provider/model"'],
    ["chat --allowed-tools bsah", "did you mean bash?"],
    ["--stop --keep", "--keep has no effect with stop: see `opencode-ts stop --help`"],
    ["--stop -m a/b", "--model has no effect with stop"],
    ["stop --continue", "--continue has no effect with stop"],
    ["sessions list -o x", "--output has no effect with sessions list"],
    ["sessions -o x", "--output has no effect with sessions"],
    ["sessions list --format md", "--format has no effect with sessions list"],
    ["sessions list --show-reasoning", "--show-reasoning has no effect with sessions list"],
    ["sessions show ses_1 --all", "--all has no effect with sessions show"],
    ["sessions show ses_1 --json --format md", "--json and --format md don't go together"],
    ["sessions export ses_1 --format md", "--format has no effect with sessions export"],
    ["sessions delete ses_1 --all", "--all has no effect with sessions delete"],
    ["sessions delete ses_1 -o x", "--output has no effect with sessions delete"],
    ["--json-schema - x -", "- among the words and --json-schema - both take standard input"],
    ["--json --input-format stream-json x -", "both take standard input: leave one out"],
    ["--json --input-format stream-json --json-schema -", "both take standard input"],
  ];
  for (const [line, message] of cases) {
    const { code, err } = await run(line.split(" "));
    assertEquals([line, code], [line, 2], err);
    assertStringIncludes(err, message);
    assertEquals(err.trim().split("\n").length, 1, err);
  }
});

test("sessions show, delete and list take --json, and --format json for the same", async () => {
  await withPlace(() => "An answer", async (place) => {
    await place.run(["What is a river?"]);
    const [{ id }] = JSON.parse((await place.run(["sessions", "--format", "json"])).out);
    for (const flags of [["--json"], ["--format", "json"], ["--format=json", "--json"]]) {
      const shown = await place.run(["sessions", "show", id, ...flags]);
      assertEquals([shown.code, JSON.parse(shown.out).session.id], [0, id], shown.err);
    }
    const exported = await place.run(["sessions", "export", id, "--json"]);
    assertEquals(JSON.parse(exported.out).session.id, id, exported.err);
    for (const [path, why] of [[".", "it is a directory"], ["no/where", "there is no directory"]]) {
      const nowhere = await place.run(["sessions", "export", id, "-o", path!]);
      assertEquals([nowhere.code, nowhere.out], [2, ""], nowhere.err);
      assertStringIncludes(nowhere.err, `Cannot write to ${path} (--output): ${why}`);
    }
    const deleted = await place.run(["sessions", "delete", id, "--json"]);
    assertEquals([deleted.code, JSON.parse(deleted.out)], [0, [id]], deleted.err);
  });
});

test("--file goes with the first prompt of --input-format stream-json", async () => {
  await withPlace(() => "ok", async (place) => {
    await host().files.writeText(join(place.directory, "note.txt"), "a note of mine");
    const line = (content: string) =>
      JSON.stringify({ type: "user", message: { role: "user", content } });
    const flags = ["--json", "--input-format", "stream-json", "-f", "note.txt"];
    const ran = await place.run(flags, { input: `${line("one")}\n${line("two")}\n` });
    assertEquals(ran.code, 0, ran.err);
    const users = place.model.requests.map(({ messages }) =>
      messages.filter(({ role }) => role === "user").map((one) =>
        JSON.stringify(one).includes("a note of mine")
      )
    );
    assertEquals(users, [[true], [true, false]]);
  });
});

test("a chat that nobody watches ends with the code of the first prompt that failed", async () => {
  const refuse = { status: 401, body: { error: { message: "bad key" } } };
  await withPlace(({ prompt }) => prompt === "fail" ? refuse : "fine", async (place) => {
    const code = async (input: string, ...flags: string[]) =>
      (await place.run(["chat", ...flags], { input })).code;
    assertEquals(await code("well\n"), 0);
    assertEquals(await code("fail\nwell\n"), 4);
    assertEquals(await code("well\n", "--agent", "nobody"), 2);
  });
  const command = { name: "bash", input: { command: "touch made", description: "x" } };
  const script = ({ toolResults }: { toolResults: readonly unknown[] }) =>
    toolResults.length > 0 ? "I could not." : { toolCalls: [command] };
  await withPlace(script, async (place) => {
    const asked = await place.run(["chat", "--permission", "ask"], { input: "go\n" });
    assertEquals(asked.code, 5, asked.out + asked.err);
    assertEquals(await host().files.exists(join(place.directory, "made")), false);
  });
});

test("--timeout ends every command that lasts, with exit code 124", async () => {
  await withPlace(() => "ok", async (place) => {
    for (const argv of [["web", "-p", "0"], ["chat"], ["models"], ["sessions"], ["agents"]]) {
      const given = argv[0] === "chat" ? { input: "silent" as const } : {};
      const timeout = argv[0] === "chat" || argv[0] === "web" ? "1" : "1ms";
      const { code, err } = await place.run([...argv, "--timeout", timeout], given);
      assertEquals([argv, code], [argv, 124], err);
      assertStringIncludes(err, `Not finished after ${timeout === "1" ? "1" : "0.001"} s`);
    }
  });
});

test("--append-system-prompt reaches the model from a chat", async () => {
  await withPlace(() => "ok", async (place) => {
    await host().files.writeText(join(place.directory, "rules.md"), "Answer in rhymes.");
    const flags = ["--append-system-prompt", "@rules.md"];
    const { code, err } = await place.run(["chat", ...flags], { input: "hi\n" });
    assertEquals(code, 0, err);
    assertStringIncludes(place.model.requests.at(-1)!.system, "Answer in rhymes.");
  });
});

test("where no provider is set up, the flag that names a model is told", async () => {
  await withPlace([], async (place) => {
    const { files } = host();
    await files.writeText(join(place.directory, "opencode.json"), "{}");
    const { code, err } = await place.run(["--json", "x"]);
    assertEquals(code, 4, err);
    assertStringIncludes(err, "name one with `--model`");
  });
});

/** Adds to the configuration of a place, before anything has asked for it. */
async function configure(place: Place, change: (config: Config) => Config): Promise<void> {
  const path = join(place.directory, "opencode.json");
  const { files } = host();
  await files.writeText(path, JSON.stringify(change(JSON.parse(await files.readText(path)))));
}

interface Config {
  provider: { scripted: { models: Record<string, object> } };
  [key: string]: unknown;
}

test("--variant is one of the model that is going to answer, named or not", async () => {
  await withPlace(() => "ok", async (place) => {
    await configure(place, ({ provider, ...config }) => {
      const { models } = provider.scripted;
      const { model } = models;
      models["model"] = { ...model, variants: { deep: { reasoningEffort: "high" } } };
      models["other"] = { ...model, variants: { wide: { reasoningEffort: "low" } } };
      const own = { mode: "primary", model: "scripted/other", prompt: "mine" };
      return { ...config, provider, agent: { own } };
    });
    const refused = async (model: string, ...argv: string[]) => {
      const before = place.model.requests.length;
      const { code, out, err } = await place.run([...argv, "x"]);
      assertEquals([argv, code, out], [argv, 2, ""], err);
      assertStringIncludes(err, `Unknown variant "${argv[1]}"; ${model} has`);
      assertEquals(place.model.requests.length, before);
    };
    const taken = async (model: string, effort: string, ...argv: string[]) => {
      const { code, err } = await place.run([...argv, "x"]);
      const { body } = place.model.requests.at(-1)!;
      const { model: asked, reasoning_effort } = body as Record<string, unknown>;
      assertEquals([argv, code, asked, reasoning_effort], [argv, 0, model, effort], err);
    };
    await refused("scripted/model", "--variant", "wide");
    await refused("scripted/other", "--variant", "deep", "-m", "scripted/other");
    await refused("scripted/other", "--effort", "deep", "--agent", "own");
    await taken("model", "high", "--variant", "deep");
    await taken("other", "low", "--effort=wide", "--agent", "own");
    await taken("other", "low", "--variant=wide", "-m", "scripted/other");
    await refused("scripted/other", "--variant", "deep", "--continue");
    await taken("other", "low", "--variant", "wide", "-c");
  });
});

test("web asks the model and the agent of its flags", async () => {
  await withPlace(() => "ok", async (place) => {
    await configure(place, ({ provider, ...config }) => {
      const { models } = provider.scripted;
      models["other"] = { ...models["model"] };
      return { ...config, provider, agent: { own: { mode: "primary", prompt: "Mine." } } };
    });
    const flags = ["-p", "0", "-m", "scripted/other", "--agent", "own"];
    const running = place.start(["web", ...flags]);
    await until(() => /^http/m.test(running.written().out), "the address");
    const url = new URL(running.written().out.trim());
    const page = await fetch(url);
    await page.body?.cancel();
    const cookie = page.headers.get("set-cookie")!.split(";")[0]!;
    const call = async (path: string, body: unknown) => {
      const headers = { cookie, origin: url.origin, "content-type": "application/json" };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      return await (await fetch(`${url.origin}/api/${path}`, init)).text();
    };
    const { id } = JSON.parse(await call("sessions", { title: "x" }));
    await call(`sessions/${id}/prompt`, { text: "hi" });
    await until(() => place.model.requests.length === 1, "the model is asked");
    const { model, system } = place.model.requests[0]!;
    assertEquals([model, system.startsWith("Mine.")], ["other", true]);
    running.interrupt();
    assertEquals((await running.done).code, 0);
  });
});

test("lists of tools go by the rules of the agent that takes the prompt", async () => {
  const command = { name: "bash", input: { command: "touch made", description: "x" } };
  const script = ({ toolResults }: { toolResults: readonly unknown[] }) =>
    toolResults.length > 0 ? "done" : { toolCalls: [command] };
  const made = async (fallback: string, ...flags: string[]) => {
    let found = false;
    await withPlace(script, async (place) => {
      await configure(place, (config) => ({
        ...config,
        default_agent: fallback,
        agent: {
          build: { permission: { bash: "deny" } },
          free: { mode: "primary", prompt: "x", permission: { bash: "allow" } },
        },
      }));
      const { code, err } = await place.run(["--allowed-tools", "read", ...flags, "x"]);
      assertEquals(code, 0, err);
      found = await host().files.exists(join(place.directory, "made"));
    });
    return found;
  };
  assertEquals(await made("build"), false);
  assertEquals(await made("free"), true);
  assertEquals(await made("free", "--agent", "build"), false);
});

test("chat --show-reasoning keeps the reasoning apart from the answer, and on standard error", async () => {
  const script = { reasoning: "I think so", text: "the answer" };
  await withPlace(() => script, async (place) => {
    const { out, err } = await place.run(["chat", "--show-reasoning"], { input: "go\nagain\n" });
    assertEquals(out, "the answer\nthe answer\n");
    assertEquals(err.split("\n").filter((line) => line === "I think so").length, 2, err);
    const hidden = await place.run(["chat"], { input: "go\n" });
    assertEquals([hidden.out, hidden.err.includes("think")], ["the answer\n", false]);
  });
  await withChat([script], async ({ person }) => {
    person.type("go" + ENTER);
    await person.sees("5 out");
    assertStringIncludes(person.screen, "> go\nI think so\nthe answer\nscripted/model");
  }, { reasoning: true });
});

test("chat --quiet writes the answer, and nothing else but errors", async () => {
  const call = { name: "bash", input: { command: "echo hi", description: "x" } };
  const script = ({ prompt, toolResults }: ModelRequest) =>
    prompt === "fail"
      ? { status: 401, body: { error: { message: "bad key" } } }
      : toolResults.length > 0
      ? "done"
      : { toolCalls: [call] };
  await withPlace(script, async (place) => {
    const loud = await place.run(["chat"], { input: "go\n" });
    assertEquals([loud.out, /bash echo hi[^]* out · /.test(loud.err)], ["done\n", true], loud.err);
    const quiet = await place.run(["chat", "-q"], { input: "go\n" });
    assertEquals([quiet.code, quiet.out, quiet.err], [0, "done\n", ""]);
    const failed = await place.run(["chat", "-q"], { input: "fail\n" });
    assertStringIncludes(failed.err, "bad key");
  });
});

test("-o - and a lone @ are refused, with what to type", async () => {
  await withPlace([], async (place) => {
    const output = await place.run(["-o", "-", "x"]);
    assertEquals([output.code, output.out], [2, ""], output.err);
    assertStringIncludes(output.err, "the answer goes to standard output anyway: give a file");
    const system = await place.run(["--append-system-prompt", "@", "x"]);
    assertEquals([system.code, system.out], [2, ""], system.err);
    assertStringIncludes(
      system.err,
      "--append-system-prompt @ names no file: give @file, or a text",
    );
    assertEquals(await host().files.exists(join(place.directory, "-")), false);
  });
});

test("--show-reasoning: what follows a piece of reasoning begins a line, in each format", async () => {
  const call = { name: "bash", input: { command: "echo hi", description: "x" } };
  const script = ({ toolResults }: { toolResults: readonly unknown[] }) =>
    toolResults.length > 0
      ? { reasoning: "And now", text: "done" }
      : { reasoning: "First this", toolCalls: [call] };
  await withPlace(script, async (place) => {
    for (const format of ["text", "json", "stream-json"]) {
      const flags = ["--show-reasoning", "--output-format", format];
      const { code, out, err } = await place.run([...flags, "go"]);
      const lines = err.split("\n").filter((line) => line !== "");
      assertEquals([code, lines], [0, ["First this", "● bash echo hi", "And now"]], err);
      assertEquals(err.endsWith("And now\n"), true);
      if (format === "text") assertEquals(out, "done\n");
    }
    const { out } = await place.run(["--show-reasoning", "go"], { columns: 80 });
    assertEquals(out, "done\n");
  });
});
