import type { Document } from "./document.ts";

/** Starts a server in a home of its own, reads its document and its version, and stops it. */
export async function readDocument(
  binary: string = Deno.env.get("OPENCODE_BIN") ?? "opencode",
): Promise<{ document: Document; version: string }> {
  const home = await Deno.makeTempDir({ prefix: "opencode-generate-" });
  const models = `${home}/models.json`;
  await Deno.writeTextFile(models, "{}");
  const { HOME: _home, ...env } = Deno.env.toObject();
  const password = crypto.randomUUID();
  const child = new Deno.Command(binary, {
    args: ["serve", "--hostname", "127.0.0.1", "--port", "0"],
    cwd: home,
    clearEnv: true,
    env: {
      ...Object.fromEntries(Object.entries(env).filter(([name]) => !/^(OPENCODE|XDG)_/.test(name))),
      HOME: home,
      OPENCODE_MODELS_PATH: models,
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_SERVER_PASSWORD: password,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const tooSlow = setTimeout(() => child.kill("SIGKILL"), 60_000);
  try {
    const url = await readyUrl(child.stdout);
    const headers = { authorization: `Basic ${btoa(`opencode:${password}`)}` };
    const get = async (path: string) => await (await fetch(new URL(path, url), { headers })).json();
    const document = await get("/doc") as Document;
    const { version } = await get("/global/health") as { version: string };
    return { document, version };
  } finally {
    clearTimeout(tooSlow);
    try {
      child.kill("SIGKILL");
    } catch { /* gone already */ }
    await child.status;
    await Deno.remove(home, { recursive: true });
  }
}

async function readyUrl(stdout: ReadableStream<Uint8Array>): Promise<string> {
  let seen = "";
  for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
    seen += text;
    const ready = /listening on (http:\S+)/.exec(seen);
    if (ready) return ready[1]!;
  }
  throw new Error(`The server ended before it was ready: ${seen}`);
}
