import { assertEquals, assertRejects } from "@std/assert";
import { test } from "../harness.ts";
import { EventStream, type ServerSentEvent } from "../../src/sse/stream.ts";
import { encodeEvent } from "../../src/sse/encode.ts";
import { APIResponseValidationError, InvalidArgumentError } from "../../src/errors.ts";
import { assertThrows } from "@std/assert";
import { fixtures } from "./fixtures.ts";

async function read(
  chunks: readonly (Uint8Array | string)[],
  options?: ConstructorParameters<typeof EventStream>[0],
): Promise<ServerSentEvent[]> {
  const source = new ReadableStream<Uint8Array | string>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const reader = source.pipeThrough(new EventStream(options)).getReader();
  const seen: ServerSentEvent[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return seen;
    seen.push(value);
  }
}

test("EventStream gives the events of every fixture when piped through", async () => {
  for (const fixture of fixtures) {
    const bytes = typeof fixture.stream === "string"
      ? new TextEncoder().encode(fixture.stream)
      : fixture.stream;
    const half = bytes.length >> 1;
    assertEquals(await read([bytes.subarray(0, half), bytes.subarray(half)]), fixture.events);
  }
});

test("EventStream fails the pipe when an event is too large", async () => {
  await assertRejects(
    () => read(["data: 123\n\n"], { maxEventBytes: 2 }),
    APIResponseValidationError,
  );
});

test("encodeEvent gives text that reads back the same when it has every field", async () => {
  const event = { data: "a\n\nb\n ", event: "add", id: "7", retry: 20 };
  assertEquals(await read([encodeEvent({ ...event, comment: "hi\nthere" })]), [event]);
  assertEquals(await read([encodeEvent({ data: "" }), encodeEvent({ data: " x" })]), [
    { data: "" },
    { data: " x" },
  ]);
});

test("encodeEvent turns CR and CRLF into LF when data has them", async () => {
  assertEquals(await read([encodeEvent({ data: "a\r\nb\rc" })]), [{ data: "a\nb\nc" }]);
});

test("encodeEvent gives a line that readers skip when there is a comment alone", async () => {
  assertEquals(encodeEvent({ comment: "ping" }), ": ping\n\n");
  assertEquals(encodeEvent({}), "");
  assertEquals(await read([encodeEvent({ comment: "ping\rdata: x" })]), []);
});

test("encodeEvent refuses a field when it would break the stream", () => {
  for (
    const bad of [{ event: "a\nb" }, { id: "a\rb" }, { id: "a\0" }, { retry: -1 }, { retry: 1.5 }]
  ) {
    assertThrows(() => encodeEvent({ data: "x", ...bad }), InvalidArgumentError, "Cannot encode");
  }
});
