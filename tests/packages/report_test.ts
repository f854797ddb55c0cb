/** What the runner of `deno task test` makes of what the test runners leave. */
import { assertEquals } from "@std/assert";
import { slowestFiles, testCases, withFiles } from "../../scripts/report.ts";
import { outcomeOf, runJobs } from "../../scripts/runner.ts";

Deno.test("testCases reads Deno's report: names, files, times, failures; ignored tests are none", () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="3" failures="1" errors="0" time="1.5">
  <testsuite name="./tests/a_test.ts" tests="3" disabled="1" errors="0" failures="1">
    <testcase name="a &lt; b &#39;quoted&#39;" classname="./tests/a_test.ts" time="0.5" line="3" col="6">
    </testcase>
    <testcase name="breaks" classname="./tests/a_test.ts" time="1" line="9" col="6">
      <failure message="Uncaught Error">text with &lt;testcase name="no"</failure>
    </testcase>
    <testcase name="elsewhere" classname="./tests/a_test.ts" time="0" line="12" col="6">
      <skipped/>
    </testcase>
  </testsuite>
</testsuites>`;
  const file = "./tests/a_test.ts";
  assertEquals(testCases(xml), [
    { file, name: "a < b 'quoted'", seconds: 0.5, failed: false },
    { file, name: "breaks", seconds: 1, failed: true },
  ]);
});

Deno.test("withFiles finds the files of what the report counts to the harness", () => {
  const output = `running 2 tests from ./tests/a_test.ts
one ... ok (2ms)
two ...
------- output -------
something ... else
----- output end -----
two ... FAILED (1m2s)
running 1 test from ./tests/b_test.ts
one ... ok (5µs)
`;
  const names = ["one", "two", "one", "three"];
  const cases = names.map((name) => ({
    file: "./tests/harness.ts",
    name,
    seconds: 1,
    failed: false,
  }));
  const own = { file: "./tests/c_test.ts", name: "one", seconds: 1, failed: false };
  assertEquals(withFiles([...cases, own], output).map(({ file }) => file), [
    "./tests/a_test.ts",
    "./tests/a_test.ts",
    "./tests/b_test.ts",
    "./tests/harness.ts",
    "./tests/c_test.ts",
  ]);
});

Deno.test("testCases reads Node's report, where nothing says which suite", () => {
  const xml = `<testsuites>
	<testcase name="x" time="0.25" classname="test" file="/r/dist/test/x.js"/>
	<testcase name="y" time="0.5" classname="test" failure="no">
		<failure type="testCodeFailure" message="no">Error</failure>
	</testcase>
</testsuites>`;
  assertEquals(testCases(xml), [
    { file: "/r/dist/test/x.js", name: "x", seconds: 0.25, failed: false },
    { file: "", name: "y", seconds: 0.5, failed: true },
  ]);
});

Deno.test("outcomeOf names what failed; a run that broke or ran nothing failed too", () => {
  const good = { file: "a: x", name: "one", seconds: 1, failed: false };
  const bad = { file: "a: x", name: "two", seconds: 2, failed: true };
  assertEquals(outcomeOf("a", false, [good, bad]).failures, ["a: x > two"]);
  assertEquals(outcomeOf("a", true, [good]).failures, []);
  assertEquals(outcomeOf("a", false, [good]).failures.length, 1);
  assertEquals(outcomeOf("a", true, []).failures.length, 1);
  assertEquals(slowestFiles([good, bad, { ...good, file: "a: y" }], 1), ["    3.0 s  a: x"]);
});

Deno.test("runJobs runs so many at a time, and a job that throws is a failure by its name", async () => {
  let running = 0;
  let most = 0;
  const job = (name: string, throws = false) => ({
    name,
    run: async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      if (throws) throw new Error("broken");
      return { passed: 1, failures: [], cases: [] };
    },
  });
  const { passed, failures } = await runJobs([job("a"), job("b", true), job("c"), job("d")], 2);
  assertEquals([most, passed, failures], [2, 3, ["b"]]);
});
