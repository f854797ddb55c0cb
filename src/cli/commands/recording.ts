/**
 * `recording`: looks at a file of `--record`, and makes it smaller.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.ts";
import { resolve } from "../../runtime/path.ts";
import {
  describeRecording,
  pruneRecording,
  readRecording,
  writeRecording,
} from "../../testing/record/tools.ts";
import { safeText } from "../../text/terminal.ts";
import type { CommandCall } from "./run.ts";

/** Runs it. */
export async function runRecording({ args, io, progress }: CommandCall): Promise<number> {
  const [action, name, keep] = args.words;
  if (action === undefined || name === undefined) {
    throw new InvalidArgumentError("Give a file: `opencode-ts recording show file`");
  }
  const file = resolve(io.cwd(), name);
  const recording = await readRecording(file);
  if (action === "show") {
    await io.out(safeText(describeRecording(recording)));
    return 0;
  }
  const wanted = numbersOf(keep, recording.exchanges.length);
  const pruned = pruneRecording(recording, (_, number) => wanted.has(number));
  await writeRecording(file, pruned);
  progress.line(`Kept ${pruned.exchanges.length} of ${recording.exchanges.length} exchanges`);
  return 0;
}

/** Numbers such as `1-3,7`. @throws {InvalidArgumentError} for what is no list of them. */
function numbersOf(text: string | undefined, most: number): Set<number> {
  const wanted = new Set<number>();
  for (const word of (text ?? "").split(",")) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(word.trim()) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (!(from >= 1 && to >= from && to <= most)) {
      throw new InvalidArgumentError(
        `Give the numbers of the exchanges to keep, from 1 to ${most}, such as 1-3,7`,
      );
    }
    for (let number = from; number <= to; number++) wanted.add(number);
  }
  return wanted;
}
