/**
 * Everything that a change must not break, in one run: `deno task test`.
 *
 * Names narrow it: `deno run -A scripts/ok.ts fmt lint` runs those two. The last line is
 * `N passed, N failed`, where a check such as the format counts as one.
 */
import { deno, stdArgs } from "./deno.ts";
import { bundleNode, bundleTests } from "./bundle_node.ts";
import { npmTypes } from "./npm_types.ts";

/** What one step found. */
interface Outcome {
  passed: number;
  failed: number;
}

const npx = Deno.build.os === "windows" ? "npx.cmd" : "npx";

const steps: Record<string, () => Promise<Outcome>> = {
  fmt: () => check(["fmt", "--check", "--quiet"]),
  lint: () => check(["lint", "--quiet"]),
  doc: async () => check(["doc", "--lint", "--quiet", ...await entries()]),
  types: async () => check(["check", "--quiet", ...await entries(), ...await rest()]),
  "npm-types": async () => await npmTypes() ? PASSED : FAILED,
  deno: async () =>
    count(Deno.execPath(), ["test", "-P", "--quiet", ...await stdArgs()], {
      passed: /(\d+) passed/,
      failed: /(\d+) failed/,
    }),
  node: async () => {
    await bundleNode();
    const files = await bundleTests();
    const args = ["--test", "--test-reporter=tap", ...files];
    const patterns = { passed: /^# pass (\d+)/m, failed: /^# fail (\d+)/m };
    return await hasNode20()
      ? count("node", args, patterns)
      : count(npx, ["-y", "node@20", ...args], patterns);
  },
  bun: async () => {
    const files = await bundleTests();
    return count(npx, ["-y", "bun@1", "test", "--timeout=120000", ...files.map((f) => `./${f}`)], {
      passed: /^\s*(\d+) pass$/m,
      failed: /^\s*(\d+) fail$/m,
    });
  },
};

const PASSED: Outcome = { passed: 1, failed: 0 };
const FAILED: Outcome = { passed: 0, failed: 1 };

/** A check that passes or fails as one. */
async function check(args: string[]): Promise<Outcome> {
  return await deno(args) === 0 ? PASSED : FAILED;
}

/**
 * Runs a test runner, with one opencode server for all of its tests, shows what it says, and reads
 * the counts from the end of it.
 */
async function count(
  command: string,
  args: string[],
  patterns: { passed: RegExp; failed: RegExp },
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
  const show = (stream: ReadableStream<Uint8Array>) =>
    stream.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({
        async write(text) {
          tail = (tail + text).slice(-4000);
          await Deno.stdout.write(new TextEncoder().encode(text));
        },
      }),
    );
  await Promise.all([show(child.stdout), show(child.stderr)]);
  const { success } = await child.status;
  const last = (pattern: RegExp) =>
    Number([...tail.matchAll(new RegExp(pattern, "gm"))].at(-1)?.[1] ?? 0);
  const outcome = { passed: last(patterns.passed), failed: last(patterns.failed) };
  if (!success && outcome.failed === 0) outcome.failed = 1;
  if (success && outcome.passed === 0) outcome.failed = 1; // a run of no test proves nothing
  return outcome;
}

async function entries(): Promise<string[]> {
  const { exports } = JSON.parse(await Deno.readTextFile("deno.json"));
  return Object.values(exports as Record<string, string>);
}

/** What no entry point reaches. */
async function rest(): Promise<string[]> {
  const found: string[] = [];
  for (const dir of ["src", "tests", "scripts", "bench"]) await walk(dir, found);
  // dnt lives on JSR alone: the build script is checked where it runs
  return found.filter((file) => file !== "scripts/build_npm.ts");
}

async function walk(dir: string, found: string[]): Promise<void> {
  for await (const entry of Deno.readDir(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory && entry.name !== "fixtures") await walk(path, found);
    else if (entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts")) found.push(path);
  }
}

async function hasNode20(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command("node", { args: ["--version"] }).output();
    return new TextDecoder().decode(stdout).startsWith("v20.");
  } catch {
    return false;
  }
}

const names = Deno.args.length > 0 ? Deno.args : Object.keys(steps);
const total = { passed: 0, failed: 0 };
for (const name of names) {
  const step = steps[name];
  if (step === undefined) {
    console.error(`There is no step "${name}"; there are ${Object.keys(steps).join(", ")}`);
    Deno.exit(2);
  }
  const started = Date.now();
  console.log(`\n== ${name}`);
  const { passed, failed } = await step().catch((error) => {
    console.error(error);
    return FAILED;
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`== ${name}: ${passed} ok, ${failed} not, ${seconds} s`);
  total.passed += passed;
  total.failed += failed;
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
Deno.exit(total.failed === 0 ? 0 : 1);
