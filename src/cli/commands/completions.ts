/**
 * `opencode-ts completions`: a script for the shell.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.ts";
import { safeLine } from "../../text/terminal.ts";
import { completions, SHELLS } from "../table/completions.ts";
import type { CommandCall } from "./run.ts";

/** Prints the script. */
export async function runCompletions({ args, io }: CommandCall): Promise<number> {
  const [name] = args.words;
  const shell = SHELLS.find((one) => one === name);
  if (shell === undefined) {
    const what = name === undefined
      ? "Name a shell"
      : `There is no shell "${safeLine(name, 40)}" here`;
    throw new InvalidArgumentError(`${what}: opencode-ts completions ${SHELLS.join("|")}`);
  }
  await io.out(completions(shell));
  return 0;
}
