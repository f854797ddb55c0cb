import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../harness.ts";
import { run, withPlace } from "./test_io.ts";
import { type Line, linesOf } from "./records.ts";

const BASH = { name: "bash", input: { command: "echo hi", description: "x" } };

/** What a wrapper would send for a prompt. */
const prompt = (content: unknown) =>
  `${JSON.stringify({ type: "user", message: { role: "user", content } })}\n`;

/** Lets a test answer what the command line writes. */
function conversation(
  act: (line: Line, write: (record: unknown) => void, close: () => void) => void,
) {
  const seen: Line[] = [];
  let waiting: () => void = () => {};
  return {
    /** Polls what was written, and hands on each new line. */
    input: (written: () => { out: string }, first: string) => (write: (text: string) => void) => {
      write(first);
      return new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          const { out } = written();
          const whole = out.slice(0, out.lastIndexOf("\n") + 1);
          const lines = linesOf(whole);
          for (const line of lines.slice(seen.length)) {
            seen.push(line);
            act(line, (record) => write(`${JSON.stringify(record)}\n`), () => {
              clearInterval(timer);
              resolve();
            });
          }
        }, 10);
        waiting = () => clearInterval(timer);
      });
    },
    stop: () => waiting(),
  };
}

test("--json writes init, the pieces, the whole, tool calls with their results, and a result", async () => {
  const script = (request: { toolResults: readonly unknown[] }) =>
    request.toolResults.length === 0
      ? { reasoning: "Hm.", text: ["one ", "two"], toolCalls: [BASH] }
      : "done";
  await withPlace(script, async (place) => {
    const { code, out, err } = await place.run(["--json", "-m", "scripted/model", "count"]);
    assertEquals(code, 0, err);
    const lines = linesOf(out);
    const [init] = lines;
    assertEquals([init!.type, init!.subtype, init!.cwd, init!.model], [
      "system",
      "init",
      place.directory,
      "scripted/model",
    ]);
    assert((init!.tools as string[]).includes("bash"));
    const blocks = lines.filter(({ type }) => type === "assistant" || type === "user")
      .map(({ message }) => (message as { content: Record<string, unknown>[] }).content[0]!);
    assertEquals(blocks.map(({ type }) => type), [
      "thinking",
      "text",
      "tool_use",
      "tool_result",
      "text",
    ]);
    assertEquals([blocks[1]!.text, blocks[2]!.name, blocks[2]!.input], [
      "one two",
      "bash",
      BASH.input,
    ]);
    assertEquals([blocks[3]!.tool_use_id, blocks[3]!.is_error], [blocks[2]!.id, false]);
    assertStringIncludes(String(blocks[3]!.content), "hi");
    const pieces = lines.filter(({ type }) => type === "stream_event")
      .map(({ event }) => event as { type: string; delta?: { text?: string } });
    assertEquals(pieces.map(({ delta }) => delta?.text ?? "").join(""), "one twodone");
    assertEquals(pieces.filter(({ type }) => type === "message_start").length, 2);
    assertEquals(pieces.filter(({ type }) => type === "message_stop").length, 2);
    const last = lines.at(-1)!;
    assertEquals([last.type, last.subtype, last.result, last.num_turns], [
      "result",
      "success",
      "done",
      2,
    ]);
    assertEquals(last.usage, {
      input_tokens: 20,
      output_tokens: 10,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
    });
    assertEquals(new Set(lines.map(({ session_id }) => session_id)).size, 1);
  });
});

test("--output-format json writes one object", async () => {
  await withPlace(() => "one two", async (place) => {
    const { code, out } = await place.run(["--output-format", "json", "count"]);
    const [line, ...more] = linesOf(out);
    assertEquals([code, line!.type, line!.result, more], [0, "result", "one two", []]);
  });
});

test("the result is the last line, whatever happened", async () => {
  await withPlace(
    () => ({ status: 401, body: { error: { message: "bad key" } } }),
    async (place) => {
      const cases: [string[], number][] = [
        [["--json", "count"], 4],
        [["--output-format=json", "count"], 4],
        [["--json", "-s", "ses_none", "count"], 2],
        [["--json", "--port", "abc", "count"], 2],
        [["--output-format", "stream-json", "--nope"], 2],
        [["--json"], 2],
        [["--json", "--output-format", "stream-json", "--input-format", "stream-json"], 2],
      ];
      for (const [argv, code] of cases) {
        const ran = await place.run(argv);
        assertEquals(ran.code, code, ran.err);
        const last = linesOf(ran.out).at(-1)!;
        assertEquals([last.type, last.is_error, last.opencode.exit_code], ["result", true, code]);
        assertEquals(linesOf(ran.out).filter(({ type }) => type === "result").length, 1);
        assertEquals(ran.err.trim().split("\n").length, 1, ran.err);
      }
    },
  );
  const dead = await run(["--json", "--attach", "http://127.0.0.1:9", "x"]);
  assertEquals([dead.code, linesOf(dead.out).at(-1)!.opencode.exit_code], [3, 3]);
  const text = await run(["--port", "abc", "x"]);
  assertEquals(text.out, "");
});

/** A picture of one pixel. */
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const STREAM = ["--json", "--input-format", "stream-json"];

test("--input-format stream-json takes prompts one after another, in one session", async () => {
  await withPlace((request) => `re: ${request.prompt}`, async (place) => {
    const image = { type: "base64", media_type: "image/png", data: PIXEL };
    const input = prompt("one") +
      prompt([{ type: "text", text: "two" }, { type: "image", source: image }]) +
      '{"type":"control_request","request_id":"7","request":{"subtype":"initialize"}}\n' +
      '{"type":"control_request","request_id":"8","request":{"subtype":"dance"}}';
    const { code, out, err } = await place.run(STREAM, { input });
    assertEquals(code, 0, err);
    const lines = linesOf(out);
    const results = lines.filter(({ type }) => type === "result");
    assertEquals(results.map(({ result }) => result), ["re: one", "re: two"]);
    assertEquals(new Set(results.map(({ session_id }) => session_id)).size, 1);
    assertEquals(lines.filter(({ type }) => type === "system").length, 1);
    const answers = lines.filter(({ type }) => type === "control_response")
      .map(({ response }) => response as { subtype: string; request_id: string });
    assertEquals(answers.map(({ subtype, request_id }) => [subtype, request_id]), [
      ["success", "7"],
      ["error", "8"],
    ]);
    assertStringIncludes(JSON.stringify(place.model.requests.at(-1)!.messages), "image");
    assertEquals(lines.at(-1)!.type, "result");
  });
});

test("--input-format stream-json names the line that it can't use", async () => {
  await withPlace(() => "ok", async (place) => {
    for (const bad of ["{", "[]", '{"type":"dance"}', '{"type":"user","message":{}}']) {
      const { code, out, err } = await place.run(STREAM, { input: `${prompt("one")}${bad}\n` });
      assertEquals(code, 2, err);
      assertStringIncludes(err, "Cannot use this line of standard input");
      assertEquals(linesOf(out).at(-1)!.opencode.exit_code, 2);
    }
  });
});

test("an interrupt that is sent in ends the turn, and the next prompt follows", async () => {
  const never = new Promise(() => {});
  const script = (request: { prompt: string }) =>
    request.prompt === "slow" ? { parts: [{ text: "half" }, { until: never }] } : "whole";
  await withPlace(script, async (place) => {
    let sent = false;
    const talk = conversation((line, write, close) => {
      const piece = line.type === "stream_event" && JSON.stringify(line).includes("half");
      if (piece && !sent) {
        sent = true;
        write({ type: "control_request", request_id: "1", request: { subtype: "interrupt" } });
        write({ type: "user", message: { role: "user", content: "next" } });
        close();
      }
    });
    let written = () => ({ out: "" });
    const running = place.start(STREAM, {
      input: (write) => talk.input(() => written(), prompt("slow"))(write),
    });
    written = running.written;
    const { code, out, err } = await running.done;
    talk.stop();
    const results = linesOf(out).filter(({ type }) => type === "result");
    assertEquals(results.map(({ result, is_error }) => [result, is_error]), [["half", true], [
      "whole",
      false,
    ]]);
    assertEquals(code, 0, err);
  });
});

test("permissions and questions are asked for on standard output, and answered on standard input", async () => {
  const question = {
    question: "Which colour?",
    header: "Colour",
    options: [{ label: "red", description: "" }, { label: "blue", description: "" }],
  };
  const script = (request: { toolResults: readonly { content: string }[] }) => {
    const { length } = request.toolResults;
    if (length === 0) return { toolCalls: [BASH] };
    if (length === 1) return { toolCalls: [BASH] };
    if (length === 2) {
      return { toolCalls: [{ name: "question", input: { questions: [question] } }] };
    }
    return `results: ${request.toolResults.map(({ content }) => content).join(" | ")}`;
  };
  await withPlace(script, async (place) => {
    const { host } = await import("../../src/runtime/host.ts");
    const config = { ...place.model.config, permission: { bash: "ask" } };
    await host().files.writeText(`${place.directory}/opencode.json`, JSON.stringify(config));
    let asked = 0;
    const talk = conversation((line, write, close) => {
      if (line.type === "result") return close();
      if (line.type !== "control_request") return;
      const { request_id } = line;
      const { tool_name, input } = line.request as {
        tool_name: string;
        input: Record<string, unknown>;
      };
      const response = tool_name === "AskUserQuestion"
        ? { behavior: "allow", updatedInput: { ...input, answers: { "Which colour?": "blue" } } }
        : asked++ === 0
        ? { behavior: "allow" }
        : { behavior: "deny", message: "not twice" };
      write({ type: "control_response", response: { subtype: "success", request_id, response } });
    });
    let written = () => ({ out: "" });
    const running = place.start(STREAM, {
      input: (write) => talk.input(() => written(), prompt("go"))(write),
    });
    written = running.written;
    const { code, out, err } = await running.done;
    talk.stop();
    assertEquals(code, 0, err);
    const last = linesOf(out).at(-1)!;
    assertStringIncludes(String(last.result), "hi");
    assertStringIncludes(String(last.result), "not twice");
    assertStringIncludes(String(last.result), "blue");
    assertEquals((last.permission_denials as unknown[]).length, 1);
  });
});
