// @std/streams/to-array-buffer from npm, with its type.
// @ts-types="./streams_to_array_buffer.d.ts"
export * from "npm:deno-std@1.4.0/streams/to_array_buffer.js";
