/**
 * Runs portable tests on Node or Bun.
 *
 * `deno run -A scripts/on_runtime.ts node@22` runs all of them on that Node, from npm;
 * `… bun@1 tools/ session/turn` those whose paths have one of the words.
 */
import { bundleNode, bundleTests } from "./bundle_node.ts";
import { runtimeFromNpm } from "./npm_smoke.ts";
import { type Job, outcomeOf, runJobs, runTests } from "./runner.ts";
import { slowestFiles } from "./report.ts";

/** A job for the tests whose paths have one of the parts; for all of them without any. */
export function runtimeJob(runtime: string, parts: readonly string[] = []): Job {
  return {
    name: runtime,
    async run(say) {
      await bundleNode(); // tests of the command line run dist/node/cli.mjs
      const all = await bundleTests();
      const unknown = parts.filter((part) => !all.some((file) => file.includes(part)));
      if (unknown.length > 0) {
        say(`No portable test has ${unknown.join(", ")} in its path\n`);
        return outcomeOf(runtime, false, []);
      }
      const files = all
        .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
        .map((file) => `./${file}`);
      const report = `dist/reports/${runtime.replaceAll(/\W/g, "_")}.xml`;
      const args = runtime.startsWith("bun") ? bun(report) : node(report);
      return await runTests(
        runtime,
        await runtimeFromNpm(runtime),
        [...args, ...files],
        report,
        say,
      );
    },
  };
}

function node(report: string): string[] {
  return [
    "--test",
    "--test-concurrency=2",
    "--test-reporter=tap",
    "--test-reporter-destination=stdout",
    "--test-reporter=junit",
    `--test-reporter-destination=${report}`,
  ];
}

function bun(report: string): string[] {
  return ["test", "--timeout=120000", "--reporter=junit", `--reporter-outfile=${report}`];
}

if (import.meta.main) {
  const [runtime = "node@24", ...parts] = Deno.args;
  const { passed, failures, cases } = await runJobs([runtimeJob(runtime, parts)]);
  console.log(slowestFiles(cases, 15).join("\n"));
  for (const name of failures) console.log(`FAILED ${name}`);
  console.log(`\n${passed} passed, ${failures.length} failed`);
  Deno.exit(failures.length === 0 ? 0 : 1);
}
