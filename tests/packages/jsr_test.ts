/** The package and its scripts where JSR answers: a registry of its shape, in fresh caches. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { type Ran, run } from "../../scripts/run.ts";
import { resolveBinary } from "../../src/binary/locate.ts";
import { jsrServer } from "./jsr_server.ts";

interface World {
  directory: string;
  /** The paths that the registry was asked for. */
  asked: string[];
  deno(args: string[], cwd?: string): Promise<Ran>;
}

/** Runs a test with the registry, an empty directory and an empty cache. */
async function withJsr(test: (world: World) => Promise<void>): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "opencode-jsr-" }));
  const [directory, cache] = [join(root, "project"), join(root, "cache")];
  await Deno.mkdir(directory);
  await using server = await jsrServer();
  const env = {
    JSR_URL: server.url,
    DENO_DIR: cache,
    DENO_NO_UPDATE_CHECK: "1",
    OPENCODE_BIN: (await resolveBinary()).path,
  };
  try {
    const deno = (args: string[], cwd = directory) => run(Deno.execPath(), args, { cwd, env });
    await test({ directory, asked: server.asked, deno });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("JSR: deno publish --dry-run has no warning", async () => {
  await withJsr(async ({ deno }) => {
    const { code, out, err } = await deno(["publish", "--dry-run", "--allow-dirty"], Deno.cwd());
    assertEquals(code, 0, out + err);
    assertEquals(`${out}${err}`.match(/^\s*(warning|error)\b.*$/gim), null, out + err);
    assertStringIncludes(err, "@x/opencode");
  });
});

Deno.test("JSR: the command line runs by its address", async () => {
  await withJsr(async ({ deno, asked }) => {
    const { code, out, err } = await deno(["run", "-A", "jsr:@x/opencode/cli", "--demo", "hi"]);
    assertEquals(code, 0, err);
    assertStringIncludes(out, "> hi");
    assertEquals(asked.includes("/@x/opencode/meta.json"), true);
  });
});

Deno.test("JSR: deno add, and an import of each entry that passes the type check", async () => {
  await withJsr(async ({ directory, deno }) => {
    await Deno.writeTextFile(join(directory, "deno.json"), "{}");
    const added = await deno(["add", "jsr:@x/opencode"]);
    assertEquals(added.code, 0, added.err);
    const { exports } = JSON.parse(await Deno.readTextFile("deno.json"));
    const names = Object.keys(exports).filter((name) => name !== "./cli")
      .map((name) => `@x/opencode${name.slice(1)}`);
    const lines = names.map((name, i) => `import * as m${i} from "${name}";`);
    const all = names.map((_, i) => `m${i}`).join(", ");
    lines.push(`for (const module of [${all}]) console.log(Object.keys(module).length > 0);`);
    await Deno.writeTextFile(join(directory, "all.ts"), lines.join("\n"));
    const { code, out, err } = await deno(["run", "--check", "--quiet", "all.ts"]);
    assertEquals(code, 0, err);
    assertEquals(out, "true\n".repeat(names.length));
  });
});

Deno.test("JSR: the scripts take @std from it, also in programs without a deno.json", async () => {
  await withJsr(async ({ directory, deno, asked }) => {
    const script = new URL("../../scripts/deno.ts", import.meta.url).href;
    const program = `import { join } from "@std/path/posix/join";
      import { normalize } from "@std/path";
      console.log(join("a", "b"), normalize("./c"));`;
    await Deno.writeTextFile(join(directory, "program.ts"), program);
    const maker = `import { stdArgs } from ${JSON.stringify(script)};
      console.log((await stdArgs()).join());`;
    await Deno.writeTextFile(join(directory, "maker.ts"), maker);
    const { out: flag } = await deno(["run", "-A", "--quiet", "maker.ts"]);
    const { code, out, err } = await deno(["run", "--no-config", flag.trim(), "program.ts"]);
    assertEquals(code, 0, err);
    assertEquals(out, "a/b c\n");
    assertEquals(asked.some((path) => path.startsWith("/@std/path/")), true);
  });
});

Deno.test("JSR: the bundles for Node and Bun are made from it", async () => {
  await withJsr(async ({ directory, deno }) => {
    const script = new URL("../../scripts/bundle_node.ts", import.meta.url).href;
    const maker = `import { nodeImportMap } from ${JSON.stringify(script)};
      console.log(await nodeImportMap());`;
    await Deno.writeTextFile(join(directory, "maker.ts"), maker);
    const made = await deno(["run", "-A", "--quiet", "maker.ts"]);
    assertEquals(made.code, 0, made.err);
    const output = join(directory, "cli.mjs");
    const entry = join(Deno.cwd(), "cli.ts");
    const map = `--import-map=${made.out.trim()}`;
    const bundle = ["bundle", "--quiet", "--platform=deno", map, `--output=${output}`, entry];
    const { code, err } = await deno(bundle);
    assertEquals(code, 0, err);
    const { out } = await run("node", [output, "--help"]);
    assertStringIncludes(out, "--model");
  });
});
