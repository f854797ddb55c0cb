import { assertEquals, assertRejects } from "@std/assert";
import { test } from "../harness.ts";
import { OpencodeError } from "../../src/errors.ts";
import { fakeServer } from "../../src/testing/mod.ts";

async function read(response: Response): Promise<{ text: string; cut: boolean }> {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    try {
      const { value, done } = await reader.read();
      if (done) return { text, cut: false };
      text += decoder.decode(value, { stream: true });
    } catch {
      return { text, cut: true };
    }
  }
}

test("fakeServer answers by its handler, else by its own routes", async () => {
  const server = await fakeServer(async (request) => {
    if (request.method === "POST") return Response.json({ got: await request.text() });
    return undefined;
  });
  try {
    const post = await fetch(`${server.url}/session?x=1`, { method: "POST", body: "hi" });
    assertEquals(await post.json(), { got: "hi" });
    const health = await fetch(`${server.url}/global/health`);
    assertEquals(await health.json(), { healthy: true, version: "1.18.33" });
    assertEquals(await (await fetch(`${server.url}/config`)).json(), {});
    const missing = await fetch(`${server.url}/nothing`);
    assertEquals(missing.status, 404);
    await missing.body?.cancel();
    assertEquals(server.requests.map(({ method, path, body }) => [method, path, body]), [
      ["POST", "/session?x=1", "hi"],
      ["GET", "/global/health", ""],
      ["GET", "/config", ""],
      ["GET", "/nothing", ""],
    ]);
  } finally {
    await server.close();
  }
});

test("fakeServer pushes events to a stream and ends it as told", async () => {
  const server = await fakeServer();
  try {
    const [response, stream] = await Promise.all([fetch(`${server.url}/event`), server.stream(0)]);
    server.send({ type: "x" });
    stream.write(": raw\n\n");
    stream.end();
    const hello = 'data: {"id":"evt_0","type":"server.connected","properties":{}}\n\n';
    assertEquals(await read(response), {
      text: `${hello}data: {"type":"x"}\n\n: raw\n\n`,
      cut: false,
    });
    assertEquals(stream.ended.aborted, true);
  } finally {
    await server.close();
  }
});

test("fakeServer cuts a stream after the byte that it is told", async () => {
  const server = await fakeServer(undefined, { greet: false });
  try {
    for (const [index, bytes] of [1, 7, 12].entries()) {
      const [response, stream] = await Promise.all([
        fetch(`${server.url}/event`),
        server.stream(index),
      ]);
      stream.cut(bytes);
      stream.write("0123");
      stream.write("456789abcdef");
      assertEquals(await read(response), { text: "0123456789abcdef".slice(0, bytes), cut: true });
    }
  } finally {
    await server.close();
  }
});

test("fakeServer sees that a client went away, and cuts open streams when closed", async () => {
  const server = await fakeServer();
  const controller = new AbortController();
  const [first, stream] = await Promise.all([
    fetch(`${server.url}/event`, { signal: controller.signal }),
    server.stream(0),
  ]);
  controller.abort();
  await read(first);
  if (!stream.ended.aborted) {
    await new Promise((done) => stream.ended.addEventListener("abort", done));
  }
  const [second] = await Promise.all([fetch(`${server.url}/global/event`), server.stream(1)]);
  const [{ cut }] = await Promise.all([read(second), server.close()]);
  assertEquals(cut, true);
});

test("fakeServer's stream rejects when none is opened in time", async () => {
  const server = await fakeServer();
  try {
    await assertRejects(() => server.stream(0, { timeout: 5 }), OpencodeError, "within 5 ms");
  } finally {
    await server.close();
  }
});
