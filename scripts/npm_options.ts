/** What the npm package is compiled for; `build_npm.ts` and `npm_types.ts` share it. */

/** The language level of the output: all of it is in Node 20. */
export const TARGET = "ES2022";

/** The libraries that the sources may count on. */
export const LIB = ["ES2023", "ESNext.Disposable", "DOM", "DOM.Iterable"] as const;

/** Which `@types/node` the sources are checked with: those of the oldest supported Node. */
export const NODE_TYPES = "^20.16.0";
