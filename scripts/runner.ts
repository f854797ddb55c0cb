/** Runs test runners and checks side by side, and adds up how they went. */
import { stdArgs } from "./deno.ts";
import { type TestCase, testCases, withFiles } from "./report.ts";

/** What one step found. */
export interface Outcome {
  passed: number;
  /** What failed, by name; a run that ended badly without a failing test is one. */
  failures: string[];
  /** The tests that ran, with their times. */
  cases: TestCase[];
}

/** Takes what a step writes. */
export type Say = (text: string) => void;

/** A step that runs beside others. */
export interface Job {
  name: string;
  run(say: Say): Promise<Outcome>;
}

/** A program that writes nothing for so long hangs, in milliseconds. */
const SILENCE = 8 * 60_000;

/**
 * Runs a program, hands on what it writes, and returns whether it succeeded. One that writes nothing
 * for 8 minutes is killed, with its children: a test that hangs fails the run and does not stop it.
 */
export async function follow(
  command: string,
  args: readonly string[],
  say: Say,
): Promise<boolean> {
  const child = new Deno.Command(command, {
    args: [...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const kill = async () => {
    say(`\n${command} ${args[0]} wrote nothing for ${SILENCE / 60_000} minutes: it is killed\n`);
    if (Deno.build.os !== "windows") {
      await new Deno.Command("pkill", { args: ["-KILL", "-P", `${child.pid}`] }).output()
        .catch(() => {});
    }
    child.kill("SIGKILL");
  };
  let timer = setTimeout(kill, SILENCE);
  const heard = (text: string) => {
    clearTimeout(timer);
    timer = setTimeout(kill, SILENCE);
    say(text);
  };
  const read = (stream: ReadableStream<Uint8Array>) =>
    stream.pipeThrough(new TextDecoderStream()).pipeTo(new WritableStream({ write: heard }));
  await Promise.all([read(child.stdout), read(child.stderr)]);
  clearTimeout(timer);
  return (await child.status).success;
}

/**
 * Runs a test runner with one opencode server for all of its tests, and reads how it went from the
 * JUnit report that it leaves.
 */
export async function runTests(
  name: string,
  command: string,
  args: readonly string[],
  report: string,
  say: Say,
): Promise<Outcome> {
  await Deno.mkdir(report.slice(0, report.lastIndexOf("/")), { recursive: true });
  await Deno.remove(report).catch(() => {});
  const server = ["run", "-A", "--quiet", ...await stdArgs(), "scripts/test_server.ts"];
  let said = "";
  const success = await follow(Deno.execPath(), [...server, command, ...args], (text) => {
    said += text;
    say(text);
  });
  const cases = withFiles(testCases(await Deno.readTextFile(report).catch(() => "")), said)
    .map((test) => ({ ...test, file: fileOf(name, test.file) }));
  return outcomeOf(name, success, cases);
}

/** What a run's cases and its exit say together: one that did not succeed, or ran nothing, failed. */
export function outcomeOf(name: string, success: boolean, cases: TestCase[]): Outcome {
  const failures = cases.filter(({ failed }) => failed)
    .map((test) => `${test.file} > ${test.name}`);
  const passed = cases.length - failures.length;
  if (!success && failures.length === 0) failures.push(`${name}: it ended with a failure`);
  if (success && passed === 0) failures.push(`${name}: no test ran`);
  return { passed, failures, cases };
}

/** `/somewhere/dist/test/cli/main_test.js` is `node: cli/main_test`. */
function fileOf(runner: string, file: string): string {
  // Node names the file that called its `test`, which is the harness in a shared chunk
  if (file === "" || file.includes("chunk-")) return runner;
  const short = file.replace(/^.*(?:\.\/tests|dist\/test)\//, "").replace(/\.[jt]s$/, "");
  return `${runner}: ${short}`;
}

/** One more than there are processors: a test often waits for a time to pass. */
const AT_ONCE = navigator.hardwareConcurrency + 1;

/** Runs jobs, some at a time; what each says is shown when it has ended. */
export async function runJobs(jobs: readonly Job[], atOnce = AT_ONCE): Promise<Outcome> {
  const total: Outcome = { passed: 0, failures: [], cases: [] };
  const waiting = [...jobs];
  const running = new Map<string, number>();
  const sign = setInterval(() => {
    const seconds = (since: number) => Math.round((Date.now() - since) / 1000);
    const text = [...running].map(([name, since]) => `${name} ${seconds(since)} s`).join(", ");
    console.log(`… ${text}`);
  }, 30_000);
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const { name } = job;
      const started = Date.now();
      running.set(name, started);
      let said = "";
      const { passed, failures, cases } = await job.run((text) => said += text).catch((error) => {
        said += `${error instanceof Error ? error.stack : error}\n`;
        return { passed: 0, failures: [name], cases: [] };
      });
      running.delete(name);
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      console.log(`\n== ${name}\n${said.trim()}`);
      console.log(`== ${name}: ${passed} ok, ${failures.length} not, ${seconds} s`);
      total.passed += passed;
      total.failures.push(...failures);
      total.cases.push(...cases);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  clearInterval(sign);
  return total;
}
