/**
 * The web page for an agent, inside your own application: below `/agent` of a Hono app.
 *
 *     deno add npm:hono && deno run -A examples/page.ts 8000
 *
 * For Express, `getRequestListener(handler)` of `@hono/node-server` makes a Node handler of it.
 */
import { Hono } from "hono";
import { Opencode } from "@x/opencode";
import { webHandler } from "@x/opencode/web";

const ai = new Opencode({ directory: "." });
const handler = webHandler(ai, { basePath: "/agent", permissions: "ask" });

const app = new Hono();
app.get("/", (context) => context.text("My own page"));
// whoever your application lets in gets a token of the agent's page
app.get("/agent-login", (context) => context.redirect(`/agent/?token=${handler.issueToken()}`));
app.all("/agent/*", (context) => handler(context.req.raw));

const server = Deno.serve({
  hostname: "127.0.0.1",
  port: Number(Deno.args[0] ?? 8000),
  onListen: ({ port }) => console.log(`http://127.0.0.1:${port}/agent-login`),
}, app.fetch);
Deno.addSignalListener("SIGINT", async () => {
  handler.close();
  await server.shutdown();
  await ai.close();
});
