/**
 * Runs `deno` with `@std/*` from JSR where JSR answers, and from npm where it doesn't.
 *
 * `deno run -A scripts/deno.ts test -P tests/sse` is `deno test -P tests/sse`, with the import map
 * `scripts/std_from_npm.json` where it is needed.
 */

const root = new URL("..", import.meta.url);
const importMap = new URL("./std_from_npm.json", import.meta.url);

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

/** The arguments that make this network resolve `@std/*`; none where JSR answers. */
export async function stdArgs(): Promise<string[]> {
  return await jsrAnswers() ? [] : [`--import-map=${decodeURIComponent(importMap.pathname)}`];
}

let answers: Promise<boolean> | undefined;

/** Whether JSR can be reached (or has all that is needed in Deno's cache), asked once. */
export function jsrAnswers(): Promise<boolean> {
  return answers ??= askDeno();
}

async function askDeno(): Promise<boolean> {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-lock", imports["@std/path"]],
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
