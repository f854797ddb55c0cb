/**
 * This package's own version; `deno.json` says the same, and a test compares them.
 *
 * @module
 */

/** The version of `@x/opencode`. */
export const VERSION = "0.1.0";
