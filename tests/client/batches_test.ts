import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { readBatches } from "../../src/client/batches.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const CHUNKS = ["data: 1\n\nda", "ta: 2\n\n", "data: 3\n\n"];

async function drain(body: ReadableStream<Uint8Array>): Promise<number[][]> {
  const reader = readBatches(body, Number);
  const batches: number[][] = [];
  for (;;) {
    const batch = await reader.next();
    if (batch === undefined) return batches;
    batches.push([...batch]);
  }
}

test("readBatches takes all that has arrived in a byte stream with one read", async () => {
  const body = new ReadableStream({
    type: "bytes",
    start(controller) {
      for (const chunk of CHUNKS) controller.enqueue(bytes(chunk));
      controller.close();
    },
  });
  assertEquals(await drain(body), [[1, 2, 3]]);
});

test("readBatches reads a stream that is no byte stream chunk by chunk", async () => {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of CHUNKS) controller.enqueue(bytes(chunk));
      controller.close();
    },
  });
  assertEquals(await drain(body), [[1], [2], [3]]);
});

test("readBatches lets go of either kind of stream on cancel", async () => {
  for (const kind of ["bytes", undefined] as const) {
    let cancelled = 0;
    const source = { cancel: () => void cancelled++ };
    const body: ReadableStream<Uint8Array> = kind
      ? new ReadableStream({ type: kind, ...source })
      : new ReadableStream(source);
    await readBatches(body, String).cancel();
    assertEquals(cancelled, 1);
  }
});
