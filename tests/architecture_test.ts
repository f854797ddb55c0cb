import { assertEquals } from "@std/assert";
import { stdArgs } from "../scripts/deno.ts";

/** The floors of CONTRIBUTING.md; an import goes down, or stays in its own folder. */
const FLOORS: Record<string, number> = {
  // the ground: every floor may raise an error
  errors: -2,
  "errors.ts": -1,
  "version.ts": 0,
  async: 0,
  regex: -1,
  sse: 0,
  schema: 0,
  text: 0,
  runtime: 1,
  http: 1,
  api: 2,
  process: 2,
  plugin: 2,
  binary: 3,
  client: 3,
  tools: 3,
  mcp: 4,
  server: 4,
  testing: 4,
  dialect: 5,
  doctor: 5,
  permissions: 5,
  hooks: 5,
  budget: 5,
  // the public door of the folders below it
  "server/mod.ts": 6,
  session: 6,
  telemetry: 6.5, // between sessions, whose turns it watches, and the facade
  facade: 7,
  web: 8,
  cli: 9,
};

interface Dependency {
  specifier: string;
  code?: { specifier?: string };
  type?: { specifier?: string };
}

interface Module {
  specifier: string;
  dependencies?: Dependency[];
}

const root = new URL("../", import.meta.url).href;

async function graph(entries: string[]): Promise<Module[]> {
  const modules = new Map<string, Module>();
  for (const entry of entries) {
    const { stdout, success } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", ...await stdArgs(), entry],
      stderr: "null",
    }).output();
    assertEquals(success, true, `deno info ${entry}`);
    const info = JSON.parse(new TextDecoder().decode(stdout)) as { modules: Module[] };
    for (const module of info.modules) modules.set(module.specifier, module);
  }
  return [...modules.values()];
}

/** The place of a module in the house: its folder below src, or its own path where that has a floor. */
function place(specifier: string): string | undefined {
  if (!specifier.startsWith(`${root}src/`)) return undefined;
  const path = specifier.slice(`${root}src/`.length);
  return path in FLOORS ? path : path.split("/")[0];
}

async function files(dir: string, ending = ".ts"): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory) found.push(...await files(path, ending));
    else if (entry.name.endsWith(ending)) found.push(path);
  }
  return found.sort();
}

async function entries(): Promise<string[]> {
  const { exports } = JSON.parse(await Deno.readTextFile("deno.json"));
  return Object.values(exports as Record<string, string>);
}

Deno.test("every import in src goes to a lower floor or stays in its own folder", async () => {
  const breaches: string[] = [];
  for (const module of await graph(["mod.ts", ...await entries()])) {
    const from = place(module.specifier);
    if (from === undefined) continue;
    for (const dependency of module.dependencies ?? []) {
      for (const target of [dependency.code?.specifier, dependency.type?.specifier]) {
        const to = target && place(target);
        if (!to || to === from) continue;
        const allowed = FLOORS[to]! < FLOORS[from]!;
        if (!allowed) breaches.push(`${module.specifier.slice(root.length)} -> ${target}`);
      }
    }
  }
  assertEquals(breaches, []);
});

Deno.test("every place in src has a floor", async () => {
  const places: string[] = [];
  for await (const entry of Deno.readDir("src")) places.push(entry.name);
  assertEquals(places.filter((name) => FLOORS[name] === undefined), []);
});

Deno.test("./client reaches no runtime adapter", async () => {
  const reached = (await graph(["src/client/mod.ts"])).map((module) => place(module.specifier));
  assertEquals(reached.filter((name) => name === "runtime"), []);
});

Deno.test("Deno and node: are named in their adapters alone", async () => {
  const breaches: string[] = [];
  for (const path of [...await files("src"), "mod.ts", "cli.ts"]) {
    if (path.endsWith(".gen.ts")) continue;
    const code = withoutComments(await Deno.readTextFile(path));
    if (path !== "src/runtime/deno.ts" && /\bDeno\.|["']Deno["'] in(?! globalThis)/.test(code)) {
      breaches.push(`${path} names Deno`);
    }
    if (path !== "src/runtime/node.ts" && /["']node:/.test(code)) breaches.push(`${path}: node:`);
    if (/["'](npm|https?):\/?\/?[^"']*["']/.test(importsOf(code))) breaches.push(`${path}: remote`);
  }
  assertEquals(breaches, []);
});

Deno.test("session names no event of the wire, and no endpoint", async () => {
  const breaches: string[] = [];
  for (const path of await files("src/session")) {
    const code = withoutComments(await Deno.readTextFile(path));
    const events = /"(message|session|permission|question|todo|server)(\.[a-z]+)+"/.exec(code);
    if (events) breaches.push(`${path} names ${events[0]}`);
    const calls = /\b(OpencodeClient|client\.\w+)\b/.exec(code);
    if (calls) breaches.push(`${path} calls ${calls[0]}`);
  }
  assertEquals(breaches, []);
});

Deno.test("the walk along a prompt in CONTRIBUTING.md names files that exist", async () => {
  const text = await Deno.readTextFile("CONTRIBUTING.md");
  const [walk = ""] = /## How a turn works[\s\S]*?(?=\n## )/.exec(text) ?? [];
  const named = [...walk.matchAll(/`([a-z0-9_/]+\.ts)`/g)].map(([, path]) => `src/${path}`);
  assertEquals(named.length > 10, true);
  const present = new Set(await files("src"));
  assertEquals(named.filter((path) => !present.has(path)), []);
});

Deno.test("no folder in src holds more than 15 files", async () => {
  const counts = new Map<string, number>();
  for (const path of await files("src")) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  assertEquals([...counts].filter(([, count]) => count > 15), []);
});

Deno.test("no two places in src share 13 lines of code", async () => {
  const seen = new Map<string, string>();
  const repeated: string[] = [];
  for (const path of await files("src")) {
    if (path.endsWith(".gen.ts")) continue;
    const code = withoutComments(await Deno.readTextFile(path))
      .replace(/^(import|export)\b[^;]*? from .*;$/gm, "");
    const lines = code.split("\n").map((line) => line.trim()).filter((line) => /\w/.test(line));
    for (let at = 0; at + 13 <= lines.length; at++) {
      const run = lines.slice(at, at + 13).join("\n");
      const before = seen.get(run);
      if (before) repeated.push(`${before} ~ ${path}: ${lines[at]}`);
      else seen.set(run, path);
    }
  }
  assertEquals(repeated, []);
});

Deno.test("no module says `using`: the oldest Node that is supported does not know it", async () => {
  const breaches: string[] = [];
  for (const path of [...await files("src"), "mod.ts", "cli.ts"]) {
    const code = withoutComments(await Deno.readTextFile(path));
    if (/^\s*(?:await )?using \w+ =/m.test(code)) breaches.push(path);
  }
  assertEquals(breaches, []);
});

Deno.test("src uses nothing that Node 20 does not have", async () => {
  const newer =
    /Promise\.(withResolvers|try)\b|Array\.fromAsync|(Object|Map)\.groupBy|Iterator\.from|\.(union|difference|isSubsetOf)\(|RegExp\.escape|Uint8Array\.from(Base64|Hex)|\.to(Base64|Hex)\(/;
  const breaches: string[] = [];
  for (const path of [...await files("src"), "mod.ts", "cli.ts"]) {
    // the page runs in browsers
    if (path.includes("/web/ui/") || path.endsWith(".gen.ts")) continue;
    if (newer.test(withoutComments(await Deno.readTextFile(path)))) breaches.push(path);
  }
  assertEquals(breaches, []);
});

Deno.test("each class has fewer than ten fields, but for the result of a turn", async () => {
  const field = /^ {2}(?:(?:static|override|declare|readonly) )*#?\w+[?!]?(?:: |;| =)/gm;
  const large: string[] = [];
  let classes = 0;
  for (const path of await files("src")) {
    if (path.endsWith(".gen.ts")) continue;
    const code = withoutComments(await Deno.readTextFile(path));
    for (
      const [, name, body = ""] of code.matchAll(
        /^(?:export )?(?:abstract )?class (\w+)([^]*?\n})$/gm,
      )
    ) {
      classes++;
      const [parameters = ""] = /^ {2}constructor\([^]*?\) {/m.exec(body) ?? [];
      const count = (body.match(field) ?? []).length +
        (parameters.match(/\breadonly \w+\??:/g) ?? []).length;
      if (count > 9 && name !== "Reply") large.push(`${path}: ${name} has ${count}`);
    }
  }
  assertEquals(large, []);
  assertEquals(classes > 150, true, "classes are found");
});

Deno.test("no hand-written file is longer than 400 lines", async () => {
  const long: string[] = [];
  for (const dir of ["src", "tests", "scripts", "bench"]) {
    for (const path of await files(dir)) {
      if (path.endsWith(".gen.ts")) continue;
      const lines = (await Deno.readTextFile(path)).split("\n").length - 1;
      if (lines > 400) long.push(`${path}: ${lines}`);
    }
  }
  assertEquals(long, []);
});

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "").replace(
    /\s\/\/ .*$/gm,
    "",
  );
}

function importsOf(code: string): string {
  return (code.match(/^(import|export)[\s\S]*?from\s+["'][^"']*["']/gm) ?? []).join("\n");
}
