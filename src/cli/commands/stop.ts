/**
 * `opencode-ts stop` and `--stop`: an end to servers that `--keep` left running.
 *
 * @module
 */
import { host } from "../../runtime/host.ts";
import { resolve } from "../../runtime/path.ts";
import { listKept, stopKept } from "../../server/kept.ts";
import { safeLine } from "../../text/terminal.ts";
import type { CommandCall } from "./run.ts";

/** Stops the one of this directory, or all; prints what was stopped. */
export async function runStop({ args, io }: CommandCall): Promise<number> {
  const path = resolve(io.cwd(), args.directory ?? ".");
  const directory = await host().files.realPath(path).catch(() => path);
  const stopped = await stopKept(args.all ? undefined : directory);
  const found = stopped.map(({ pid, running, state }) => ({
    directory: state?.directory ?? null,
    url: state?.url ?? null,
    pid,
    running,
  }));
  if (args.json) {
    await io.out(`${JSON.stringify(found, null, 2)}\n`);
    return 0;
  }
  for (const { directory, pid } of found) {
    await io.out(`${directory === null ? `process ${pid}` : safeLine(directory)}\n`);
  }
  if (args.quiet) return 0;
  const others = args.all ? [] : await listKept();
  if (found.length === 0) await io.err(`No kept server for ${safeLine(directory)}\n`);
  if (others.length > 0) await io.err(`${others.length} for other directories: stop --all\n`);
  return 0;
}
