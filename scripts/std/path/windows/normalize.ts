// @ts-types="../../path.d.ts"
export { normalize } from "npm:deno-std@1.4.0/path/windows/normalize.js";
