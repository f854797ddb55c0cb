/**
 * Runs test runners, and reads from what they say how it went.
 */
import { stdArgs } from "./deno.ts";

/** What one step found. */
export interface Outcome {
  passed: number;
  failed: number;
}

/** How a test runner says how many passed; the last match counts. */
export interface Patterns {
  passed: RegExp;
  failed: RegExp;
}

/**
 * Runs a test runner, with one opencode server for all of its tests, hands on what it says, and
 * reads the counts from the end of it.
 */
export async function runTests(
  command: string,
  args: string[],
  patterns: Patterns,
  say: (text: string) => void,
): Promise<Outcome> {
  const server = ["run", "-A", "--quiet", ...await stdArgs(), "scripts/test_server.ts"];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...server, command, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let tail = "";
  const follow = (stream: ReadableStream<Uint8Array>) =>
    stream.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({
        write(text) {
          tail = (tail + text).slice(-4000);
          say(text);
        },
      }),
    );
  await Promise.all([follow(child.stdout), follow(child.stderr)]);
  const { success } = await child.status;
  const last = (pattern: RegExp) =>
    Number([...tail.matchAll(new RegExp(pattern, "gm"))].at(-1)?.[1] ?? 0);
  const outcome = { passed: last(patterns.passed), failed: last(patterns.failed) };
  if (!success && outcome.failed === 0) outcome.failed = 1;
  if (success && outcome.passed === 0) outcome.failed = 1; // a run of no test proves nothing
  return outcome;
}

/** At most so many failing files are tried again. */
const FEW = 3;

/**
 * The files of the failing tests, as the runner's words tell: of a few that fail in a long run on a
 * busy machine it is worth to know whether they fail alone.
 */
export function failingFiles(said: string, file: RegExp, failure: RegExp): string[] {
  const found = new Set<string>();
  let current: string | undefined;
  for (const line of said.split("\n")) {
    current = file.exec(line)?.[1] ?? current;
    if (current !== undefined && failure.test(line)) found.add(current);
  }
  return found.size <= FEW ? [...found] : [];
}

/** Runs tests; a few files that fail are run once more by themselves, and that is said. */
export async function runTwice(
  run: (files: string[] | undefined, say: (text: string) => void) => Promise<Outcome>,
  failing: (said: string) => string[],
  say: (text: string) => void,
): Promise<Outcome> {
  let said = "";
  const first = await run(undefined, (text) => {
    said += text;
    say(text);
  });
  const files = first.failed === 0 ? [] : failing(said);
  if (files.length === 0) return first;
  say(`\nFailed in the long run; once more, alone: ${files.join(", ")}\n`);
  const second = await run(files, say);
  if (second.failed > 0) return first;
  say(`\nUNSTEADY, passed at the second try: ${files.join(", ")}\n`);
  return { passed: first.passed + first.failed, failed: 0 };
}

/** A step that runs beside others. */
export interface Job {
  name: string;
  run(say: (text: string) => void): Promise<Outcome>;
}

/** Runs jobs, two at a time; what each says is shown when it has ended. */
export async function runJobs(jobs: readonly Job[], atOnce = 2): Promise<Outcome> {
  const total = { passed: 0, failed: 0 };
  const waiting = [...jobs];
  const running = new Map<string, number>();
  const sign = setInterval(() => {
    const seconds = (since: number) => Math.round((Date.now() - since) / 1000);
    const text = [...running].map(([name, since]) => `${name} ${seconds(since)} s`).join(", ");
    console.log(`… ${text}`);
  }, 30_000);
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const started = Date.now();
      running.set(job.name, started);
      let said = "";
      const { passed, failed } = await job.run((text) => said += text).catch((error) => {
        said += `${error instanceof Error ? error.stack : error}\n`;
        return { passed: 0, failed: 1 };
      });
      running.delete(job.name);
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      console.log(`\n== ${job.name}\n${said.trimEnd()}`);
      console.log(`== ${job.name}: ${passed} ok, ${failed} not, ${seconds} s`);
      total.passed += passed;
      total.failed += failed;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  clearInterval(sign);
  return total;
}
