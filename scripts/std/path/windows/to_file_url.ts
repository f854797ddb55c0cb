// @ts-types="../../path.d.ts"
export { toFileUrl } from "npm:deno-std@1.4.0/path/windows/to_file_url.js";
