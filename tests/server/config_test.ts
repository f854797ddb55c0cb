/** A broken configuration: what is wrong with it and where, and nothing of what stands in it. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { doctor } from "../../src/doctor/doctor.ts";
import { ServerConfigError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { createOpencodeServer, downloadBinary } from "../../src/server/mod.ts";
import { configErrorFrom, configErrorOf, ConfigRedaction } from "../../src/server/config_error.ts";
import { isolatedEnv } from "../../src/testing/mod.ts";
import { test } from "../harness.ts";

const SECRET = "sk-SECRET";
const LINES = [
  "{",
  '  "model": "a/b",',
  `  "provider": { "x": { "options": { "apiKey": "${SECRET}" } }`,
  '  "oops"',
  "}",
];

const CASES = [
  {
    what: "user's is no JSON",
    user: LINES.join("\n"),
    expected: { line: 4, reason: /^CommaExpected at line 4, column 3/ },
  },
  {
    what: "user's has wrong types",
    user: `{ "model": 5, "mcp": { "x": { "type": "${SECRET}" } }, "share": "${SECRET}" }`,
    expected: { line: undefined, reason: /model: Expected string/ },
  },
  {
    what: "user's names a file that is not there",
    user: `{ "provider": { "x": { "options": { "apiKey": "{file:./${SECRET}}" } } } }`,
    expected: { line: undefined, reason: /^bad file reference$/ },
  },
  {
    what: "project's is no JSON",
    project: LINES.join("\n"),
    expected: { line: 4, reason: /^CommaExpected at line 4, column 3/ },
  },
  {
    what: "project's has wrong types",
    project: `{ "agent": { "a": { "mode": "${SECRET}" } }, "permission": "${SECRET}" }`,
    expected: { line: undefined, reason: /agent\.a\.mode: Expected "subagent"/ },
  },
  {
    what: "project's names a file that is not there",
    project: `{ "provider": { "x": { "options": { "apiKey": "{file:./${SECRET}}" } } } }`,
    expected: { line: undefined, reason: /^bad file reference$/ },
  },
];

for (const { what, user, project, expected } of CASES) {
  test(`a start names file and reason, and no content, where the ${what}`, async () => {
    const { files } = host();
    const { path: binary } = await downloadBinary();
    const { env: { OPENCODE_DISABLE_PROJECT_CONFIG: _, ...env }, home, dispose } =
      await isolatedEnv();
    try {
      const cwd = join(await files.realPath(home), "project");
      await files.makeDir(cwd);
      const path = user === undefined
        ? join(cwd, "opencode.json")
        : join(env["XDG_CONFIG_HOME"]!, "opencode", "opencode.json");
      await files.writeText(path, user ?? project!);
      const error = await assertRejects(
        () =>
          createOpencodeServer({
            binary,
            cwd,
            env: { ...env, OPENCODE_DISABLE_PROJECT_CONFIG: "" },
          }),
        ServerConfigError,
      );
      assertEquals([error.path, error.line], [path, expected.line], error.message);
      assert(expected.reason.test(error.reason), error.reason);
      assertStringIncludes(error.message, path);
      const lines = user === undefined
        ? []
        : await doctor({ binary, cwd, env, cacheDirectory: join(home, "cache") });
      const told = [error.message, error.reason, ...error.logs, JSON.stringify(lines)].join("\n");
      assert(!told.includes("SECRET"), told);
      if (user !== undefined) {
        const line = lines.find(({ check }) => check === "server");
        assertStringIncludes(line!.message, path);
      }
    } finally {
      await dispose();
    }
  });
}

test("ConfigRedaction takes quoted content out of the output, and lets the rest through", () => {
  const redaction = new ConfigRedaction();
  const lines = [
    "before",
    "Error: Config file at /a b/opencode.json is not valid JSON(C): ",
    "--- JSONC Input ---",
    SECRET,
    "Line at line 1, column 2",
    "--- Errors ---",
    "CommaExpected at line 4, column 3",
    `   Line 4: "${SECRET}"`,
    "--- End ---",
    "after",
  ].flatMap((line) => redaction.line(line) ?? []);
  assertEquals(lines, [
    "before",
    "Error: Config file at /a b/opencode.json is not valid JSON(C): ",
    "Line at line 1, column 2",
    "CommaExpected at line 4, column 3",
    "after",
  ]);
  assertEquals(configErrorOf(lines)?.path, "/a b/opencode.json");
  assertEquals(configErrorOf(["listening"]), undefined);
});

test("configErrorFrom holds no content, whatever the server answers", () => {
  for (
    const data of [
      { issues: [{ path: ["a"], message: `no ${SECRET}` }] },
      { issues: [{ path: "x", message: `Expected string, got "a, got ${SECRET}"` }] },
      { message: `\n--- JSONC Input ---\n${SECRET} at line 1, column 2\n--- Errors ---\n` },
      { message: SECRET },
      SECRET,
      { path: 5, issues: SECRET },
    ]
  ) {
    const { message, reason } = configErrorFrom({ name: "ConfigJsonError", data });
    assert(!`${message} ${reason}`.includes("SECRET"), message);
  }
});
