/**
 * Everything that a change must not break, in one run: `deno task test`.
 *
 * Names narrow it: `deno run -A scripts/ok.ts fmt lint` runs those two. The last line is
 * `N passed, N failed`, where a check such as the format counts as one. Nothing is tried twice: a
 * test that fails is named, and fails the run.
 */
import { stdArgs } from "./deno.ts";
import { npmTypes } from "./npm_types.ts";
import { runtimeJob } from "./on_runtime.ts";
import { slowestFiles } from "./report.ts";
import { follow, type Job, type Outcome, runJobs, runTests, type Say } from "./runner.ts";
import { RUNTIME_TESTS } from "./runtime_tests.ts";

/** The newest Node and Bun; the oldest Node runs the packed package (`tests/packages`). */
const NODE = "node@24";
const BUN = "bun@1";

/** Every step, in the order in which they begin. */
const steps: Record<string, () => Promise<Job[]> | Job[]> = {
  fmt: () => [check("fmt", ["fmt", "--check", "--quiet"])],
  lint: () => [check("lint", ["lint", "--quiet"])],
  // what takes long begins early, and small things fill the end
  bun: () => [runtimeJob(BUN, RUNTIME_TESTS)],
  deno: denoJobs,
  node: () => [runtimeJob(NODE, RUNTIME_TESTS)],
  "npm-types":
    () => [{ name: "npm-types", run: async (say) => one("npm-types", await npmTypes(say)) }],
  types: async () => [check("types", ["check", "--quiet", ...await entries(), ...await rest()])],
  page: () => [
    check("page", [
      "check",
      "--quiet",
      "--no-lock",
      "--config",
      "src/web/ui/check.json",
      "src/web/ui/main.ts",
    ]),
    check("page, generated", ["run", "-A", "scripts/generate_page.ts", "--check"]),
  ],
  // each entry alone: what it names must be exported there
  doc: async () =>
    (await entries()).map((entry) => check(`doc ${entry}`, ["doc", "--lint", "--quiet", entry])),
};

/**
 * The tests on Deno in parts, those that take longest first; each has a server of its own. A folder
 * that is in several parts has its files dealt out among them.
 */
const PARTS: Record<string, readonly string[]> = {
  rest: [],
  "sessions 1": ["session"],
  servers: ["server"],
  "sessions 2": ["session"],
  "command line 1": ["cli"],
  "command line 2": ["cli"],
  facade: ["facade", "budget"],
  "the page": ["web"],
  packages: ["packages"],
  documents: ["docs_test.ts", "readme_test.ts", "examples"],
  campaign: ["campaign"],
};

async function denoJobs(): Promise<Job[]> {
  const top = await testsIn("tests");
  const named = Object.values(PARTS).flat();
  return await Promise.all(
    Object.entries(PARTS).map(async ([part, names]) => {
      if (names.length === 0) return denoJob(part, top.filter((name) => !named.includes(name)));
      const dealt = await Promise.all(names.map(async (name) => {
        const parts = Object.keys(PARTS).filter((other) => PARTS[other]!.includes(name));
        if (parts.length === 1) return [name];
        const files = (await testsIn(`tests/${name}`)).map((file) => `${name}/${file}`);
        return files.filter((_, index) => index % parts.length === parts.indexOf(part));
      }));
      return denoJob(part, dealt.flat());
    }),
  );
}

/** The test files of a folder, and the folders in it, sorted. */
async function testsIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name.endsWith("_test.ts") || (isDirectory && !["fixtures", "long"].includes(name))) {
      found.push(name);
    }
  }
  return found.sort();
}

function denoJob(part: string, names: readonly string[]): Job {
  const name = `deno, ${part}`;
  const report = `dist/reports/${name.replaceAll(/\W+/g, "_")}.xml`;
  const paths = names.map((path) => `tests/${path}`);
  return {
    name,
    run: async (say) => {
      const args = [
        "test",
        "-P",
        "--quiet",
        "--no-check", // the step `types` checks all of it
        `--junit-path=${report}`,
        ...await stdArgs(),
        ...paths,
      ];
      return await runTests(name, Deno.execPath(), args, report, say);
    },
  };
}

/** A deno subcommand that passes or fails as one. */
function check(name: string, [command, ...args]: string[]): Job {
  const run = async (say: Say) => {
    const std = ["check", "doc"].includes(command!) ? await stdArgs() : [];
    return one(name, await follow(Deno.execPath(), [command!, ...std, ...args], say));
  };
  return { name, run };
}

function one(name: string, success: boolean): Outcome {
  return { passed: success ? 1 : 0, failures: success ? [] : [name], cases: [] };
}

async function entries(): Promise<string[]> {
  const { exports } = JSON.parse(await Deno.readTextFile("deno.json"));
  return Object.values(exports as Record<string, string>);
}

/** What no entry point reaches. */
async function rest(): Promise<string[]> {
  const found: string[] = [];
  for (const dir of ["src", "tests", "scripts", "bench"]) await walk(dir, found);
  // the page is checked with the browser's types
  return found.filter((file) => !file.startsWith("src/web/ui/"));
}

async function walk(dir: string, found: string[]): Promise<void> {
  for await (const entry of Deno.readDir(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory && entry.name !== "fixtures") await walk(path, found);
    else if (entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts")) found.push(path);
  }
}

/** How many of the slowest test files are printed. */
const SLOWEST = 15;

if (import.meta.main) {
  const names = Deno.args.length > 0 ? Deno.args : Object.keys(steps);
  const unknown = names.find((name) => !(name in steps));
  if (unknown !== undefined) {
    console.error(`There is no step "${unknown}"; there are ${Object.keys(steps).join(", ")}`);
    Deno.exit(2);
  }
  const started = Date.now();
  const jobs = await Promise.all(names.map((name) => steps[name]!()));
  const { passed, failures, cases } = await runJobs(jobs.flat());
  if (cases.length > 0) {
    console.log(`\nThe slowest files:\n${slowestFiles(cases, SLOWEST).join("\n")}`);
  }
  if (failures.length > 0) console.log(`\nFailed:\n${failures.join("\n")}`);
  console.log(`\n${((Date.now() - started) / 1000).toFixed(0)} s`);
  console.log(`${passed} passed, ${failures.length} failed`);
  Deno.exit(failures.length === 0 ? 0 : 1);
}
