/**
 * A home and a directory of their own in which the snippets of documents and the examples run, as a
 * user's programs do: with the package's own names, and a scripted model as the directory's model.
 */
import { basename, join } from "@std/path";
import { stdArgs, stdImports, writeImportMap } from "../scripts/deno.ts";
import { createIsolatedHome } from "../src/runtime/isolation.ts";
import { resolveBinary } from "../src/binary/locate.ts";
import { scriptedModel } from "../src/testing/model.ts";
import type { Script } from "../src/testing/script.ts";

/** How a program ended, and what it wrote. */
export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Where programs run. */
export interface World {
  /** Their working directory. */
  directory: string;
  /** Their environment, without anything of this process's own. */
  env: Record<string, string>;
  /** Runs a program to its end. */
  spawn(command: string, args: string[], stdin?: string): Promise<Ran>;
  /** Runs a TypeScript program to its end. */
  run(file: string, args?: string[], stdin?: string): Promise<Ran>;
  /** Starts a TypeScript program that serves, uses it once it has printed a line, presses Ctrl-C. */
  serving(file: string, use: (line: string) => Promise<void>, args?: string[]): Promise<void>;
}

/** A runtime other than Deno, and the folder in which the npm package is installed. */
export interface FromNpm {
  /** The runtime's program; it runs TypeScript by itself. */
  runtime: string;
  /** A folder with `node_modules`. */
  place: string;
}

/**
 * Runs something in a world, and clears everything away.
 *
 * @param npm Runs programs by this runtime on the npm package, each with a server of its own.
 */
export async function inWorld(
  script: Script,
  run: (world: World) => Promise<void>,
  npm?: FromNpm,
): Promise<void> {
  const home = await createIsolatedHome();
  const scripted = await scriptedModel(script, {
    provider: "anthropic",
    model: "claude-sonnet-4",
    cost: { input: 1000, output: 2000 },
  });
  const directory = await Deno.realPath(await Deno.makeTempDir({ prefix: "opencode-world-" }));
  try {
    await Deno.writeTextFile(join(directory, "opencode.json"), JSON.stringify(scripted.config));
    const env = {
      ...home.env,
      OPENCODE_BIN: (await resolveBinary()).path,
      OPENCODE_DISABLE_PROJECT_CONFIG: "0",
      OPENCODE_PURE: "0",
      DENO_DIR: Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "", ".cache/deno"),
      NO_COLOR: "1",
      ...passedOn("JSR_URL", "NPM_CONFIG_REGISTRY", "OPENCODE_TEST_SERVER"),
    };
    const { PATH = "" } = env as Record<string, string>;
    const bin = join(directory, ".bin");
    await Deno.mkdir(bin);
    await writeCommand(join(bin, "opencode-ts"));
    Object.assign(env, { PATH: `${bin}:${PATH}` });
    const spawn = async (command: string, args: string[], stdin?: string): Promise<Ran> => {
      const child = new Deno.Command(command, {
        args,
        cwd: directory,
        env,
        clearEnv: true,
        stdin: stdin === undefined ? "null" : "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      if (stdin !== undefined) {
        const writer = child.stdin.getWriter();
        await writer.write(new TextEncoder().encode(stdin));
        await writer.close();
      }
      const { code, stdout, stderr } = await child.output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, out: text(stdout), err: text(stderr) };
    };
    const runtime = npm?.runtime ?? Deno.execPath();
    if (npm) await Deno.symlink(join(npm.place, "node_modules"), join(directory, "node_modules"));
    const program = async (file: string): Promise<string[]> => {
      if (!npm) return [...await runFlags(), file];
      // a runtime looks for packages beside the file
      const copy = join(directory, basename(file));
      if (copy !== file) await Deno.copyFile(file, copy);
      return [copy];
    };
    await run({
      directory,
      env,
      spawn,
      run: async (file, args = [], stdin) =>
        await spawn(runtime, [...await program(file), ...args], stdin),
      serving: async (file, use, args = []) =>
        await serving(
          runtime,
          { args: [...await program(file), ...args], cwd: directory, env },
          use,
        ),
    });
  } finally {
    await scripted.close();
    await Deno.remove(directory, { recursive: true });
    await home.dispose();
  }
}

/** The command line under its name, attached to the tests' server. */
async function writeCommand(path: string): Promise<void> {
  const shared = Deno.env.get("OPENCODE_TEST_SERVER");
  const url = shared === undefined ? undefined : new URL(shared);
  const [user, password] = [url?.username, url?.password].map((part) =>
    decodeURIComponent(part ?? "")
  );
  const cli = new URL("../cli.ts", import.meta.url).pathname;
  const words = ["exec", `'${Deno.execPath()}'`, "run", "-A", "--quiet", ...await stdArgs(), cli];
  const attach = url === undefined ? [] : ["--attach", url.origin, "-d", '"$PWD"'];
  const lines = [
    "#!/bin/sh",
    ...url === undefined ? [] : [
      `export OPENCODE_SERVER_USERNAME='${user}' OPENCODE_SERVER_PASSWORD='${password}'`,
    ],
    [...words, ...attach, '"$@"'].join(" "),
  ];
  await Deno.writeTextFile(path, `${lines.join("\n")}\n`, { mode: 0o755 });
}

async function serving(
  program: string,
  options: Deno.CommandOptions,
  use: (line: string) => Promise<void>,
): Promise<void> {
  const child = new Deno.Command(program, {
    ...options,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let text = "";
    while (!text.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error(await errors);
      text += value;
    }
    await use(text.split("\n")[0]!);
  } finally {
    child.kill("SIGINT");
    await reader.cancel();
  }
  const [{ code }, said] = await Promise.all([child.status, errors]);
  if (code !== 0 && code !== 130) throw new Error(`It ended with ${code}: ${said}`);
}

/** The arguments of `deno` that run a program of a user, attached to the tests' server. */
async function runFlags(): Promise<string[]> {
  return [
    "run",
    "-A",
    "--quiet",
    "--no-check",
    `--import-map=${await importMap({ shared: true })}`,
  ];
}

function passedOn(...names: string[]): Record<string, string> {
  const pairs = names.map((name) => [name, Deno.env.get(name)]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

/** The import map of this checkout, with the package's own names. */
async function importMap({ shared = false } = {}): Promise<string> {
  const root = new URL("../", import.meta.url);
  const { exports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const imports: Record<string, string> = { ...await stdImports(), hono: "npm:hono@^4" };
  for (const [name, path] of Object.entries(exports as Record<string, string>)) {
    imports[`@x/opencode${name.slice(1)}`] = new URL(path, root).href;
  }
  if (shared) imports["@x/opencode"] = new URL("fixtures/shared_opencode.ts", import.meta.url).href;
  return await writeImportMap(shared ? "snippets_shared" : "snippets", imports);
}

/** Checks the types of programs that import the package by its names. */
export async function typeCheck(files: readonly string[]): Promise<Ran> {
  const args = ["check", "--quiet", `--import-map=${await importMap()}`, ...files];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** A TypeScript block of a document. */
export interface Snippet {
  code: string;
  /** The `text` block that follows it: what it prints, `…` for anything. */
  output: string | undefined;
  /** Its last line, to be told by. */
  title: string;
}

/** The TypeScript blocks of a document, in order. */
export function snippets(markdown: string): Snippet[] {
  const fence = /```ts\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g;
  return [...markdown.matchAll(fence)].map(([, code = "", output]) => ({
    code,
    output,
    title: code.split("\n").findLast((line) => line.trim() !== "")!.trim().slice(0, 50),
  }));
}

/** Whether a program printed what a document shows; `…` stands for anything. */
export function printed(out: string, shown: string): boolean {
  const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = shown.trim().split("…").map(literal).join("[\\s\\S]*?");
  return new RegExp(`^${pattern}$`).test(out.trim());
}
