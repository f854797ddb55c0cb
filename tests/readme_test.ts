/** Every snippet of the README runs: on the real server, with a scripted model of the name it uses. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { stdArgs, stdImports, writeImportMap } from "../scripts/deno.ts";
import { createIsolatedHome } from "../src/runtime/isolation.ts";
import { resolveBinary } from "../src/binary/locate.ts";
import { scriptedModel } from "../src/testing/model.ts";
import type { ModelRequest, ScriptStep } from "../src/testing/script.ts";

const readme = await Deno.readTextFile("README.md");

function blocks(language: string): string[] {
  const fence = new RegExp("```" + language + "\\n([\\s\\S]*?)```", "g");
  return [...readme.matchAll(fence)].map(([, code]) => code!);
}

/** A model that does what a snippet may ask of one. */
function model(request: ModelRequest): ScriptStep {
  if (request.toolNames.includes("StructuredOutput")) {
    return { toolCalls: [{ name: "StructuredOutput", input: { name: "Ada", age: 36 } }] };
  }
  const own = request.toolNames.find((name) => name.endsWith("_weather"));
  if (own && request.toolResults.length === 0) {
    return { toolCalls: [{ name: own, input: { city: "Kiel" } }] };
  }
  const users = request.messages.filter(({ role }) => role === "user").length;
  const last = request.toolResults.at(-1)?.content ?? "";
  return { text: ["An answer ", `to prompt ${users}. `, last] };
}

interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs something in a home and a directory of its own, where the model answers. */
async function inWorld(
  run: (
    spawn: (command: string, args: string[]) => Promise<Ran>,
    directory: string,
  ) => Promise<void>,
): Promise<void> {
  const home = await createIsolatedHome();
  const scripted = await scriptedModel(model, { provider: "anthropic", model: "claude-sonnet-4" });
  const directory = await Deno.makeTempDir({ prefix: "opencode-readme-" });
  try {
    await Deno.writeTextFile(join(directory, "opencode.json"), JSON.stringify(scripted.config));
    const env = {
      ...home.env,
      OPENCODE_BIN: (await resolveBinary()).path,
      OPENCODE_DISABLE_PROJECT_CONFIG: "0",
      DENO_DIR: Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "", ".cache/deno"),
      NO_COLOR: "1",
      ...passedOn("JSR_URL", "OPENCODE_TEST_SERVER"),
    };
    const spawn = async (command: string, args: string[]) => {
      const options = { args, cwd: directory, env, clearEnv: true, stdin: "null" } as const;
      const { code, stdout, stderr } = await new Deno.Command(command, options).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, out: text(stdout), err: text(stderr) };
    };
    await run(spawn, directory);
  } finally {
    await scripted.close();
    await Deno.remove(directory, { recursive: true });
    await home.dispose();
  }
}

function passedOn(...names: string[]): Record<string, string> {
  const pairs = names.map((name) => [name, Deno.env.get(name)]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

/** The import map of this checkout, with the package's own names. */
async function importMap({ shared = false } = {}): Promise<string> {
  const { exports } = JSON.parse(await Deno.readTextFile("deno.json"));
  const root = new URL("../", import.meta.url);
  const imports = await stdImports();
  for (const [name, path] of Object.entries(exports as Record<string, string>)) {
    imports[`@x/opencode${name.slice(1)}`] = new URL(path, root).href;
  }
  if (shared) imports["@x/opencode"] = new URL("fixtures/shared_opencode.ts", import.meta.url).href;
  return await writeImportMap(shared ? "readme_shared" : "readme", imports);
}

Deno.test("README: every TypeScript snippet passes the type check", async () => {
  await inWorld(async (spawn, directory) => {
    const map = await importMap();
    const files = blocks("ts").map((_, index) => join(directory, `snippet_${index + 1}.ts`));
    for (const [index, code] of blocks("ts").entries()) {
      await Deno.writeTextFile(files[index]!, code);
    }
    const { code, err } = await spawn(Deno.execPath(), [
      "check",
      "--quiet",
      `--import-map=${map}`,
      ...files,
    ]);
    assertEquals(code, 0, err);
  });
});

for (const [index, code] of blocks("ts").entries()) {
  const title = code.split("\n").findLast((line) => line.trim() !== "")!.trim().slice(0, 50);
  Deno.test(`README: TypeScript snippet ${index + 1} runs and says something (${title})`, async () => {
    await inWorld(async (spawn, directory) => {
      const file = join(directory, "snippet.ts");
      await Deno.writeTextFile(file, code);
      const map = await importMap({ shared: true });
      const flags = ["run", "-A", "--quiet", "--no-check", `--import-map=${map}`];
      const { code: exit, out, err } = await spawn(Deno.execPath(), [...flags, file]);
      assertEquals(exit, 0, err);
      assertEquals(out.trim() === "", false, `${out}${err}`);
    });
  });
}

Deno.test("README: the command lines run", async () => {
  const lines = blocks("sh").join("\n").split("\n")
    .filter((line) => line.includes("jsr:@x/opencode/cli"));
  assertEquals(lines.length > 5, true);
  const cli = [
    Deno.execPath(),
    "run",
    "-A",
    "--quiet",
    ...await stdArgs(),
    join(Deno.cwd(), "cli.ts"),
  ];
  await inWorld(async (spawn, directory) => {
    await spawn("git", ["init", "-q", directory]);
    const person = { type: "object", properties: { name: { type: "string" } } };
    await Deno.writeTextFile(join(directory, "person.json"), JSON.stringify(person));
    for (const line of lines) {
      const command = line.replace("deno run -A jsr:@x/opencode/cli", cli.join(" "))
        .replace("git diff", "echo some change");
      const { code, out, err } = await spawn("sh", ["-c", command]);
      // doctor finds fault with a home without a model, and says so
      if (!line.includes("doctor")) assertEquals(code, 0, `${line}: ${err}`);
      assertEquals(out.trim() === "", false, line);
      if (line.includes("my name?")) assertStringIncludes(out, "to prompt 2");
    }
  });
});

Deno.test("README: the tasks that it names exist", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile("deno.json"));
  for (const [, name] of readme.matchAll(/deno(?:@[\d.]+)? task ([\w:]+)/g)) {
    assertEquals(name! in tasks, true, name);
  }
});

Deno.test("README: its table of errors names every class", async () => {
  const errors = await import("../src/errors.ts");
  for (const name of Object.keys(errors)) {
    if (name !== "APIError") assertEquals([name, readme.includes(`\`${name}\``)], [name, true]);
  }
});
