/**
 * Names that an options object does not have.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import { describe } from "./describe.ts";
import { didYouMean } from "./nearest.ts";

/** Refuses what is no options object. @throws {InvalidArgumentError} It says what it is. */
export function checkObject(what: string, options: unknown): void {
  const isList = Array.isArray(options);
  if (typeof options === "object" && options !== null && !isList) return;
  const given = isList ? "a list" : describe(options);
  throw new InvalidArgumentError(`Cannot use ${given} as ${what} options: give an object`);
}

/**
 * Refuses an option that does not exist, which would be ignored otherwise. TypeScript refuses it at
 * compile time; this is for JavaScript, and for objects whose type was widened.
 *
 * @param what Whose options they are, such as `"prompt"`.
 * @throws {InvalidArgumentError} It names the nearest option that exists.
 */
export function checkNames(what: string, options: object, known: readonly string[]): void {
  checkObject(what, options);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name)) continue;
    const hint = didYouMean(name, known) ?? "remove it";
    throw new InvalidArgumentError(`Unknown ${what} option "${name}": ${hint}`);
  }
}
