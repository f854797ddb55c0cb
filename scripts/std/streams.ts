// @std/streams from npm, with the types of what this project uses of it.
// @ts-types="./streams.d.ts"
export * from "npm:deno-std@1.4.0/streams/mod.js";
