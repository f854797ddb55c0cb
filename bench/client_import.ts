/**
 * What an import of the client costs over an empty module, beside @opencode-ai/sdk's client, on the
 * runtime's own clock: a process for each import, one kind after the other, medians.
 *
 * `deno run -A bench/client_import.ts`; Node imports what `deno task bundle:node` wrote.
 */

const ROUNDS = 15;
const dir = await Deno.makeTempDir();
const client = new URL("../src/client/mod.ts", import.meta.url).href;
const bundle = new URL("../dist/node/client.mjs", import.meta.url);

/** A program that says how many milliseconds its import took. */
async function program(name: string, specifier: string): Promise<string> {
  const path = `${dir}/${name}`;
  await Deno.writeTextFile(
    path,
    `const t = performance.now();\nawait import(${JSON.stringify(specifier)});\n` +
      "console.log(performance.now() - t);\n",
  );
  return path;
}

async function once(command: string, args: string[]): Promise<number> {
  const { stdout, success, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return Number(new TextDecoder().decode(stdout));
}

/** Runs the kinds in turns, so that a busy moment hits all of them. */
async function medians(
  command: string,
  kinds: Record<string, string[]>,
): Promise<Record<string, number>> {
  const times: Record<string, number[]> = {};
  for (const name of Object.keys(kinds)) times[name] = [];
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, args] of Object.entries(kinds)) {
      const time = await once(command, args);
      if (round >= 0) times[name]!.push(time);
    }
  }
  return Object.fromEntries(
    Object.entries(times).map(([name, list]) =>
      [name, list.sort((a, b) => a - b)[list.length >> 1]!] as const
    ),
  );
}

function report(runtime: string, found: Record<string, number>): void {
  for (const [name, time] of Object.entries(found)) {
    const over = time - found["empty"]!;
    console.log(`${runtime} ${name}: ${time.toFixed(1)} ms, ${over.toFixed(1)} ms over empty`);
  }
}

try {
  await Deno.writeTextFile(`${dir}/empty.mjs`, "export {};\n");
  const empty = await program("import_empty.mjs", `file://${dir}/empty.mjs`);
  const ours = await program("import_client.mjs", client);
  const peer = await program("import_peer.mjs", "npm:@opencode-ai/sdk@1.18.33/client");
  const run = ["run", "-A", "--quiet", "--no-lock"];
  report(
    "deno",
    await medians(Deno.execPath(), {
      empty: [...run, empty],
      "./client": [...run, ours],
      "@opencode-ai/sdk/client": [...run, peer],
    }),
  );
  if (await Deno.stat(bundle).catch(() => undefined)) {
    const node = await program("import_bundle.mjs", bundle.href);
    report("node", await medians("node", { empty: [empty], "./client": [node] }));
  }
} finally {
  await Deno.remove(dir, { recursive: true });
}
