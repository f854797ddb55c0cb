/** The npm package as it is packed: what is in it, who can compile against it, where it runs. */
import { assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { npmBuild } from "../../scripts/npm_build.ts";
import { attw, compileConsumer, CONSUMERS, publint, weigh } from "../../scripts/npm_checks.ts";
import { OLDEST_NODE, OLDEST_TYPESCRIPT } from "../../scripts/npm_options.ts";
import { filesOf } from "../../scripts/npm_package.ts";
import {
  install,
  type Installed,
  runtimeFromNpm,
  smokeTest,
  tryCommand,
  tryEntries,
} from "../../scripts/npm_smoke.ts";
import { CASES } from "../examples/cases.ts";
import { inWorld } from "../snippets.ts";

let ready: Promise<Installed> | undefined;

/** The package, installed once for all tests here and removed by the last one. */
function installed(): Promise<Installed> {
  return ready ??= npmBuild().then(install);
}

Deno.test("npm: the package is small, has no dependency, and its command is linked", async () => {
  await smokeTest(await npmBuild());
});

Deno.test("npm: it has no source map and nothing of Deno's adapter", async () => {
  const dir = await npmBuild();
  for (const path of await filesOf(`${dir}/esm`, "")) {
    assertEquals(path.endsWith(".map") || path.endsWith("runtime/deno.js"), false, path);
    const text = await Deno.readTextFile(path);
    assertEquals([path, /sourceMappingURL|\bDeno\.\w+\(/.test(code(text))], [path, false]);
  }
});

/** A module without its comments. */
function code(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "");
}

Deno.test("npm: attw finds nothing", async () => {
  await attw(await npmBuild());
});

Deno.test("npm: publint finds nothing", async () => {
  await publint(await npmBuild());
});

for (const { compiler, types } of CONSUMERS) {
  Deno.test(`npm: TypeScript ${compiler} compiles against it, @types/node ${types}, no DOM`, async () => {
    await compileConsumer(await installed(), compiler, types);
  });
}

Deno.test("npm: README names the oldest TypeScript and the oldest Node", async () => {
  const readme = await Deno.readTextFile("README.md");
  assertStringIncludes(readme, `TypeScript ${OLDEST_TYPESCRIPT}`);
  assertStringIncludes(readme, `Node ${OLDEST_NODE.replace(/\.0$/, "")}`);
});

Deno.test("npm: a browser loads little of ./client, and of the root when it needs the client alone", async () => {
  const place = await installed();
  const client = await weigh(place, "client", `export * from "@x/opencode/client";`);
  const alone = await weigh(place, "alone", `export { OpencodeClient } from "@x/opencode/client";`);
  // in one file: with code splitting esbuild shares chunks with modules that nothing needs
  const whole = await weigh(
    place,
    "whole",
    `export { OpencodeClient } from "@x/opencode/client";`,
    [],
  );
  const root = await weigh(place, "root", `export { OpencodeClient } from "@x/opencode";`, []);
  console.log(client, alone, whole, root);
  assertLess(client.eagerGzip, CLIENT_GZIP);
  assertLess(alone.eagerGzip, ALONE_GZIP);
  assertLess(root.eager, 1.2 * whole.eager);
});

/** What all of `./client` may weigh for a browser, without the validation, compressed, in bytes. */
const CLIENT_GZIP = 19_500;
/** What the client alone may weigh, likewise. */
const ALONE_GZIP = 14_000;

for (const name of [`node@${OLDEST_NODE}`, "node@24", "bun@1"]) {
  Deno.test(`npm: every entry loads by import and require, and the demo answers, on ${name}`, async () => {
    const runtime = await runtimeFromNpm(name);
    const place = await installed();
    assertStringIncludes(await tryEntries(place, runtime), "@x/opencode/testing ");
    const said = await tryCommand(place, runtime, ["--demo", "hi"]);
    assertStringIncludes(said, "> hi");
    assertStringIncludes(said, "A real opencode server");
  });
}

/** Examples that use `Deno.serve`. */
const DENO_ONLY = ["http_stream.ts", "page.ts"];
/** Those that every run tries; `OPENCODE_TEST_LONG=1` tries all. */
const TRIED = ["review.ts", "tool_server.ts"];

for (const name of ["node@24", "bun@1"]) {
  Deno.test(`npm: examples run on ${name}`, async (test) => {
    const runtime = await runtimeFromNpm(name);
    const { place } = await installed();
    const long = Deno.env.get("OPENCODE_TEST_LONG") === "1";
    for (const [file, { script, run }] of CASES) {
      if (long ? DENO_ONLY.includes(file) : !TRIED.includes(file)) continue;
      await test.step(file, async () => {
        await inWorld(script, (world) => run(world, `examples/${file}`), { runtime, place });
      });
    }
  });
}

Deno.test("npm: the folder it was tried in goes", async () => {
  await (await installed())[Symbol.asyncDispose]();
});
