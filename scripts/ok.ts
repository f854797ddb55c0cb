/**
 * Everything that a change must not break, in one run: `deno task test`.
 *
 * Names narrow it: `deno run -A scripts/ok.ts fmt lint` runs those two. The last line is
 * `N passed, N failed`, where a check such as the format counts as one.
 */
import { bundleNode, bundleTests } from "./bundle_node.ts";
import { deno, stdArgs } from "./deno.ts";
import { npmRehearsal } from "./npm_rehearsal.ts";
import { npmTypes } from "./npm_types.ts";
import { failingFiles, type Job, type Outcome, runJobs, runTests, runTwice } from "./runner.ts";

const npx = Deno.build.os === "windows" ? "npx.cmd" : "npx";
const PASSED: Outcome = { passed: 1, failed: 0 };
const FAILED: Outcome = { passed: 0, failed: 1 };

/** Quick checks, one after another. */
const checks: Record<string, () => Promise<Outcome>> = {
  fmt: () => check(["fmt", "--check", "--quiet"]),
  lint: () => check(["lint", "--quiet"]),
  doc: async () => check(["doc", "--lint", "--quiet", ...await entries()]),
  types: async () => check(["check", "--quiet", ...await entries(), ...await rest()]),
  "npm-types": async () => await npmTypes() ? PASSED : FAILED,
  "npm-package": () => npmRehearsal().then(() => PASSED),
};

/** Tests, two runners at a time. */
const jobs: Record<string, () => Promise<Job[]>> = {
  deno: async () => {
    const [slow, others] = await halves();
    return [denoJob("deno, programs", slow), denoJob("deno, the rest", others)];
  },
  node: async () => {
    await bundleNode();
    const files = without(await bundleTests(), TOO_SLOW);
    const args = ["--test", "--test-reporter=tap", "--test-concurrency=2", ...files];
    const patterns = { passed: /^# pass (\d+)/m, failed: /^# fail (\d+)/m };
    const [command, before] = await hasNode20() ? ["node", []] : [npx, ["-y", "node@20"]];
    return [{
      name: "node",
      run: (say) => runTests(command!, [...before, ...args], patterns, say),
    }];
  },
  bun: async () => {
    const files = without(await bundleTests(), [...TOO_SLOW, ...TOO_SLOW_TWICE]);
    const args = ["-y", "bun@1", "test", "--timeout=120000"];
    const patterns = { passed: /^\s*(\d+) pass$/m, failed: /^\s*(\d+) fail$/m };
    const run: Run = (some, say) =>
      runTests(npx, [...args, ...(some ?? files).map((file) => `./${file}`)], patterns, say);
    const failing = (said: string) => failingFiles(said, /^(dist\/test\/\S+\.js):$/, /^\(fail\)/);
    return [{ name: "bun", run: (say) => runTwice(run, failing, say) }];
  },
};

/** What starts many programs, and is run on Deno alone: with these, a run would take too long. */
const TOO_SLOW = [
  "cli/keep",
  "facade/one_shot",
  "server/real",
  "session/cut",
  "session/many",
  "session/reconnect",
  "tools/search_same",
];

/** What is run on Deno and Node, and not on Bun. */
const TOO_SLOW_TWICE = ["cli/main", "cli/signals", "facade/", "server/orphan", "server/processes"];

function without(files: string[], parts: readonly string[]): string[] {
  return files.filter((file) => !parts.some((part) => file.includes(part)));
}

type Run = Parameters<typeof runTwice>[0];

function denoJob(name: string, paths: string[]): Job {
  const patterns = { passed: /(\d+) passed/, failed: /(\d+) failed/ };
  const run: Run = async (some, say) => {
    const args = ["test", "-P", "--quiet", ...await stdArgs(), ...some ?? paths];
    return await runTests(Deno.execPath(), args, patterns, say);
  };
  const failing = (said: string) =>
    failingFiles(said, /^running \d+ tests? from \.\/(\S+)$/, / FAILED \(/);
  return { name, run: (say) => runTwice(run, failing, say) };
}

/** The tests in two parts that take about as long. */
async function halves(): Promise<[string[], string[]]> {
  const slow = ["cli", "facade", "readme_test.ts"];
  const all: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir("tests")) {
    if (name.endsWith("_test.ts") || (isDirectory && !["fixtures", "long"].includes(name))) {
      all.push(name);
    }
  }
  const part = (of: (name: string) => boolean) => all.filter(of).sort().map((n) => `tests/${n}`);
  return [part((name) => slow.includes(name)), part((name) => !slow.includes(name))];
}

/** A check that passes or fails as one. */
async function check(args: string[]): Promise<Outcome> {
  return await deno(args) === 0 ? PASSED : FAILED;
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

const known = [...Object.keys(checks), ...Object.keys(jobs)];
const names = Deno.args.length > 0 ? Deno.args : known;
const unknown = names.find((name) => !known.includes(name));
if (unknown !== undefined) {
  console.error(`There is no step "${unknown}"; there are ${known.join(", ")}`);
  Deno.exit(2);
}
const total = { passed: 0, failed: 0 };
for (const name of names) {
  if (!(name in checks)) continue;
  const started = Date.now();
  console.log(`\n== ${name}`);
  const { passed, failed } = await checks[name]!().catch((error) => {
    console.error(error);
    return FAILED;
  });
  console.log(`== ${name}: ${failed === 0 ? "ok" : "not ok"}, ${Date.now() - started} ms`);
  total.passed += passed;
  total.failed += failed;
}
const all: Job[] = [];
for (const name of names) if (name in jobs) all.push(...await jobs[name]!());
const { passed, failed } = await runJobs(all);
total.passed += passed;
total.failed += failed;
console.log(`\n${total.passed} passed, ${total.failed} failed`);
Deno.exit(total.failed === 0 ? 0 : 1);
