import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { test } from "../harness.ts";
import { createParser } from "../../src/sse/parser.ts";
import {
  demoScript,
  type Script,
  type ScriptedModel,
  scriptedModel,
  type ScriptedModelOptions,
  ScriptError,
} from "../../src/testing/mod.ts";

interface Chunk {
  choices: {
    delta: { content?: string; reasoning_content?: string; tool_calls?: unknown[] };
    finish_reason: string | null;
  }[];
  usage?: Record<string, unknown>;
}

interface Asked {
  session?: string;
  system?: string;
  messages?: unknown[];
  stream?: boolean;
  signal?: AbortSignal;
}

function ask(model: ScriptedModel, prompt: string, options: Asked = {}): Promise<Response> {
  const { session, system, stream = true, signal, messages = [] } = options;
  const { provider } = model.config;
  const { apiKey } = provider["scripted"]!["options"] as { apiKey: string };
  return fetch(`${model.url}/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${apiKey}`,
      "content-type": "application/json",
      ...(session === undefined ? {} : { "x-session-id": session }),
    },
    body: JSON.stringify({
      model: "model",
      stream,
      messages: [
        ...(system === undefined ? [] : [{ role: "system", content: system }]),
        { role: "user", content: [{ type: "text", text: prompt }] },
        ...messages,
      ],
      tools: [{ type: "function", function: { name: "bash" } }],
    }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function read(response: Response): Promise<{ data: string[]; cut: boolean }> {
  const data: string[] = [];
  const parser = createParser({ onEvent: (text) => data.push(text) });
  const reader = response.body!.getReader();
  for (;;) {
    try {
      const { value, done } = await reader.read();
      if (done) return { data, cut: false };
      parser.feed(value);
    } catch {
      return { data, cut: true };
    }
  }
}

async function chunks(response: Response): Promise<Chunk[]> {
  assertEquals(response.status, 200);
  const { data, cut } = await read(response);
  assertEquals(cut, false);
  assertEquals(data.pop(), "[DONE]");
  return data.map((text) => JSON.parse(text));
}

const textIn = (all: Chunk[]) => all.map(({ choices }) => choices[0]?.delta.content ?? "").join("");

async function withModel(
  script: Script,
  run: (model: ScriptedModel) => Promise<void>,
  options?: ScriptedModelOptions,
): Promise<void> {
  const model = await scriptedModel(script, options);
  try {
    await run(model);
  } finally {
    await model.close();
  }
}

test("scriptedModel streams reasoning, text, tool calls and usage when a step has them", async () => {
  const step = {
    reasoning: "hm",
    text: ["Hel", "lo"],
    toolCalls: [{ name: "bash", input: { command: "ls" } }, {
      name: "x",
      input: "{no json",
      id: "c1",
    }],
    usage: { input: 7, output: 3, reasoning: 2, cached: 1 },
  };
  await withModel([step], async (model) => {
    const all = await chunks(await ask(model, "hi"));
    assertEquals(textIn(all), "Hello");
    assertEquals(
      all.map(({ choices }) => choices[0]?.delta.reasoning_content ?? "").join(""),
      "hm",
    );
    assertEquals(all.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []), [
      { index: 0, id: "call_0_0", type: "function", function: { name: "bash", arguments: "" } },
      { index: 0, function: { arguments: '{"command":"ls"}' } },
      { index: 1, id: "c1", type: "function", function: { name: "x", arguments: "" } },
      { index: 1, function: { arguments: "{no json" } },
    ]);
    assertEquals(all.at(-2)!.choices[0]!.finish_reason, "tool_calls");
    assertEquals(all.at(-1)!.usage, {
      prompt_tokens: 7,
      completion_tokens: 3,
      total_tokens: 10,
      prompt_tokens_details: { cached_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 2 },
    });
    model.assertDone();
  });
});

test("scriptedModel answers in one piece when no stream is asked for", async () => {
  await withModel([{ text: ["a", "b"], finishReason: "length" }], async (model) => {
    const body = await (await ask(model, "hi", { stream: false })).json();
    assertEquals(body.choices[0].message.content, "ab");
    assertEquals(body.choices[0].finish_reason, "length");
  });
});

test("scriptedModel records what it was asked, without the key", async () => {
  await withModel(["ok"], async (model) => {
    const messages = [
      { role: "assistant", tool_calls: [] },
      { role: "tool", tool_call_id: "c1", content: "done" },
    ];
    await chunks(await ask(model, "do it", { session: "ses_1", system: "be nice", messages }));
    const [request] = model.requests;
    assertEquals(request!.prompt, "do it");
    assertEquals(request!.sessionId, "ses_1");
    assertEquals(request!.system, "be nice");
    assertEquals(request!.toolNames, ["bash"]);
    assertEquals(request!.toolResults, [{ id: "c1", content: "done" }]);
    assertEquals(request!.headers["authorization"], undefined);
    assertEquals(request!.headers["x-session-id"], "ses_1");
    assertEquals(await model.request(0), request);
  });
});

test("scriptedModel answers for a title without taking a step", async () => {
  await withModel(["ok"], async (model) => {
    const system = "You are a title generator. You output ONLY a thread title.";
    assertEquals(textIn(await chunks(await ask(model, "hi", { system }))), "My title");
    assertEquals([model.requests.length, model.titleRequests.length, model.remaining], [0, 1, 1]);
  }, { title: "My title" });
});

test("scriptedModel takes the first step that fits when steps say for whom they are", async () => {
  const script: Script = [
    { when: "ses_b", text: "for b" },
    { when: ({ prompt }) => prompt.includes("red"), text: "red", times: 2 },
    "any",
  ];
  await withModel(script, async (model) => {
    const say = async (prompt: string, session?: string) =>
      textIn(await chunks(await ask(model, prompt, session === undefined ? {} : { session })));
    assertEquals(await say("red"), "red");
    assertEquals(await say("blue"), "any");
    assertEquals(await say("x", "ses_b"), "for b");
    assertEquals(model.remaining, 1);
    assertThrows(() => model.assertDone(), ScriptError, "1 steps left");
    assertEquals(await say("red"), "red");
    model.assertDone();
    model.add("more");
    assertEquals(await say("x"), "more");
  });
});

test("scriptedModel runs the list for each session when perSession is set", async () => {
  await withModel(["one", "two"], async (model) => {
    const say = async (session: string) => textIn(await chunks(await ask(model, "x", { session })));
    assertEquals(await say("a"), "one");
    assertEquals(await say("b"), "one");
    assertEquals(await say("a"), "two");
  }, { perSession: true });
});

test("scriptedModel asks a function for each request, and steps after it when it has none", async () => {
  const script: Script = ({ prompt, index }) =>
    prompt === "stop" ? undefined : Promise.resolve(`${index}: ${prompt}`);
  await withModel(script, async (model) => {
    assertEquals(textIn(await chunks(await ask(model, "a"))), "0: a");
    model.add("after");
    assertEquals(textIn(await chunks(await ask(model, "stop"))), "after");
    model.assertDone();
  });
});

test("scriptedModel answers 400 and tells the test when the script is exhausted or fails", async () => {
  await withModel([], async (model) => {
    const response = await ask(model, "hello");
    assertEquals(response.status, 400);
    assertStringIncludes(
      (await response.json()).error.message,
      'request 0, whose prompt is "hello"',
    );
    assertThrows(() => model.assertDone(), ScriptError, "The script is exhausted");
    assertEquals(model.unanswered.length, 1);
  });
  await withModel(() => assertEquals(1, 2) as undefined, async (model) => {
    const response = await ask(model, "hello");
    assertEquals(response.status, 400);
    assertStringIncludes((await response.json()).error.message, "The script failed");
    assertThrows(() => model.assertDone(), ScriptError, "The script failed");
  });
});

test("scriptedModel answers with a status when a step has one", async () => {
  const script: Script = [
    { status: 429, headers: { "retry-after": "3" } },
    { status: 500, body: "<html>" },
    { status: 400, body: { error: { message: "no" } } },
  ];
  await withModel(script, async (model) => {
    const limited = await ask(model, "x");
    assertEquals([limited.status, limited.headers.get("retry-after")], [429, "3"]);
    assertStringIncludes(await limited.text(), "status 429");
    assertEquals(await (await ask(model, "x")).text(), "<html>");
    assertEquals(await (await ask(model, "x")).json(), { error: { message: "no" } });
  });
});

test("scriptedModel cuts the connection after the pieces when the ending is cut", async () => {
  await withModel([{ text: ["a", "b"], ending: "cut" }], async (model) => {
    const { data, cut } = await read(await ask(model, "x"));
    assertEquals(cut, true);
    assertEquals(textIn(data.map((text) => JSON.parse(text))), "ab");
  });
});

test("scriptedModel ends without a finish reason when unfinished, and sends raw text as it is", async () => {
  const script: Script = [{
    parts: [{ text: "a" }, { raw: "data: {broken\n\n" }],
    ending: "unfinished",
  }];
  await withModel(script, async (model) => {
    const { data, cut } = await read(await ask(model, "x"));
    assertEquals([cut, data.at(-1), data.at(-2)], [false, "[DONE]", "{broken"]);
    assert(data.every((text) => !text.includes('"stop"')));
  });
  await withModel([{ ending: "unfinished" }], async (model) => {
    assertEquals((await read(await ask(model, "x"))).data, ["[DONE]"]);
  });
});

test("scriptedModel waits for the test when a part says until", async () => {
  let go = () => {};
  const until = new Promise<void>((resolve) => go = resolve);
  await withModel([{ parts: [{ text: "a" }, { until }, { text: "b" }] }], async (model) => {
    const response = await ask(model, "x");
    const reader = response.body!.getReader();
    let text = "";
    while (!text.includes('"content":"a"')) {
      text += new TextDecoder().decode((await reader.read()).value);
    }
    go();
    for (let done = false; !done;) {
      const next = await reader.read();
      done = next.done;
      text += new TextDecoder().decode(next.value);
    }
    assertStringIncludes(text, '"content":"b"');
  });
});

test("scriptedModel sees that the server went away, and lets go of a hanging answer when closed", async () => {
  await withModel([{ text: "a", ending: "hang" }, { delay: 60_000, text: "b" }], async (model) => {
    const controller = new AbortController();
    const response = await ask(model, "x", { signal: controller.signal });
    const reader = response.body!.getReader();
    await reader.read();
    controller.abort();
    await reader.closed.catch(() => {});
    const { ended } = await model.request(0);
    if (!ended.aborted) await new Promise((done) => ended.addEventListener("abort", done));
    const open = await ask(model, "y");
    const [{ cut, data }] = await Promise.all([read(open), model.close()]);
    assertEquals([cut, data], [true, []]);
  });
});

test("scriptedModel refuses a caller without its key, and other paths", async () => {
  await withModel([], async (model) => {
    const bare = await fetch(`${model.url}/chat/completions`, { method: "POST", body: "{}" });
    assertEquals(bare.status, 401);
    await bare.body?.cancel();
    assertEquals(model.requests.length, 0);
  });
});

test("scriptedModel's request rejects when it does not come in time, or by a signal", async () => {
  await withModel([], async (model) => {
    await assertRejects(() => model.request(0, { timeout: 5 }), ScriptError, "within 5 ms");
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    assertEquals(await model.request(0, { signal }).catch((error) => error), reason);
  });
});

test("demoScript says what it is and repeats the prompt in several chunks", async () => {
  await withModel(demoScript, async (model) => {
    const all = await chunks(await ask(model, "Say hello"));
    assertStringIncludes(textIn(all), "not a language model");
    assertStringIncludes(textIn(all), "> Say hello");
    assert(all.length > 20);
  });
});
