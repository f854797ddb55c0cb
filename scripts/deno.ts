/**
 * Runs `deno` with `@std/*` from JSR where JSR answers, and from npm where it doesn't.
 *
 * `deno run -A scripts/deno.ts test -P tests/sse` is `deno test -P tests/sse` with an import map, so
 * that it also works in programs that read no `deno.json`.
 */

const root = new URL("..", import.meta.url);
const fromNpm = new URL("./std_from_npm.json", import.meta.url);

/** Subcommands that take an import map, and so have something to resolve. */
const RESOLVES = new Set([
  "run",
  "test",
  "check",
  "bench",
  "bundle",
  "cache",
  "compile",
  "doc",
  "info",
]);

/** The arguments by which any program of this checkout resolves `@std/*`. */
export async function stdArgs(): Promise<string[]> {
  return [`--import-map=${await writeImportMap("std", await stdImports())}`];
}

/** What `@std/*` resolves to, in the words of an import map: whole URLs. */
export async function stdImports(): Promise<Record<string, string>> {
  const imports: Record<string, string> = {};
  if (await jsrAnswers()) {
    for (const [name, specifier] of Object.entries(await configured())) {
      imports[name] = specifier;
      // an import map does not look into a package by itself, as deno.json does
      imports[`${name}/`] = specifier.replace(/^jsr:\/?/, "jsr:/") + "/";
    }
  } else {
    const map = JSON.parse(await Deno.readTextFile(fromNpm)).imports as Record<string, string>;
    for (const [name, path] of Object.entries(map)) imports[name] = new URL(path, fromNpm).href;
  }
  return imports;
}

/** Writes an import map below `dist/`, also while others do the same; returns its path. */
export async function writeImportMap(
  name: string,
  imports: Record<string, string>,
): Promise<string> {
  const source = await jsrAnswers() ? "jsr" : "npm";
  const file = new URL(`dist/import_maps/${name}_${source}.json`, root);
  const path = decodeURIComponent(file.pathname);
  const text = JSON.stringify({ imports }, null, 2);
  if (await Deno.readTextFile(path).catch(() => "") === text) return path;
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  const part = `${path}.${Deno.pid}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(part, text);
  await Deno.rename(part, path);
  return path;
}

async function configured(): Promise<Record<string, string>> {
  return JSON.parse(await Deno.readTextFile(new URL("deno.json", root))).imports;
}

let answers: Promise<boolean> | undefined;

/** Whether JSR can be reached (or has all that is needed in Deno's cache), asked once. */
export function jsrAnswers(): Promise<boolean> {
  return answers ??= askDeno();
}

async function askDeno(): Promise<boolean> {
  const { "@std/path": path } = await configured();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-lock", path!],
    cwd: root,
    stdin: "null",
    stderr: "null",
    stdout: "piped",
  }).spawn();
  const tooSlow = setTimeout(() => child.kill("SIGKILL"), 15_000);
  const { success, stdout } = await child.output();
  clearTimeout(tooSlow);
  if (!success) return false;
  const graph = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { error?: string }[] };
  return graph.modules.every((module) => module.error === undefined);
}

/** Runs deno with these arguments, and gives its exit code; signals are passed on. */
export async function deno(args: string[], { std = true } = {}): Promise<number> {
  const [command, ...rest] = args;
  const extra = std && RESOLVES.has(command ?? "") ? await stdArgs() : [];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...command === undefined ? [] : [command], ...extra, ...rest],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const passOn = (["SIGTERM", "SIGHUP", "SIGINT"] as const)
    .filter((signal) => Deno.build.os !== "windows" || signal === "SIGINT")
    .map((signal) => {
      // Ctrl-C reaches the child by itself: the terminal signals the whole foreground group.
      const listener = () => {
        if (signal === "SIGINT" && Deno.stdin.isTerminal()) return;
        try {
          child.kill(signal);
        } catch { /* gone already */ }
      };
      Deno.addSignalListener(signal, listener);
      return () => Deno.removeSignalListener(signal, listener);
    });
  const { code } = await child.status;
  for (const undo of passOn) undo();
  return code;
}

if (import.meta.main) Deno.exit(await deno(Deno.args));
