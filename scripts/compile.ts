/**
 * Compiles the command line to a single program with the least that it needs:
 * `deno task compile [target] [output]`, where the target is one of `deno compile --target`.
 *
 * Nothing is read from the program's own folder: all modules are imported statically, and the page's
 * files stand in a module. Deno's release server has to be in reach.
 */
import { deno } from "./deno.ts";

/**
 * What the program may do, and why no more: it reads, writes and runs what its user asks for, in any
 * directory and against any server; it loads no code, no native library, and asks nothing about the
 * system.
 */
export const PERMISSIONS = [
  "--allow-net", // the server on loopback, one to attach to, the registry
  "--allow-env", // HOME, PATH, the proxies, the user's keys for the server
  "--allow-read", // the working directory, the cache, the configuration
  "--allow-write", // the same, and temporary files
  "--allow-run", // the opencode program, its shell, git, npm
  "--deny-ffi",
  "--deny-import",
  "--deny-sys",
] as const;

if (import.meta.main) {
  const [target, output = "dist/opencode-ts"] = Deno.args;
  const targets = target === undefined ? [] : [`--target=${target}`];
  const options = ["--no-prompt", ...PERMISSIONS, ...targets, `--output=${output}`];
  Deno.exit(await deno(["compile", ...options, "cli.ts"]));
}
