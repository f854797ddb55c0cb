/** Requests in the forms of other providers, sent to a recorder and a replay without a server. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { test } from "../../harness.ts";
import { host } from "../../../src/runtime/host.ts";
import { type RecordedConfig, recordModel, replayModel } from "../../../src/testing/mod.ts";

const { files } = host();
const KEY = "a-key-of-a-provider-0123456789";

interface Form {
  provider: string;
  npm: string;
  path: string;
  headers: Record<string, string>;
  body: (directory: string) => Record<string, unknown>;
  /** The events of the answer, for a directory cut in two. */
  events: (a: string, b: string) => string;
  textOf: (data: Record<string, unknown>) => string;
}

const system = (directory: string) =>
  `You are opencode\n<env>\n  Working directory: ${directory}\n  Today's date: ${new Date()}\n</env>`;

const sse = (events: Record<string, unknown>[]) =>
  events.map((data) => `event: ${data["type"]}\ndata: ${JSON.stringify(data)}\n\n`).join("");

const anthropic: Form = {
  provider: "anthropic",
  npm: "@ai-sdk/anthropic",
  path: "/messages",
  headers: { "x-api-key": KEY, "anthropic-version": "2023-06-01" },
  body: (directory) => ({
    model: "claude",
    system: [{ type: "text", text: system(directory) }],
    messages: [{ role: "user", content: [{ type: "text", text: `list ${directory}/src` }] }],
  }),
  events: (a, b) =>
    sse([
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: `in ${a}` } },
      { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", text: "x" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: `${b}/src` } },
      { type: "message_stop" },
    ]),
  textOf: (data) => data["index"] === 0 ? (data["delta"] as { text?: string })?.text ?? "" : "",
};

const responses: Form = {
  provider: "openai",
  npm: "@ai-sdk/openai",
  path: "/responses",
  headers: { authorization: `Bearer ${KEY}` },
  body: (directory) => ({
    model: "gpt",
    input: [
      { role: "system", content: system(directory) },
      { role: "user", content: [{ type: "input_text", text: `list ${directory}/src` }] },
    ],
  }),
  events: (a, b) =>
    sse([
      { type: "response.output_text.delta", item_id: "i", content_index: 0, delta: `in ${a}` },
      { type: "response.output_text.delta", item_id: "j", content_index: 0, delta: "other" },
      { type: "response.output_text.delta", item_id: "i", content_index: 0, delta: `${b}/src` },
    ]),
  textOf: (data) => data["item_id"] === "i" ? String(data["delta"]) : "",
};

for (const form of [anthropic, responses]) {
  test(`recordModel and replayModel work when the provider speaks ${form.path}`, async () => {
    const dir = await files.makeTempDir({ prefix: "recording-" });
    const file = join(dir, "run.jsonl");
    const seen: Record<string, string>[] = [];
    const here = "/home/one/project";
    const upstream = await host().serve((request) => {
      seen.push(Object.fromEntries(request.headers));
      assertEquals(new URL(request.url).pathname, `/v1${form.path}`);
      return new Response(form.events(here.slice(0, 7), here.slice(7)), {
        headers: { "content-type": "text/event-stream", "set-cookie": `k=${KEY}` },
      });
    });
    const base = `http://127.0.0.1:${upstream.port}/v1`;
    const config = { provider: { [form.provider]: { npm: form.npm, options: { apiKey: KEY } } } };
    const recorder = await recordModel({ file, config, upstream: { [form.provider]: base } });
    assertEquals(await ask(recorder.config, form, here), `in ${here}/src`);
    await recorder.close();
    await upstream.close();
    for (const [name, value] of Object.entries(form.headers)) {
      assertEquals(seen[0]![name], value, "the provider gets its key");
    }
    const content = await files.readText(file);
    assert(!content.includes(KEY) && !content.includes(here), content);

    const replay = await replayModel({ file });
    assertEquals(replay.config.provider![form.provider]!["npm"], form.npm);
    const there = "/Users/two/other place";
    assertEquals(await ask(replay.config, form, there), `in ${there}/src`);
    replay.assertDone();
    await replay.close();
    await files.remove(dir, { recursive: true });
  });
}

async function ask(config: RecordedConfig, form: Form, directory: string): Promise<string> {
  const { baseURL } = config.provider![form.provider]!["options"] as { baseURL: string };
  const response = await fetch(`${baseURL}${form.path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...form.headers },
    body: JSON.stringify(form.body(directory)),
  });
  assertStringIncludes(response.headers.get("content-type")!, "text/event-stream");
  return (await response.text()).split("\n").filter((line) => line.startsWith("data: "))
    .map((line) => form.textOf(JSON.parse(line.slice(6)))).join("");
}
