/**
 * Where the prompt comes from: the words, standard input, or both.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import type { Io } from "./io.ts";

/**
 * The prompt. With words, standard input is read only where one of them is `-`; without, only where
 * it is not a terminal: an open pipe that nobody writes to never holds up a prompt that was given.
 *
 * @throws {InvalidArgumentError} where there is none.
 */
export async function readPrompt(
  { words, verbatim }: { words: readonly string[]; verbatim: readonly string[] },
  io: Io,
  signal: AbortSignal,
): Promise<string> {
  const wantsInput = words.includes("-");
  const text = [...words.filter((word) => word !== "-"), ...verbatim].join(" ");
  const none = words.length === 0 && verbatim.length === 0;
  if (wantsInput || (none && !io.inIsTerminal)) {
    const input = await io.readAll(signal);
    return checked(text === "" ? input : `${text}\n\n${input}`);
  }
  return checked(text);
}

function checked(prompt: string): string {
  if (prompt.trim() !== "") return prompt;
  throw new InvalidArgumentError(
    'There is no prompt: give it as words or on standard input, such as opencode-ts "Say hello"',
  );
}
