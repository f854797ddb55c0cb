/**
 * The command line: wall time and peak memory of one prompt, beside opencode's own command and
 * beside a bare script, all of them taking turns in one run.
 *
 * - warm: on a kept server, beside `opencode run --attach` on the same server
 * - cold: with a server of its own, beside `opencode run`
 * - import: of the client and of the whole, beside an empty module
 *
 * `deno run -A scripts/deno.ts run -A bench/cli.ts [rounds]`; Linux, for the memory. On Node it runs
 * `dist/node/cli.mjs` (`deno task bundle:node`), where that stands.
 */
import { stdArgs } from "../scripts/deno.ts";
import { readState, stateFile } from "../src/server/kept.ts";
import { resolveBinary } from "../src/server/mod.ts";
import { isolatedEnv } from "../src/testing/mod.ts";

const rounds = Number(Deno.args[0] ?? 10);
const root = new URL("..", import.meta.url).pathname;
const std = await stdArgs();
const deno = Deno.execPath();
const bundle = `${root}dist/node/cli.mjs`;
const hasNode = await Deno.stat(bundle).then(() => true, () => false);

interface Sample {
  ms: number;
  /** Of the process itself, not of the server that it talks to. */
  mib: number;
}

type Run = { command: string; args: string[]; env?: Record<string, string> };

const { env, home, dispose } = await isolatedEnv({ prefix: "opencode-bench-" });
const project = `${home}/project`;
await Deno.mkdir(project);
const directory = await Deno.realPath(project);

async function measure({ command, args, env: more = {} }: Run): Promise<Sample> {
  const started = performance.now();
  const child = new Deno.Command(command, {
    args,
    cwd: directory,
    clearEnv: true,
    env: {
      ...env,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? denoDir,
      DENO_NO_UPDATE_CHECK: "1",
      ...more,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let kib = 0;
  const look = () => {
    try {
      const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      kib = Math.max(kib, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    } catch { /* gone */ }
  };
  const timer = setInterval(look, 5);
  const { success, stdout, stderr } = await child.output();
  const ms = performance.now() - started;
  clearInterval(timer);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${text(stdout)}${text(stderr)}`);
  return { ms, mib: kib / 1024 };
}

async function report(title: string, runs: Record<string, Run>, times = rounds): Promise<void> {
  const samples: Record<string, Sample[]> = {};
  for (let round = -1; round < times; round++) {
    for (const [name, run] of Object.entries(runs)) {
      const sample = await measure(run);
      if (round >= 0) (samples[name] ??= []).push(sample);
    }
  }
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
  console.log(`\n${title}, median of ${times}`);
  const rows = Object.entries(samples).map(([name, taken]) => ({
    name,
    ms: median(taken.map(({ ms }) => ms)),
    mib: median(taken.map(({ mib }) => mib)),
  }));
  const base = rows[0]!;
  for (const { name, ms, mib } of rows) {
    console.log(
      `${name.padEnd(28)} ${ms.toFixed(0).padStart(6)} ms  ${mib.toFixed(0).padStart(4)} MiB` +
        `   ${(ms / base.ms).toFixed(2)} × the time, ${(mib / base.mib).toFixed(2)} × the memory`,
    );
  }
}

const info = await new Deno.Command(deno, { args: ["info", "--json"], stderr: "null" }).output();
const denoDir: string = JSON.parse(new TextDecoder().decode(info.stdout)).denoDir;

const cli = (...flags: string[]): Record<string, Run> => ({
  "opencode-ts, Deno": {
    command: deno,
    args: ["run", "-A", "--no-check", "--quiet", ...std, `${root}cli.ts`, ...flags, "Say hello"],
  },
  ...hasNode && { "opencode-ts, Node": { command: "node", args: [bundle, ...flags, "Say hello"] } },
});

const model = new Deno.Command(deno, {
  args: ["run", "-A", "--quiet", ...std, `${root}bench/cli_model.ts`],
  stdin: "piped",
  stdout: "piped",
}).spawn();
try {
  const reader = model.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let config = "";
  while (!config.includes("\n")) config += (await reader.read()).value ?? "";
  await Deno.writeTextFile(`${env["XDG_CONFIG_HOME"]}/opencode/opencode.json`, config);
  const { path: opencode } = await resolveBinary();
  env["OPENCODE_BIN"] = opencode;
  env["BARE_PASSWORD"] = "bench";

  const bare: Run = {
    command: deno,
    args: ["run", "-A", "--no-check", "--quiet", `${root}bench/cli_bare.ts`, "Say hello"],
  };
  await measure(cli("--keep")["opencode-ts, Deno"]!);
  try {
    Deno.env.set("XDG_STATE_HOME", env["XDG_STATE_HOME"]!);
    const kept = await readState(await stateFile(directory));
    if (kept === undefined) throw new Error("nothing was kept");
    const attach = ["run", "--attach", kept.url, "--password", kept.password];
    await report("warm: on a kept server", {
      "opencode run --attach": { command: opencode, args: [...attach, "Say hello"] },
      "bare script": { ...bare, env: { BARE_URL: kept.url, BARE_PASSWORD: kept.password } },
      ...cli("--keep"),
    });
  } finally {
    await measure(cli()["opencode-ts, Deno"]!); // without --keep: ends it
  }
  await report("cold: a server of its own", {
    "opencode run": { command: opencode, args: ["run", "Say hello"] },
    "bare script": bare,
    ...cli(),
  }, Math.max(3, rounds >> 1));

  await Deno.writeTextFile(`${home}/empty.mjs`, "");
  const load = (module: string): Run => ({
    command: deno,
    args: ["run", "-A", "--no-check", "--quiet", ...std, module],
  });
  await report("import, Deno", {
    "an empty module": load(`${home}/empty.mjs`),
    "./client": load(`${root}src/client/mod.ts`),
    ".": load(`${root}mod.ts`),
    "cli.ts --version": {
      ...load(`${root}cli.ts`),
      args: [...load(`${root}cli.ts`).args, "--version"],
    },
  });
  if (hasNode) {
    const file = (name: string): Run => ({
      command: "node",
      args: [`${root}dist/node/${name}.mjs`],
    });
    await report("import, Node", {
      "an empty module": { command: "node", args: [`${home}/empty.mjs`] },
      "./client": file("client"),
      ".": file("mod"),
      "cli.mjs --version": { command: "node", args: [bundle, "--version"] },
    });
  }
} finally {
  await model.stdin.close();
  await model.status;
  await dispose();
}
