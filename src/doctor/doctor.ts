/**
 * The checks of what stands between a user and a running server, in their order.
 *
 * @module
 */
import { cacheDirectory } from "../binary/places.ts";
import type { ResolvedBinary } from "../binary/locate.ts";
import type { ServerOptions } from "../server/options.ts";
import { checkKept, checkLocks, checkOrphans } from "./leftovers.ts";
import { checkProxy, checkRuntime } from "./machine.ts";
import { checkProgram, checkRegistry } from "./program.ts";
import { type DoctorLine, explain, type Found, REPAIRS } from "./report.ts";
import { checkServerStart } from "./start.ts";

export type { DoctorLine };

/** What {@linkcode doctor} takes: what `createOpencodeServer` does, for the server that is tried. */
export interface DoctorOptions extends ServerOptions {
  /** The npm registry's address. @default npm's own settings */
  registry?: string | undefined;
  /** Whether to start a server. @default {true} */
  start?: boolean | undefined;
}

/**
 * Checks everything that a server needs: the runtime, the program, the registry, proxies, stale
 * locks, servers left over or kept, and a real start with an authenticated call and the models configured.
 * Nothing is downloaded, and nothing repaired. It never rejects but for its signal.
 *
 * @returns One line for each result.
 *
 * @example
 * ```ts no-assert
 * import { doctor } from "@x/opencode/server";
 *
 * for (const { status, check, message } of await doctor()) console.log(status, check, message);
 * ```
 */
export async function doctor(options: DoctorOptions = {}): Promise<DoctorLine[]> {
  const lines: DoctorLine[] = [];
  const check = async (name: string, run: () => Promise<Found | Found[]>): Promise<void> => {
    let found: Found | Found[];
    try {
      found = await run();
    } catch (error) {
      options.signal?.throwIfAborted();
      found = explain(error, REPAIRS[name]);
    }
    for (const one of Array.isArray(found) ? found : [found]) lines.push({ check: name, ...one });
  };
  await check("runtime", checkRuntime);
  let directory: string;
  try {
    directory = options.cacheDirectory ?? cacheDirectory();
  } catch (error) {
    // Without the environment nothing else can be checked.
    return [...lines, { check: "cache", ...explain(error, REPAIRS.cache) }];
  }
  let program: ResolvedBinary | undefined;
  await check("registry", () => checkRegistry(options));
  await check("program", async () => {
    const download = lines.at(-1)?.status === "ok";
    const { found, line } = await checkProgram({ ...options, directory }, download);
    program = found;
    return line;
  });
  await check("proxy", checkProxy);
  await check("locks", () => checkLocks(directory));
  await check("orphans", checkOrphans);
  await check("kept", checkKept);
  const { start = true, registry: _, ...server } = options;
  if (start && program) {
    const { path } = program;
    await check("server", () => checkServerStart({ ...server, binary: path }));
  }
  return lines;
}
