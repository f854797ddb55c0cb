/** An agent on a server that is there already. */
import { assertEquals, assertRejects } from "@std/assert";
import { Opencode } from "../../mod.ts";
import { APIConnectionError, NotFoundError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { test } from "../harness.ts";

/** What a server answers to `/global/health` and to everything else. */
async function withServer(
  health: () => Response | Promise<Response>,
  other: (path: string) => Response | Promise<Response>,
  run: (ai: Opencode, asked: string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = await host().serve(async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    return await (pathname === "/global/health" ? health() : other(pathname));
  });
  const baseUrl = `http://127.0.0.1:${server.port}`;
  try {
    await using ai = new Opencode({ baseUrl, password: "secret", directory: "/there" });
    await run(ai, asked);
  } finally {
    await server.close();
  }
}

const info = { id: "ses_1", directory: "/there", title: "t", time: { created: 1, updated: 1 } };
const healthy = () => Response.json({ healthy: true, version: "1.18.33" });

test("session asks for a session while the server says what it is", async () => {
  let release = () => {};
  const asked = new Promise<void>((resolve) => release = resolve);
  // the health is told only once the session was asked for: it would wait for ever otherwise
  const health = () => asked.then(healthy);
  const other = (path: string) => {
    if (path !== "/session/ses_1") return Response.json({ providers: [], default: {} });
    release();
    return Response.json(info);
  };
  await withServer(health, other, async (ai, paths) => {
    assertEquals((await ai.session("ses_1")).id, "ses_1");
    assertEquals(paths.filter((path) => path === "/session/ses_1").length, 1);
  });
});

test("session believes no server that turns out to be another", async () => {
  const session = () => Response.json(info);
  const kinds: [() => Response, string][] = [
    [() => Response.json({ healthy: true, version: "2.0.0" }), "UnsupportedServerError"],
    [() => new Response("<html>"), "UnsupportedServerError"],
    [() => new Response(null, { status: 401 }), "AuthenticationError"],
  ];
  for (const [health, kind] of kinds) {
    await withServer(health, session, async (ai) => {
      const { name } = await assertRejects(() => ai.session("ses_1"), Error);
      assertEquals(name, kind);
    });
  }
  await using nowhere = new Opencode({ baseUrl: "http://127.0.0.1:9", directory: "/there" });
  await assertRejects(() => nowhere.session("ses_1"), APIConnectionError);
});

test("session asks again where the answer ahead was lost, and tells what is not there", async () => {
  let times = 0;
  const flaky = (path: string) => {
    if (path !== "/session/ses_1") return Response.json({ providers: [], default: {} });
    return ++times === 1 ? new Response("no", { status: 500 }) : Response.json(info);
  };
  await withServer(healthy, flaky, async (ai) => {
    assertEquals((await ai.session("ses_1")).id, "ses_1");
    assertEquals(times, 2);
  });
  const none = () => Response.json({ name: "NotFoundError", data: {} }, { status: 404 });
  await withServer(healthy, none, async (ai) => {
    await assertRejects(() => ai.session("ses_1"), NotFoundError);
  });
});
