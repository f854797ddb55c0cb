import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../harness.ts";
import { OpencodeClient } from "../../src/client/mod.ts";
import { environment } from "../../src/client/environment.ts";
import { host } from "../../src/runtime/host.ts";
import { serving } from "../http/serve.ts";

/** Runs with some variables set, or unset, and puts them back. */
async function withEnv(
  variables: Record<string, string | undefined>,
  run: () => void | Promise<void>,
): Promise<void> {
  const { env } = host();
  const put = (values: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) env.delete(name);
      else env.set(name, value);
    }
  };
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, env.get(name)]));
  put(variables);
  try {
    await run();
  } finally {
    put(before);
  }
}

test("environment reads the client's variables and no others", async () => {
  await withEnv({ OPENCODE_SERVER_USERNAME: "someone" }, () => {
    const found = environment();
    assertEquals(found["OPENCODE_SERVER_USERNAME"], "someone");
    const names = ["OPENCODE_LOG", "OPENCODE_SERVER_PASSWORD", "OPENCODE_SERVER_USERNAME"];
    assertEquals(Object.keys(found).sort(), names);
  });
});

test("the client takes its credentials from the environment of the process", async () => {
  let seen: string | null = null;
  await serving((request) => {
    seen = request.headers.get("authorization");
    return Response.json([]);
  }, async (baseUrl) => {
    const variables = { OPENCODE_SERVER_USERNAME: "me", OPENCODE_SERVER_PASSWORD: "pw" };
    await withEnv(variables, async () => void await new OpencodeClient({ baseUrl }).session.list());
  });
  assertEquals(seen, `Basic ${btoa("me:pw")}`);
});

test("the client keeps what goes to this machine off a proxy, and NO_PROXY as it was beside", async () => {
  const asked: string[] = [];
  const variables = {
    HTTP_PROXY: "http://127.0.0.1:9",
    NO_PROXY: "example.com",
    no_proxy: undefined,
  };
  await serving((request) => {
    asked.push(new URL(request.url).pathname);
    return Response.json([]);
  }, async (baseUrl) => {
    await withEnv(variables, async () => {
      new OpencodeClient({ baseUrl: "http://example.org", env: {} });
      assertEquals(host().env.get("NO_PROXY"), "example.com");
      const client = new OpencodeClient({ baseUrl, env: {}, maxRetries: 0 });
      assertEquals(host().env.get("NO_PROXY"), "example.com,127.0.0.1");
      client.copy();
      assertEquals(host().env.get("NO_PROXY"), "example.com,127.0.0.1");
      await client.session.list();
    });
  });
  assertEquals(asked, ["/session"]);
});

test("OPENCODE_LOG alone writes requests to the error channel, without secrets", async () => {
  const lines: string[] = [];
  const { error } = console;
  console.error = (...words: unknown[]) => void lines.push(words.join(" "));
  try {
    await serving(() => Response.json([]), async (baseUrl) => {
      for (const level of ["info", "off", ""]) {
        const env = { OPENCODE_LOG: level, OPENCODE_SERVER_PASSWORD: "hunter2" };
        await new OpencodeClient({ baseUrl, env }).session.list();
      }
    });
  } finally {
    console.error = error;
  }
  assertEquals(lines.length, 1);
  assertStringIncludes(lines[0]!, '"method":"GET","path":"/session"');
  assertEquals(lines[0]!.includes("hunter2"), false);
});
