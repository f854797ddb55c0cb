/**
 * A lone word that is nearly a command's name: the user is asked what was meant.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import { safeLine } from "../text/terminal.ts";
import { type Args, readArgs } from "./args.ts";
import type { Io } from "./io.ts";

/**
 * The arguments, or those of the command that was meant.
 *
 * @throws {InvalidArgumentError} where no one can be asked.
 */
export async function confirmCommand(args: Args, io: Io, signal: AbortSignal): Promise<Args> {
  const { meant, words } = args;
  if (meant === undefined) return args;
  const given = safeLine(words.join(" "), 60);
  const command = meant.command.join(" ");
  if (!io.inIsTerminal || !io.errIsTerminal) {
    throw new InvalidArgumentError(
      `Unknown command ${given}: did you mean \`opencode-ts ${command}\`? To send it as a prompt: opencode-ts -- ${given}`,
    );
  }
  await io.err(
    `Did you mean the command "${command}"? [Y = yes, p = send it as a prompt, n = no] `,
  );
  const answer = (await io.readLine(signal))?.trim().toLowerCase();
  if (answer === "p") return args;
  if (answer === "" || answer === "y" || answer === "yes") {
    return readArgs([...meant.command, ...meant.flags]);
  }
  throw new InvalidArgumentError(`Nothing was sent: see \`opencode-ts --help\``);
}
