/**
 * The program's archive fetched, checked against its SHA-512 and unpacked, beside
 * `curl` + `sha512sum` + `tar`, from a file server on this machine, one after the other in one run.
 *
 * `deno run -A scripts/deno.ts run -A bench/download.ts`
 */
import { findRegistry } from "../src/binary/registry.ts";
import { npmSource } from "../src/binary/sources.ts";
import { fetchProgram } from "../src/binary/unpack.ts";
import { TESTED_VERSION } from "../src/binary/versions.ts";

const BUILD = "linux-x64";
const ROUNDS = 5;

const registry = await findRegistry();
if (!registry) throw new Error("There is no npm registry here");
const archive = await npmSource(registry).archive(
  BUILD,
  TESTED_VERSION,
  AbortSignal.timeout(30_000),
);
const dir = await Deno.makeTempDir({ prefix: "bench-download-" });
const response = await fetch(archive.url, { headers: archive.headers });
await Deno.writeFile(`${dir}/archive.tgz`, response.body!);
const { size } = await Deno.stat(`${dir}/archive.tgz`);

// A process of its own: what serves must not share a thread with what is measured.
const serve =
  `Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(port) },
  async () => new Response((await Deno.open(${JSON.stringify(`${dir}/archive.tgz`)})).readable,
    { headers: { "content-length": "${size}" } }));`;
const server = new Deno.Command(Deno.execPath(), {
  args: ["eval", serve],
  stdout: "piped",
}).spawn();
const stdout = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
const url = `http://127.0.0.1:${Number((await stdout.read()).value)}/`;

async function shell(script: string): Promise<void> {
  const { success } = await new Deno.Command("sh", { args: ["-ec", script], cwd: dir }).output();
  if (!success) throw new Error(script);
}

async function ours(): Promise<void> {
  await fetchProgram({ ...archive, url, headers: {} }, `${dir}/ours`);
  await Deno.remove(`${dir}/ours`);
}

async function theirs(): Promise<void> {
  await shell(
    `curl -s -o a.tgz ${url} && sha512sum a.tgz > sum && tar -xzf a.tgz && sync -d package/bin/opencode`,
  );
  await shell("rm -r a.tgz sum package");
}

const times: Record<string, number[]> = { ours: [], "curl, sha512sum, tar": [] };
let peak = 0;
for (let round = -1; round < ROUNDS; round++) {
  for (const [name, run] of [["ours", ours], ["curl, sha512sum, tar", theirs]] as const) {
    const started = performance.now();
    await run();
    if (round >= 0) times[name]!.push(performance.now() - started);
    if (name === "ours") peak = Math.max(peak, Deno.memoryUsage().rss);
  }
}
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
for (const [name, values] of Object.entries(times)) {
  console.log(`${name.padEnd(22)} ${median(values).toFixed(0).padStart(6)} ms`);
}
const ratio = median(times.ours!) / median(times["curl, sha512sum, tar"]!);
console.log(
  `ratio ${ratio.toFixed(2)} (goal: at most 1.0), memory of the process ${
    (peak / 2 ** 20).toFixed(0)
  } MiB`,
);
server.kill();
await server.status;
await stdout.cancel();
await Deno.remove(dir, { recursive: true });
