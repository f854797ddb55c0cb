/**
 * The command line; loading this module runs it.
 *
 * `deno run -A jsr:@x/opencode/cli "prompt"`, or `opencode-ts "prompt"` from the npm package.
 *
 * @module
 */
import { main } from "./src/cli/main.ts";
import { host } from "./src/runtime/host.ts";

const { platform } = host();
main(platform.args()).then((code) => platform.exit(code));
