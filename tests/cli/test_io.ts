/** Runs the command line in this process: `main(argv, io)` with an `Io` that a test reads and writes. */
import { join } from "@std/path";
import { BrokenPipe, type InterruptSignal, type Io } from "../../src/cli/io.ts";
import { main } from "../../src/cli/main.ts";
import { host } from "../../src/runtime/host.ts";
import { createOpencodeServer } from "../../src/server/server.ts";
import { type ScriptedModel, scriptedModel } from "../../src/testing/model.ts";
import type { Script } from "../../src/testing/script.ts";

/** The world of one call. */
export interface Given {
  /** Standard input; a function writes it piece by piece; `"terminal"` is one. @default {an empty one} */
  input?: string | "terminal" | "silent" | ((write: (text: string) => void) => Promise<void>);
  /** What somebody types, line by line. */
  typed?: string[];
  /** Standard error is a terminal so wide, and standard output too. */
  columns?: number;
  env?: Record<string, string>;
  cwd?: string;
  /** Standard output fails after so many writes. */
  hangUpAfter?: number;
  /** How long a write to standard error takes, in milliseconds. @default {0} */
  slowErrors?: number;
}

/** What a call gave. */
export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** A call on its way. */
export interface Running {
  written(): { out: string; err: string };
  interrupt(signal?: InterruptSignal): void;
  done: Promise<Ran>;
}

/** Starts the command line in this process. */
export function start(argv: readonly string[], given: Given = {}): Running {
  const { input = "", typed = [], columns, env = {}, cwd = host().platform.cwd() } = given;
  const written = { out: "", err: "" };
  const lines = typeof input === "string" ? input.split("\n").slice(0, -1) : [];
  const listeners = new Set<(signal: InterruptSignal) => void>();
  let writes = 0;
  const io: Io = {
    // deno-lint-ignore require-await
    async out(text) {
      if (++writes > (given.hangUpAfter ?? Infinity)) throw new BrokenPipe("gone");
      written.out += text;
    },
    async err(text) {
      if (given.slowErrors) await new Promise((done) => setTimeout(done, given.slowErrors));
      written.err += text;
    },
    outIsTerminal: columns !== undefined,
    errIsTerminal: columns !== undefined,
    inIsTerminal: input === "terminal" || typed.length > 0,
    columns: () => columns ?? 80,
    input: () => streamOf(input),
    setRaw: () => {},
    readLine: (signal) => {
      if (input !== "silent") return Promise.resolve(typed.shift() ?? lines.shift() ?? null);
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true })
      );
    },
    cwd: () => cwd,
    env: (name) => env[name],
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    suspend: () => {},
    onContinue: () => () => {},
  };
  const done = main(argv, io).then((code) => ({ code, ...written }));
  return {
    written: () => ({ ...written }),
    interrupt: (signal = "SIGINT") => listeners.forEach((listener) => listener(signal)),
    done,
  };
}

/** Runs it to its end. */
export function run(argv: readonly string[], given?: Given): Promise<Ran> {
  return start(argv, given).done;
}

function streamOf(input: NonNullable<Given["input"]>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let left = false;
  return new ReadableStream({
    async start(controller) {
      if (input === "silent" || input === "terminal") return;
      if (typeof input === "string") controller.enqueue(encoder.encode(input));
      else await input((text) => left || controller.enqueue(encoder.encode(text)));
      if (!left) controller.close();
    },
    cancel() {
      left = true;
    },
  });
}

/** A directory with a scripted model, and the flags that lead there. */
export interface Place {
  directory: string;
  model: ScriptedModel;
  /** Flags and variables that use the shared server in that directory. */
  at: string[];
  env: Record<string, string>;
  run(argv: readonly string[], given?: Given): Promise<Ran>;
  start(argv: readonly string[], given?: Given): Running;
}

/** Runs a test in a place of its own, on the shared server where there is one. */
export async function withPlace(
  script: Script,
  test: (place: Place) => Promise<void>,
): Promise<void> {
  const { files, env } = host();
  const directory = await files.realPath(await files.makeTempDir({ prefix: "opencode-cli-" }));
  const model = await scriptedModel(script);
  await files.writeText(join(directory, "opencode.json"), JSON.stringify(model.config));
  const shared = env.get("OPENCODE_TEST_SERVER");
  const own = shared ? undefined : await createOpencodeServer({
    isolated: true,
    env: { OPENCODE_DISABLE_PROJECT_CONFIG: "0" },
  });
  const url = new URL(shared ?? own!.url);
  const variables = {
    OPENCODE_SERVER_USERNAME: own?.username ?? decodeURIComponent(url.username),
    OPENCODE_SERVER_PASSWORD: own?.password ?? decodeURIComponent(url.password),
  };
  const at = ["--attach", url.origin, "-d", directory];
  const given = (more: Given = {}): Given => ({
    cwd: directory,
    ...more,
    env: { ...variables, ...more.env },
  });
  try {
    await test({
      directory,
      model,
      at,
      env: variables,
      run: (argv, more) => run([...argv, ...at], given(more)),
      start: (argv, more) => start([...argv, ...at], given(more)),
    });
  } finally {
    await model.close();
    await own?.close();
    await files.remove(directory, { recursive: true });
  }
}
