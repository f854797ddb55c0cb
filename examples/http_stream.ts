/**
 * An endpoint that streams the answer as server-sent events. A client that goes away stops the model.
 *
 *     deno run -A examples/http_stream.ts 8000
 *     curl -N -d 'Write a haiku' http://127.0.0.1:8000
 *
 * The handler is a function of the web platform: Hono, Next.js and Bun.serve take it as it is.
 */
import { Opencode } from "@x/opencode";

const ai = new Opencode({ permissions: "deny" });

export async function handler(request: Request): Promise<Response> {
  if (request.method !== "POST") return new Response("POST a prompt", { status: 405 });
  const prompt = await request.text();
  const session = await ai.createSession();
  const turn = session.stream(prompt, { signal: request.signal, timeout: 120_000 });
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (event: string, data: unknown) =>
        controller.enqueue(
          new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
        );
      try {
        for await (const text of turn) send("text", text);
        const { cost } = await turn.reply;
        send("done", { cost });
      } catch (error) {
        send("failed", error instanceof Error ? error.message : String(error));
      }
      controller.close();
    },
    cancel: () => turn.abort(),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

if (import.meta.main) {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: Number(Deno.args[0] ?? 8000),
    onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
  }, handler);
  Deno.addSignalListener("SIGINT", () => server.shutdown());
  await server.finished;
  await ai.close();
}
