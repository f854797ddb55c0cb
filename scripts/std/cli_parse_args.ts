// @std/cli/parse-args from npm, with the types of what this project uses of it.
// @ts-types="./cli_parse_args.d.ts"
export * from "npm:deno-std@1.4.0/cli/parse_args.js";
