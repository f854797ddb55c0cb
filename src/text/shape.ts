/**
 * The options that an object may have, and what each may be. TypeScript refuses others at compile
 * time; this is for JavaScript, and for objects whose type was widened.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import { describe } from "./describe.ts";
import { didYouMean } from "./nearest.ts";

const isObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What a value may be: what an error message asks for, and whether a value is that. */
const KINDS = {
  text: ["text", (value: unknown) => typeof value === "string"],
  number: ["a number", (value: unknown) => typeof value === "number"],
  flag: ["true or false", (value: unknown) => typeof value === "boolean"],
  function: ["a function", (value: unknown) => typeof value === "function"],
  object: ["an object", isObject],
  list: ["a list", Array.isArray],
  signal: ["an AbortSignal", (value: unknown) => isObject(value) && "aborted" in (value as object)],
  /** Checked elsewhere. */
  any: ["", () => true],
} as const satisfies Record<string, readonly [string, (value: unknown) => boolean]>;

/** What an option may be: a kind of value, or one of a few words. */
export type Kind = keyof typeof KINDS | readonly string[];

/** What each option of an object may be; one that is added and not named does not compile. */
export type Shape<T> = Readonly<Record<keyof T, Kind>>;

/** Refuses what is no options object. @throws {InvalidArgumentError} It says what it is. */
export function checkObject(what: string, options: unknown): void {
  if (isObject(options)) return;
  throw new InvalidArgumentError(
    `Cannot use ${shown(options)} as ${what} options: give an object`,
  );
}

/**
 * Refuses an option that does not exist, which would be ignored otherwise, and one of another type.
 *
 * @param what Whose options they are, such as `"prompt"`.
 * @param prefix Stands before each name in a message, such as `"budget."`.
 * @throws {InvalidArgumentError} It names the nearest option that exists, or what to give.
 */
export function checkShape(
  what: string,
  options: object,
  shape: Readonly<Record<string, Kind>>,
  prefix = "",
): void {
  checkObject(what, options);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(shape, name)) {
      const hint = didYouMean(name, Object.keys(shape)) ?? "remove it";
      throw new InvalidArgumentError(`Unknown ${what} option "${name}": ${hint}`);
    }
    const wanted = wantedBy(shape[name]!, value);
    if (wanted === undefined) continue;
    throw new InvalidArgumentError(
      `Cannot use ${shown(value)} as ${prefix}${name}: give ${wanted}`,
    );
  }
}

/**
 * Refuses an object without an option that it needs.
 *
 * @param name Its whole name, such as `"rules[0].action"`, and what to give.
 * @throws {InvalidArgumentError} It says what to give.
 */
export function checkGiven(value: unknown, name: string, give: string): void {
  if (value !== undefined) return;
  throw new InvalidArgumentError(`Missing ${name}: give ${give}`);
}

/** What should have been given; `undefined` where the value will do. */
function wantedBy(kind: Kind, value: unknown): string | undefined {
  if (typeof kind === "string") {
    const [wanted, fits] = KINDS[kind];
    return fits(value) ? undefined : wanted;
  }
  if (kind.includes(value as string)) return undefined;
  return kind.map((word) => JSON.stringify(word)).join(" or ");
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "function" ? "a function" : describe(value);
}
