/** Bodies beyond the bound: no answer fills the memory, however fast it flows. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { test } from "../harness.ts";
import { APIResponseValidationError, InternalServerError } from "../../src/errors.ts";
import { readBytes, readJson, readStart, readText } from "../../src/http/body.ts";
import { open } from "../../src/http/open.ts";
import { send } from "../../src/http/request.ts";
import { http, serving } from "./serve.ts";

const MIB = 2 ** 20;

/** A body that gives a mebibyte whenever it is asked, for ever. */
function flood(): { body: ReadableStream<Uint8Array>; given(): number; cancelled(): boolean } {
  let given = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      given++;
      controller.enqueue(new Uint8Array(MIB).fill(97));
    },
    cancel: () => void (cancelled = true),
  });
  return { body, given: () => given, cancelled: () => cancelled };
}

test("readJson, readText and readBytes refuse a body beyond the bound, and let go of it", async () => {
  for (const read of [readJson, readText, readBytes]) {
    const { body, given, cancelled } = flood();
    await assertRejects(
      () => read(new Response(body), "GET /x", { limit: 4 * MIB }),
      APIResponseValidationError,
      "GET /x was answered with more than 4 MiB",
    );
    assert(given() <= 7, `${given()} MiB`);
    assert(cancelled());
  }
});

test("readText and readBytes take a body of just the bound, cut anywhere", async () => {
  const bytes = new TextEncoder().encode("\ufeffgrüße 🎉");
  const body = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
  assertEquals(await readText(new Response(body()), "", { limit: bytes.length }), "grüße 🎉");
  assertEquals(await readBytes(new Response(body()), "", { limit: bytes.length }), bytes);
  await assertRejects(() => readText(new Response(body()), "", { limit: bytes.length - 1 }));
  assertEquals(await readText(new Response(null), "", { limit: 0 }), "");
  assertEquals(await readBytes(new Response(null), "", { limit: 0 }), new Uint8Array());
});

test("readText does not trust a length that stands for compressed bytes", async () => {
  const headers = { "content-length": "1", "content-encoding": "gzip" };
  const { body } = flood();
  await assertRejects(() => readText(new Response(body, { headers }), "", { limit: MIB }));
});

test("readStart leaves out what is beyond the bound", async () => {
  const { body, cancelled } = flood();
  assertEquals((await readStart(new Response(body), 5)).length, 5);
  assert(cancelled());
});

test("send and open end with the status where a failure's body never ends", async () => {
  const handler = () => new Response(flood().body, { status: 500 });
  await serving(handler, async (baseUrl) => {
    const request = { method: "GET", path: "/x" };
    for (const run of [send, open]) {
      await assertRejects(
        () => run(http(baseUrl), request, { maxRetries: 0, timeout: 20_000 }, readJson),
        InternalServerError,
        "aaaa",
      );
    }
  });
});
