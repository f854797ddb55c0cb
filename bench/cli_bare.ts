// The least that drives one turn over HTTP, streamed: what bench/cli.ts holds the command line
// against. With BARE_URL on a running server, else on one that it starts and stops.

const authorization = `Basic ${btoa(`opencode:${Deno.env.get("BARE_PASSWORD")}`)}`;
const headers = { authorization, "content-type": "application/json" };
const query = `?directory=${encodeURIComponent(Deno.cwd())}`;

async function turn(base: string): Promise<void> {
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${base}${path}${query}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    return response.status === 204 ? undefined : await response.json();
  };
  const [{ id }, events] = await Promise.all([
    post("/session", {}),
    fetch(`${base}/event${query}`, { headers }),
  ]);
  const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = (await reader.read()).value ?? "";
  const parts = [{ type: "text", text: Deno.args[0] }];
  await post(`/session/${id}/prompt_async`, { parts });
  const encoder = new TextEncoder();
  let worked = false;
  for (;;) {
    const lines = buffer.split("\n");
    buffer = lines.pop()!;
    for (const line of lines) {
      if (!line.startsWith("data: ")) continue;
      const { type, properties } = JSON.parse(line.slice(6));
      if (properties.sessionID !== id) continue;
      if (type === "message.part.delta") {
        worked = true;
        await Deno.stdout.write(encoder.encode(properties.delta));
      }
      if (type === "session.idle" && worked) {
        await Deno.stdout.write(encoder.encode("\n"));
        await reader.cancel();
        return;
      }
    }
    const { value, done } = await reader.read();
    if (done) throw new Error("the events ended");
    buffer += value;
  }
}

async function cold(): Promise<void> {
  const server = new Deno.Command(Deno.env.get("OPENCODE_BIN")!, {
    args: ["serve", "--port", "0"],
    env: { OPENCODE_SERVER_PASSWORD: Deno.env.get("BARE_PASSWORD")! },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let out = "";
  let ready: RegExpExecArray | null = null;
  while ((ready = /listening on (\S+)\n/.exec(out)) === null) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the server ended: ${out}`);
    out += value;
  }
  try {
    await turn(ready[1]!);
  } finally {
    server.kill("SIGTERM");
    await reader.cancel();
    await server.status;
  }
}

const url = Deno.env.get("BARE_URL");
await (url ? turn(url) : cold());
Deno.exit(0);
