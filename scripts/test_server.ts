/**
 * Runs a command with one opencode server for all of its tests:
 * `deno run -A scripts/test_server.ts deno test -P tests/session`.
 *
 * The tests find it by `OPENCODE_TEST_SERVER`, credentials included, and start others by
 * `OPENCODE_BIN`.
 */
import { resolveBinary } from "../src/binary/locate.ts";
import { createOpencodeServer } from "../src/server/server.ts";

/**
 * How servers of tests collect garbage: seldom. With Bun's own settings it takes a third of a server's
 * time, which most of them spend on a few prompts.
 */
const COLLECT_SELDOM = {
  BUN_GC_TIMER_DISABLE: "1",
  BUN_JSC_collectionTimerMaxPercentCPU: "0.0001",
  BUN_JSC_largeHeapSize: String(256 * 2 ** 20),
  BUN_JSC_useConcurrentGC: "0",
};

/**
 * And how they compile: later. A server that a test starts ends after a few prompts, and an eighth of
 * its time went into compiling what it runs once; one that lives long compiles what it runs often all
 * the same. (Without the optimising compiler a start is as cheap, and each later prompt a fifth dearer.)
 */
const COMPILE_LATER = {
  BUN_JSC_thresholdForJITAfterWarmUp: "1500",
  BUN_JSC_thresholdForOptimizeAfterWarmUp: "8000",
  BUN_JSC_thresholdForOptimizeAfterLongWarmUp: "8000",
};

/**
 * No server of a test downloads from npm: each `.opencode` folder and each home of a user's kind
 * would get the server's plugin package, 63 MB, and the first tools would wait for it.
 */
const NO_REGISTRY = { npm_config_registry: "http://127.0.0.1:9/" };

/** A program that is opencode with these settings, also where a home clears the environment. */
async function testProgram(): Promise<string> {
  const { path, version } = await resolveBinary();
  if (Deno.build.os === "windows") return path;
  const settings = Object.entries({ ...COLLECT_SELDOM, ...COMPILE_LATER, ...NO_REGISTRY })
    .map(([name, value]) => `${name}=${value}`);
  const quoted = path.replaceAll("'", "'\\''");
  const text = `#!/bin/sh
# what the program itself said: it takes a second to say it, and each home of its own asks
[ "$*" = --version ] && exec echo ${version}
export ${settings.join(" ")}
exec '${quoted}' "$@"
`;
  const program = decodeURIComponent(new URL("../dist/opencode", import.meta.url).pathname);
  if (await Deno.readTextFile(program).catch(() => "") === text) return program;
  await Deno.mkdir(new URL("../dist", import.meta.url), { recursive: true });
  const part = `${program}.${Deno.pid}`;
  await Deno.writeTextFile(part, text, { mode: 0o755 });
  await Deno.rename(part, program);
  return program;
}

/** Starts the server, runs what is given with its address, and stops it. */
export async function withTestServer<T>(
  run: (url: string, program: string) => Promise<T>,
): Promise<T> {
  const binary = await testProgram();
  const server = await createOpencodeServer({
    binary,
    isolated: true,
    // the directory of each test names that test's own model
    env: { OPENCODE_DISABLE_PROJECT_CONFIG: "0" },
    timeout: 60_000,
  });
  try {
    const url = new URL(server.url);
    url.username = server.username;
    url.password = server.password;
    return await run(url.href, binary);
  } finally {
    await server.close();
  }
}

if (import.meta.main) {
  const [command = "deno", ...args] = Deno.args;
  const code = await withTestServer(async (OPENCODE_TEST_SERVER, OPENCODE_BIN) => {
    const env = { OPENCODE_TEST_SERVER, OPENCODE_BIN };
    const child = new Deno.Command(command, { args, env }).spawn();
    return (await child.status).code;
  });
  Deno.exit(code);
}
