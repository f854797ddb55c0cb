/** Runs the command line as a program of its own, in a home of its own. */
import { join } from "@std/path";
import { stdArgs } from "../../scripts/deno.ts";
import { host } from "../../src/runtime/host.ts";
import { createIsolatedHome, type IsolatedHome } from "../../src/runtime/isolation.ts";
import type { Child } from "../../src/runtime/port.ts";
import { resolveBinary } from "../../src/binary/locate.ts";
import { type ScriptedModel, scriptedModel } from "../../src/testing/model.ts";
import type { Script } from "../../src/testing/script.ts";

/** What a run gave. */
export interface Run {
  code: number;
  out: string;
  err: string;
}

/** How to run it. */
export interface RunOptions {
  /** Standard input; without one it is closed at once. `"open"` keeps it open and silent. */
  input?: string;
  env?: Record<string, string>;
  /** The working directory. @default {the world's} */
  cwd?: string;
}

/** A run on its way. */
export interface Running {
  child: Child;
  /** What it wrote so far. */
  written(): { out: string; err: string };
  /** Stops reading its standard output, as `head` does. */
  hangUp(): void;
  done: Promise<Run>;
}

/** A directory whose `opencode.json` names a scripted model, and a home for all that runs in it. */
export interface World extends AsyncDisposable {
  directory: string;
  model: ScriptedModel;
  home: string;
  start(args: string[], options?: RunOptions): Promise<Running>;
  run(args: string[], options?: RunOptions): Promise<Run>;
  /** The same, with its streams as a shell makes them: `"> /dev/full"`, `"<&- 2>&-"`. */
  redirected(redirections: string, args: string[]): Promise<Run>;
  /** The same, on a pseudo-terminal so wide (Linux, by `script`); all of it is in `out`. */
  terminal(columns: number, args: string[], env?: Record<string, string>): Promise<Run>;
  /** The opencode servers that run in this home (Linux). */
  servers(): Promise<number[]>;
}

/** Makes one. */
export async function world(script: Script): Promise<World> {
  const { files, env, platform } = host();
  const home: IsolatedHome = await createIsolatedHome();
  const directory = await files.realPath(await files.makeTempDir({ prefix: "opencode-cli-" }));
  const model = await scriptedModel(script);
  await files.writeText(join(directory, "opencode.json"), JSON.stringify(model.config));
  const { path: binary } = await resolveBinary();
  const variables = {
    ...home.env,
    OPENCODE_BIN: binary,
    OPENCODE_DISABLE_PROJECT_CONFIG: "0",
    NO_COLOR: "1",
    DENO_DIR: env.get("DENO_DIR") ?? join(platform.homeDir(), ".cache", "deno"),
    DENO_NO_UPDATE_CHECK: "1",
    ...(env.get("JSR_URL") === undefined ? {} : { JSR_URL: env.get("JSR_URL")! }),
  };
  const command = await cliCommand();
  async function start(
    args: string[],
    options: RunOptions = {},
    before: string[] = [],
    program: string[] = command,
  ): Promise<Running> {
    const words = [...before, ...program, ...args];
    const child = await host().spawn(words[0]!, {
      args: words.slice(1),
      cwd: options.cwd ?? directory,
      env: { ...variables, ...options.env },
      clearEnv: true,
      stdin: options.input === undefined ? "null" : "piped",
    });
    if (options.input !== undefined && options.input !== "open") {
      const writer = child.stdin!.getWriter();
      await writer.write(new TextEncoder().encode(options.input));
      await writer.close();
    }
    const written = { out: "", err: "" };
    const out = child.stdout!.getReader();
    const readers = Promise.all([
      follow(out, (text) => written.out += text),
      follow(child.stderr!.getReader(), (text) => written.err += text),
    ]);
    const done = child.status.then(async ({ code }) => {
      if (options.input === "open") await child.stdin!.close().catch(() => {});
      await readers;
      return { code, ...written };
    });
    return { child, written: () => ({ ...written }), hangUp: () => void out.cancel(), done };
  }
  return {
    directory,
    model,
    home: home.home,
    start: (args, options) => start(args, options),
    run: async (args, options) => await (await start(args, options)).done,
    redirected: async (redirections, args) =>
      await (await start(args, {}, ["sh", "-c", `exec "$@" ${redirections}`, "sh"])).done,
    terminal: async (columns, args, env = {}) => {
      const quoted = [...command, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
      const line = `stty cols ${columns}; exec ${quoted.join(" ")}`;
      const words = ["script", "-qec", line, "/dev/null"];
      return await (await start([], { env: { TERM: "xterm", ...env } }, words, [])).done;
    },
    servers: () => serversIn(home.home),
    async [Symbol.asyncDispose]() {
      await model.close();
      for (const pid of await serversIn(home.home)) platform.kill(pid, "SIGKILL");
      await files.remove(directory, { recursive: true });
      await home.dispose();
    },
  };
}

async function cliCommand(): Promise<string[]> {
  const { platform } = host();
  const root = platform.cwd();
  if (platform.runtime !== "deno") return [platform.execPath(), join(root, "dist/node/cli.mjs")];
  return [
    platform.execPath(),
    "run",
    "-A",
    "--no-config",
    "--quiet",
    ...await stdArgs(),
    join(root, "cli.ts"),
  ];
}

async function follow(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  take: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    take(decoder.decode(value, { stream: true }));
  }
}

/** Finds processes that run `opencode serve` with a home in their environment. */
const FIND = `for dir in /proc/[0-9]*; do
  grep -qzx "HOME=$1" "$dir/environ" 2>/dev/null && grep -qzx serve "$dir/cmdline" 2>/dev/null &&
    echo "\${dir#/proc/}"
done; true`;

/** By a shell: Deno lets nobody without all permissions look into /proc. */
async function serversIn(home: string): Promise<number[]> {
  const child = await host().spawn("sh", { args: ["-c", FIND, "sh", home], stderr: "null" });
  let text = "";
  await follow(child.stdout!.getReader(), (piece) => text += piece);
  await child.status;
  return text.split("\n").filter((line) => line !== "").map(Number);
}
