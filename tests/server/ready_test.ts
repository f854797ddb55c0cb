/** The ready line: the server's own, with the address that was asked for, and no other. */
import { assertEquals } from "@std/assert";
import { readyAddress } from "../../src/server/ready.ts";
import { createOpencodeServer } from "../../src/server/mod.ts";
import { host } from "../../src/runtime/host.ts";
import { test } from "../harness.ts";
import { fakeProgram, withTempDir } from "./fixtures.ts";

const own = "opencode server listening on http://127.0.0.1:4096";
const asked = { hostname: "127.0.0.1", port: 0 };

test("readyAddress takes the server's own line", () => {
  assertEquals(readyAddress(own, asked)?.port, "4096");
  assertEquals(readyAddress(`\x1b[1m${own}\x1b[0m`, asked)?.port, "4096");
  assertEquals(readyAddress(own, { ...asked, port: 4096 })?.port, "4096");
  const six = "opencode server listening on http://::1:80";
  assertEquals(readyAddress(six, { hostname: "::1", port: 80 })?.hostname, "[::1]");
  assertEquals(readyAddress(six, { hostname: "[::1]", port: 0 })?.hostname, "[::1]");
});

for (
  const [line, to] of [
    ["[mcp] bridge listening on http://127.0.0.1:4096", asked],
    [`[mcp] ${own}`, asked],
    [`${own}/path`, asked],
    [`${own} `, asked],
    ["opencode server listening on http://evil.test:4096", asked],
    ["opencode server listening on http://127.0.0.1@evil.test:4096", asked],
    ["opencode server listening on http://0.0.0.0:4096", asked],
    ["opencode server listening on https://127.0.0.1:4096", asked],
    ["opencode server listening on http://127.0.0.1:0", asked],
    ["opencode server listening on http://127.0.0.1:99999", asked],
    [own, { ...asked, port: 4097 }],
    [own, { ...asked, hostname: "localhost" }],
  ] as const
) {
  test(`readyAddress ignores "${line}" where ${to.hostname}:${to.port} was asked for`, () => {
    assertEquals(readyAddress(line, to), undefined);
  });
}

test("a start sends nothing to an address that other output names", async () => {
  const seen: (string | null)[] = [];
  const other = await host().serve((request) => {
    seen.push(request.headers.get("authorization"));
    return Response.json({});
  });
  try {
    await withTempDir(async (dir) => {
      await using server = await createOpencodeServer({
        binary: fakeProgram(),
        cacheDirectory: dir,
        env: {
          FAKE: "late",
          FAKE_BEFORE: [
            `[mcp] bridge listening on http://127.0.0.1:${other.port}`,
            `[mcp] opencode server listening on http://127.0.0.1:${other.port}`,
          ].join("\n"),
        },
      });
      assertEquals(server.port === other.port, false);
    });
    assertEquals(seen, []);
  } finally {
    await other.close();
  }
});
