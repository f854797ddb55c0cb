// @std/cli from npm, with the types of what this project uses of it.
// @ts-types="./cli.d.ts"
export * from "npm:deno-std@1.4.0/cli/mod.js";
