/**
 * A page for an agent, served from this process or mounted in a web framework.
 *
 * ```ts ignore
 * import { Opencode } from "@x/opencode";
 * import { serveWeb } from "@x/opencode/web";
 *
 * await using ai = new Opencode();
 * await using page = await serveWeb(ai, { port: 3000 });
 * console.log(page.url);
 * ```
 *
 * @module
 */
export { serveWeb, type ServeWebOptions, type WebServer } from "./serve.ts";
export { type WebHandler, webHandler, type WebHandlerOptions } from "./handler.ts";
export type { Permissions } from "../permissions/restrict.ts";
export type { AccessOptions } from "./access.ts";
export { Opencode } from "../facade/opencode.ts";
// the types that its signatures name
export type * from "../../mod.ts";
