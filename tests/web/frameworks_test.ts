/** The handler in an Express application, as `docs/page.md` says: events stream through it at once. */
// deno-lint-ignore-file no-import-prefix
import { assertEquals, assertStringIncludes } from "@std/assert";
import { getRequestListener } from "npm:@hono/node-server@1.19.5";
// @ts-types="npm:@types/express@5.0.3"
import express from "npm:express@5.1.0";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { withAgent } from "../agent.ts";
import { webHandler } from "../../src/web/mod.ts";

Deno.test("webHandler answers in an Express application, and its events are not held up", async () => {
  await withAgent([{ text: "by express" }], async ({ ai }) => {
    const handler = webHandler(ai, { basePath: "/agent" });
    const app = express();
    app.get("/", (_, response) => void response.send("my own page"));
    // in Deno, its own `Response` must not take the place of Deno's
    const listener = getRequestListener(handler, { overrideGlobalObjects: false });
    app.use((request, response, next) =>
      request.path.startsWith("/agent") ? listener(request, response) : next()
    );
    const server: Server = await new Promise((resolve) => {
      const listening = app.listen(0, "127.0.0.1", () => resolve(listening));
    });
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const leaving = new AbortController();
    try {
      assertEquals(await (await fetch(at)).text(), "my own page");
      assertEquals(
        (await (await fetch(`${at}/agent/api/state`)).json()).error.slice(0, 13),
        "Not signed in",
      );
      const entered = await fetch(`${at}/agent/?token=${handler.issueToken()}`);
      await entered.text();
      const headers = {
        cookie: entered.headers.get("set-cookie")!.split(";")[0]!,
        origin: at,
        "content-type": "application/json",
      };
      const call = async (path: string, body?: unknown) => {
        const response = await fetch(`${at}/agent/api/${path}`, {
          headers,
          ...body !== undefined && { method: "POST", body: JSON.stringify(body) },
        });
        return await response.json();
      };
      const { seq } = await call("state");
      const events = await fetch(`${at}/agent/api/events?after=${seq}`, {
        headers,
        signal: leaving.signal,
      });
      const { id } = await call("sessions", { title: "express" });
      await call(`sessions/${id}/prompt`, { text: "hello" });
      let text = "";
      for await (const chunk of events.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        if (text.includes("by express")) break;
      }
      assertStringIncludes(text, '"type":"delta"');
      const html = await (await fetch(`${at}/agent/`, { headers })).text();
      assertStringIncludes(html, "page.js");
    } finally {
      leaving.abort();
      handler.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
