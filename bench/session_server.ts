/** A worker for `session.ts`: a server whose turns are made up, in a heap of its own. */

const encoder = new TextEncoder();
const frame = (type: string, properties: object) =>
  encoder.encode(`data: ${JSON.stringify({ id: `evt_${serial++}`, type, properties })}\n\n`);
let serial = 0;
let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
let wanted: (() => void) | undefined;

const assistantOf = (sessionID: string, parentID: string, completed?: number) => ({
  id: `msg_a${parentID}`,
  sessionID,
  parentID,
  role: "assistant",
  time: { created: 2, ...completed ? { completed } : {} },
  modelID: "m",
  providerID: "p",
  mode: "build",
  agent: "build",
  path: { cwd: "/", root: "/" },
  cost: 0,
  tokens: { input: 1, output: 2, reasoning: 0, cache: { read: 0, write: 0 } },
  ...completed ? { finish: "stop" } : {},
});

/** One turn: so many pieces of so many bytes. */
async function turn(sessionID: string, messageID: string, pieces: number, size: number) {
  const id = `msg_a${messageID}`;
  const partID = `prt_${messageID}`;
  const piece = "text ".repeat(Math.ceil(size / 5)).slice(0, size);
  const send = (type: string, properties: object) =>
    stream?.enqueue(frame(type, { sessionID, ...properties }));
  const part = (text: string, end?: number) => ({
    part: {
      id: partID,
      sessionID,
      messageID: id,
      type: "text",
      text,
      time: { start: 1, ...end ? { end } : {} },
    },
  });
  send("session.status", { status: { type: "busy" } });
  send("message.updated", { info: assistantOf(sessionID, messageID) });
  send("message.part.updated", part(""));
  for (let i = 0; i < pieces; i++) {
    send("message.part.delta", { messageID: id, partID, field: "text", delta: piece });
    if ((stream?.desiredSize ?? 0) <= 0) await new Promise<void>((resolve) => wanted = resolve);
  }
  send("message.part.updated", part(piece.repeat(pieces), 2));
  send("message.updated", { info: assistantOf(sessionID, messageID, 3) });
  send("session.status", { status: { type: "idle" } });
  send("session.idle", {});
}

const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/event") {
      let mine: typeof stream;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          stream = controller;
          controller.enqueue(frame("server.connected", {}));
        },
        pull() {
          wanted?.();
          wanted = undefined;
        },
        cancel() {
          if (stream === mine) stream = undefined; // the next one may stand already
        },
      }, new CountQueuingStrategy({ highWaterMark: 64 }));
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    }
    if (pathname.endsWith("/prompt_async")) {
      const { messageID, parts } = await request.json();
      const [pieces, size] = JSON.parse(parts[0].text);
      void turn(pathname.split("/")[2]!, messageID, pieces, size);
      return new Response(null, { status: 204 });
    }
    if (pathname.endsWith("/message")) return Response.json([]);
    return Response.json(pathname === "/session/status" ? { ses_1: { type: "busy" } } : {});
  },
);
(globalThis as unknown as { postMessage(message: string): void }).postMessage(
  `http://127.0.0.1:${server.addr.port}`,
);
