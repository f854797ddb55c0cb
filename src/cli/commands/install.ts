/**
 * `opencode-ts install`: the program that this version was tested with, in the cache directory.
 *
 * @module
 */
import { downloadBinary } from "../../binary/download.ts";
import { TESTED_VERSION } from "../../binary/versions.ts";
import type { CommandCall } from "./run.ts";

/** Downloads it, where it is not there already, and prints its path. */
export async function runInstall({ args, io, progress, signal }: CommandCall): Promise<number> {
  const { path, version } = await downloadBinary({
    signal,
    onProgress: (state) => progress.download(state),
  });
  if (args.json) {
    await io.out(`${JSON.stringify({ path, version, tested: TESTED_VERSION }, null, 2)}\n`);
  } else {
    progress.line(`opencode ${version} is installed:`);
    await io.out(`${path}\n`);
  }
  return 0;
}
