/** What is said of a proxy that the runtime's fetch ignores. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { test } from "../harness.ts";
import { DownloadError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { doctor, downloadBinary } from "../../src/server/mod.ts";
import { passedOver } from "../../src/runtime/proxy.ts";
import { fakeProgram, withTempDir } from "../server/fixtures.ts";
import { LINUX } from "../binary/downloads.ts";

const PROXY = "http://user:secret@127.0.0.1:9";

test("passedOver names the variables when Node's fetch does not look at them", () => {
  const set: Record<string, string> = { HTTPS_PROXY: PROXY, http_proxy: PROXY };
  const names = (
    runtime: "deno" | "node" | "bun",
    env: Record<string, string>,
    version = "24.1.0",
  ) => passedOver({ runtime, version }, (name) => env[name]);
  assertEquals(names("node", set), ["http_proxy", "HTTPS_PROXY"]);
  assertEquals(names("node", { ALL_PROXY: PROXY, HTTP_PROXY: "" }), []);
  assertEquals(names("node", { ...set, NODE_USE_ENV_PROXY: "1" }), []);
  assertEquals(names("node", { ...set, NODE_USE_ENV_PROXY: "1" }, "22.21.0"), []);
  assertEquals(names("node", { ...set, NODE_USE_ENV_PROXY: "1" }, "20.16.0").length, 2);
  assertEquals(names("deno", set), []);
  assertEquals(names("bun", set), []);
});

/** Runs with a proxy that answers nothing. */
async function behindProxy(run: () => Promise<void>): Promise<void> {
  const { env } = host();
  const names = ["HTTP_PROXY", "NODE_USE_ENV_PROXY", "NO_PROXY", "no_proxy"];
  const before = names.map((name) => [name, env.get(name)] as const);
  for (const name of names) env.delete(name);
  env.set("HTTP_PROXY", PROXY);
  try {
    await run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) env.delete(name);
      else env.set(name, value);
    }
  }
}

const HINT = /HTTP_PROXY is set.*Node's fetch ignores it.*NODE_USE_ENV_PROXY=1/;

test("downloadBinary tells of a proxy that was passed over when it fails on Node", () =>
  withTempDir((directory) =>
    behindProxy(async () => {
      const error = await assertRejects(() =>
        downloadBinary({
          directory,
          version: "1.18.99",
          machine: LINUX,
          registry: "http://127.0.0.1:9/npm",
          github: "http://127.0.0.1:9/github",
        }), DownloadError);
      assertEquals(HINT.test(error.message), host().platform.runtime === "node", error.message);
      assertEquals(error.message.includes("secret"), false);
    })
  ));

test("doctor warns of a proxy that is passed over when it runs on Node", () =>
  withTempDir((cacheDirectory) =>
    behindProxy(async () => {
      const registry = "http://127.0.0.1:9/npm";
      const lines = await doctor({
        binary: fakeProgram(),
        cacheDirectory,
        registry,
        start: false,
      });
      const found = lines.filter(({ check }) => check === "proxy");
      const hints = found.filter(({ message, repair }) => HINT.test(`${message} ${repair}`));
      assertEquals(hints.length, host().platform.runtime === "node" ? 1 : 0);
      for (const { status, repair } of found) {
        assertEquals(status, "warn");
        assertMatch(repair!, /./);
      }
      assertEquals(JSON.stringify(lines).includes("secret"), false);
    })
  ));
