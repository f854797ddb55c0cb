/** Recordings of the real server with a scripted model as the provider, played back. */
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "@std/path";
import { withAgent } from "../../agent.ts";
import { test } from "../../harness.ts";
import { InvalidArgumentError, TurnError } from "../../../src/errors.ts";
import { Opencode } from "../../../src/facade/opencode.ts";
import { host } from "../../../src/runtime/host.ts";
import {
  type ModelReplay,
  type RecordedConfig,
  RecordingError,
  recordModel,
  replayModel,
  type ReplayModelOptions,
  type Script,
  scriptedModel,
} from "../../../src/testing/mod.ts";

const { files, env } = host();

async function temporary(prefix: string): Promise<string> {
  return await files.realPath(await files.makeTempDir({ prefix }));
}

/** An agent in a new directory whose server asks the given provider; one server for all. */
async function withConfig(
  config: RecordedConfig,
  prefix: string,
  run: (ai: Opencode, directory: string) => Promise<void>,
): Promise<void> {
  const directory = await temporary(prefix);
  await files.writeText(join(directory, "opencode.json"), JSON.stringify(config));
  const shared = env.get("OPENCODE_TEST_SERVER");
  const ai = new Opencode(
    shared
      ? { baseUrl: shared, directory }
      : { isolated: true, directory, env: { OPENCODE_DISABLE_PROJECT_CONFIG: "0" } },
  );
  try {
    await run(ai, directory);
  } finally {
    if (shared) await ai.client.instance.dispose({ directory }).catch(() => {});
    await ai.close();
    await files.remove(directory, { recursive: true });
  }
}

/** Records what a script says; gives the file. */
async function record(
  script: Script,
  run: (ai: Opencode, directory: string) => Promise<void>,
  secrets: string[] = [],
): Promise<string> {
  const file = join(await temporary("recording-"), "run.jsonl");
  const model = await scriptedModel(script);
  const recorder = await recordModel({ file, config: model.config, secrets });
  try {
    await withConfig(recorder.config, "recorded-here-", run);
  } finally {
    await recorder.close();
    await model.close();
  }
  return file;
}

async function replay(
  options: ReplayModelOptions,
  run: (ai: Opencode, directory: string, replay: ModelReplay) => Promise<void>,
): Promise<void> {
  const model = await replayModel(options);
  try {
    await withConfig(model.config, "another-machine-", (ai, dir) => run(ai, dir, model));
  } finally {
    await model.close();
  }
}

/** Twenty turns; every fourth writes a file by its absolute path, one starts a subagent. */
const twenty: Script = (request) => {
  const directory = /Working directory: (\S+)/.exec(request.system)?.[1] ?? "?";
  const { prompt, toolResults } = request;
  const turn = Number(/turn (\d+)/.exec(prompt)?.[1] ?? -1);
  if (/^look around/.test(prompt)) return { text: ["I looked", ` around ${directory}`] };
  if (toolResults.length === 0 && turn % 4 === 1) {
    const input = { filePath: `${directory}/file${turn}.txt`, content: `made in ${directory}` };
    return { toolCalls: [{ name: "write", input }] };
  }
  if (toolResults.length === 0 && turn === 6) {
    const input = { description: "look", prompt: "look around", subagent_type: "general" };
    return { toolCalls: [{ name: "task", input }] };
  }
  const middle = Math.floor(directory.length / 2);
  const split = [directory.slice(0, middle), directory.slice(middle)];
  return { text: [`answer ${turn} of `, ...split, " «ü»"] };
};

async function talk(ai: Opencode, turns = 20): Promise<string[]> {
  const session = await ai.createSession({ title: "recorded" });
  const said: string[] = [];
  for (let turn = 0; turn < turns; turn++) {
    let text = "";
    for await (const piece of session.stream(`this is turn ${turn}`)) text += piece;
    said.push(text);
  }
  return said;
}

/** How often: once, then all others at once. `OPENCODE_TEST_LONG=1` takes ten. */
const REPLAYS = env.get("OPENCODE_TEST_LONG") === "1" ? 10 : 3;

test(`replayModel gives the same text ${REPLAYS} times, in other directories, with tools and subagents`, async () => {
  let said: string[] = [];
  let here = "";
  const file = await record(twenty, async (ai, directory) => {
    here = directory;
    said = await talk(ai);
  });
  assertEquals(said.length, 20);
  assertStringIncludes(said[19]!, here);
  const content = await files.readText(file);
  assert(!content.includes(here), "the recording holds no path of its machine");
  const once = () =>
    replay({ file }, async (ai, directory, model) => {
      const again = await talk(ai);
      assertEquals(again, said.map((text) => text.replaceAll(here, directory)));
      assertEquals(
        await files.readText(join(directory, "file5.txt")),
        `made in ${directory}`,
        "a tool call has the path of this machine",
      );
      model.assertDone();
    });
  await once();
  await Promise.all(Array.from({ length: REPLAYS - 1 }, once));
  await files.remove(join(file, ".."), { recursive: true });
});

test("replayModel fails the turn with the difference when a prompt has changed", async () => {
  const file = await record(["the answer"], async (ai) => {
    assertEquals(await ai.ask("what is the question?"), "the answer");
  });
  await replay({ file }, async (ai, _, model) => {
    const error = await assertRejects(() => ai.ask("what was the question?"), TurnError);
    assertStringIncludes(error.message, "holds no answer to this request");
    assertEquals(model.misses.length >= 1, true);
    const miss = model.misses.find((text) => text.includes("what was the question"))!;
    assertStringIncludes(miss, "what is the question?");
    assertThrows(() => model.assertDone(), RecordingError, "holds no answer");
  });
  await files.remove(join(file, ".."), { recursive: true });
});

test("replayModel with match shape answers although a tool's output is another one", async () => {
  const script: Script = [
    { toolCalls: [{ name: "bash", input: { command: "date +%N" } }] },
    "it is late",
  ];
  const file = await record(script, async (ai) => {
    assertEquals(await ai.ask("what time is it?"), "it is late");
  });
  await replay({ file, match: "shape" }, async (ai, _, model) => {
    assertEquals(await ai.ask("what time is it?"), "it is late");
    model.assertDone();
  });
  await replay({ file, match: "exact" }, async (ai, _, model) => {
    await assertRejects(() => ai.ask("what time is it?"), TurnError, "holds no answer");
    assertEquals(model.remaining, 1);
  });
  await files.remove(join(file, ".."), { recursive: true });
});

test("recordModel keeps keys, tokens and given secrets out of the file", async () => {
  const planted = [
    `sk-${"ant"}-abcdefghijklmnopqrst-uvw`,
    "ghp_abcdefghijklmnopqrstuvwxyz012345",
    "the words of my mother",
    'pa"ss\\wörd',
    "url-password-1", // in postgres://user:…@host
    btoa("user:basic-password-2"), // in a header of a command line
    "planted-by-name-3", // a variable of this process
    "glpat-in-json-in-a-string-4",
  ];
  const lines = [
    ...planted.slice(0, 4),
    `db: postgres://me:${planted[4]}@127.0.0.1/x`,
    `curl -H 'Authorization: Basic ${planted[5]}'`,
    planted[6],
    JSON.stringify({ args: JSON.stringify({ token: planted[7] }) }),
  ];
  const script: Script = [
    { toolCalls: [{ name: "bash", input: { command: `printf '%s' "$(cat secrets.txt)"` } }] },
    {
      text: [
        `your key is sk-${"ant"}-a`,
        "bcdefghijklmnopqrst-uvw, and the words of my mo",
        "ther",
      ],
    },
  ];
  env.set("PLANTED_API_TOKEN", planted[6]!);
  const file = await record(script, async (ai, directory) => {
    await files.writeText(join(directory, "secrets.txt"), lines.join("\n"));
    const session = await ai.createSession({ title: "secrets" });
    assertStringIncludes(`${await session.prompt(`show ${planted[3]}`)}`, planted[0]!);
  }, [planted[2]!, planted[3]!]).finally(() => env.delete("PLANTED_API_TOKEN"));
  const content = await files.readText(file);
  for (const secret of planted) {
    for (const spelling of [secret, JSON.stringify(secret).slice(1, -1)]) {
      assert(!content.includes(spelling), `the file holds ${spelling}`);
    }
  }
  assert(!/Bearer|"authorization|apiKey/i.test(content));
  assertStringIncludes(content, "postgres://me:{{secret}}@127.0.0.1/x");
  await files.remove(join(file, ".."), { recursive: true });
});

test("replayModel answers with the recorded failures and cuts", async () => {
  const script: Script = [
    { status: 503, headers: { "retry-after": "0" } },
    { parts: [{ text: "half of" }], ending: "cut" },
    "whole",
  ];
  const file = await record(script, async (ai) => {
    assertEquals(await ai.ask("go"), "whole");
  });
  await replay({ file }, async (ai, _, model) => {
    assertEquals(await ai.ask("go"), "whole");
    model.assertDone();
  });
  await files.remove(join(file, ".."), { recursive: true });
});

test("replayModel keeps the recorded pauses when pace is recorded", async () => {
  const script: Script = [{ parts: [{ text: "a" }, { delay: 2_000 }, { text: "b" }] }];
  const file = await record(script, async (ai) => {
    await ai.ask("slowly");
  });
  const timed = async (pace: "instant" | "recorded") => {
    let gap = 0;
    await replay({ file, pace }, async (ai) => {
      const times: number[] = [];
      for await (const _ of ai.askStream("slowly")) times.push(performance.now());
      gap = (times.at(-1) ?? 0) - (times[0] ?? 0);
    });
    return gap;
  };
  assert(await timed("recorded") > 500);
  await files.remove(join(file, ".."), { recursive: true });
});

test("a recording of an isolated server replays on another, whose home is another", async () => {
  const file = join(await temporary("recording-"), "run.jsonl");
  const directory = await temporary("project-");
  const script: Script = ({ body, toolResults, toolNames }) => {
    if (toolResults.length > 0) return `it says ${toolResults[0]!.content}`;
    assert(toolNames.includes("bash"));
    const [, place] = /Use `([^`]+)` for temporary work/.exec(JSON.stringify(body))!;
    return { toolCalls: [{ name: "bash", input: { command: `echo ${place}`, description: "x" } }] };
  };
  const homes: string[] = [];
  const ask = async (config: RecordedConfig) => {
    await using ai = new Opencode({ isolated: true, directory, config: config as never });
    homes.push(/it says (\S+)/.exec(await ai.ask("where to?"))![1]!);
  };
  const model = await scriptedModel(script);
  const recorder = await recordModel({ file, config: model.config });
  await ask(recorder.config);
  await recorder.close();
  await model.close();
  assertEquals((await files.readText(file)).includes("opencode-home-"), false);
  const replayed = await replayModel({ file });
  try {
    await ask(replayed.config);
    replayed.assertDone();
  } finally {
    await replayed.close();
  }
  // each command had the place of its own server
  assert(homes[0] !== homes[1] && homes.every((home) => home.includes("opencode-home-")));
  await files.remove(directory, { recursive: true });
  await files.remove(join(file, ".."), { recursive: true });
});

test("a recording replays where the server put a long output into a file", async () => {
  const script: Script = ({ toolResults }) => {
    const [result] = toolResults;
    if (!result) {
      return { toolCalls: [{ name: "bash", input: { command: "seq 1 9000", description: "x" } }] };
    }
    const saved = /(\S+tool-output\S+)/.exec(result.content)?.[1];
    assert(saved, "the server cut the output");
    return { text: `it is in ${saved}` };
  };
  const file = await record(script, async (ai) => {
    assertStringIncludes(await ai.ask("count"), "it is in ");
  });
  await replay({ file }, async (ai, _, model) => {
    assertStringIncludes(await ai.ask("count"), "it is in ");
    model.assertDone();
  });
  await files.remove(join(file, ".."), { recursive: true });
});

test("recordings that can't be written or read are told at once, and two at once lose none", async () => {
  const directory = await temporary("recording-");
  const config = { model: "p/m", provider: { p: { options: { baseURL: "http://127.0.0.1:9" } } } };
  const make = (name: string) => recordModel({ file: join(directory, name), config });
  const words = async (run: () => Promise<unknown>, kind: typeof InvalidArgumentError) =>
    (await assertRejects(run, kind)).message;
  assertStringIncludes(
    await words(() => make("none/run.jsonl"), InvalidArgumentError),
    "create it first",
  );
  assertStringIncludes(await words(() => make("."), InvalidArgumentError), "it is a directory");
  const missing = () => replayModel({ file: join(directory, "none.jsonl") });
  assertStringIncludes(await words(missing, InvalidArgumentError), "make one with recordModel");
  const unreadable = () => replayModel({ file: directory });
  assertStringIncludes((await assertRejects(unreadable, RecordingError)).message, directory);

  const [one, two] = await Promise.all([make("run.jsonl"), make("run.jsonl")]);
  await one.close();
  const { message } = await assertRejects(() => two.close(), RecordingError);
  const kept = /this recording is in (\S+\.part)\./.exec(message)![1]!;
  for (const file of [join(directory, "run.jsonl"), kept]) {
    await (await replayModel({ file })).close();
  }
  // one that is done may be recorded again, also where a killed recorder left its beginning
  await files.writeText(join(directory, "run.jsonl.part"), "cut");
  await (await make("run.jsonl")).close();
  assertEquals(await files.readText(join(directory, "run.jsonl.part")), "cut");
  await files.remove(directory, { recursive: true });
});

test("recordModel says what to give when no provider is named", async () => {
  await assertRejects(
    () => recordModel({ file: "x.jsonl", config: {} }),
    Error,
    "Nothing to record: give `upstream`",
  );
  await assertRejects(
    () => recordModel({ file: "x.jsonl", upstream: { a: "ftp://x" } }),
    Error,
    "Invalid upstream of provider a",
  );
});

test("a recording of several sessions at once replays in any order", async () => {
  const script: Script = (request) => `echo ${request.prompt}`;
  const ask = (ai: Opencode) =>
    Promise.all(Array.from({ length: 6 }, (_, i) => ai.ask(`number ${i}`)));
  const file = await record(script, async (ai) => void await ask(ai));
  await replay({ file }, async (ai, _, model) => {
    assertEquals(await ask(ai), Array.from({ length: 6 }, (_, i) => `echo number ${i}`));
    model.assertDone();
  });
  await files.remove(join(file, ".."), { recursive: true });
});

test("withAgent's own model is not needed for a replay", async () => {
  const file = await record(["hello from the file"], async (ai) => void await ai.ask("hi"));
  const model = await replayModel({ file });
  await withAgent(["never asked"], async ({ ai }) => {
    assertEquals(await ai.ask("hi"), "hello from the file");
  }, { config: model.config as Record<string, never> });
  await model.close();
  await files.remove(join(file, ".."), { recursive: true });
});
