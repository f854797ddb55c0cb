import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { findProgram } from "../../src/tools/shell/programs.ts";

/** The npm package that carries the program; it has no install script. */
const VERSION = "1.18.0";

let found: Promise<string> | undefined;

/**
 * A ripgrep to compare with: what `RIPGREP` names, the one on the PATH, or one that Deno fetches
 * into its cache. Where there is none, the comparison fails instead of passing over nothing.
 */
export function ripgrepForTests(): Promise<string> {
  return found ??= (async () => {
    const path = host().env.get("RIPGREP") ?? await findProgram("rg", host().platform.cwd()) ??
      await fetched();
    if (path !== undefined) return path;
    throw new Error("There is no ripgrep to compare with: install it, or set RIPGREP to its path");
  })();
}

async function fetched(): Promise<string | undefined> {
  const { platform, files } = host();
  const os =
    ({ linux: "linux", darwin: "darwin", windows: "win32" } as Record<string, string>)[platform.os];
  const name = `ripgrep-${os}-${platform.arch}`;
  const deno = platform.runtime === "deno" ? platform.execPath() : "deno";
  const entry = `npm:@vscode/${name}@${VERSION}/package.json`;
  try {
    await output(deno, ["cache", "--no-config", "--no-lock", entry]);
    const { npmCache } = JSON.parse(await output(deno, ["info", "--json"]));
    for (const registry of await files.readDir(npmCache)) {
      const path = join(
        npmCache,
        registry.name,
        "@vscode",
        name,
        VERSION,
        "bin",
        os === "win32" ? "rg.exe" : "rg",
      );
      if (await files.exists(path)) return path;
    }
  } catch { /* the caller says it */ }
  return undefined;
}

async function output(command: string, args: string[]): Promise<string> {
  const child = await host().spawn(command, { args, stderr: "null" });
  const text = await new Response(child.stdout).text();
  await child.status;
  return text;
}
