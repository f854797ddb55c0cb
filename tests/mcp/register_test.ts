import { assertEquals, assertRejects } from "@std/assert";
import { registerTools, type ToolsClient } from "../../src/mcp/register.ts";
import { test } from "../harness.ts";

const unused = () => Promise.reject(new Error("Not to be called"));

/** A client whose `mcp.add` does this. */
function client(seen: string[], add: ToolsClient["mcp"]["add"]): ToolsClient {
  return {
    mcp: {
      status: unused,
      add(input, options) {
        seen.push(`add ${input.name} ${input.directory}`);
        return add(input, options);
      },
      disconnect({ name, directory }) {
        seen.push(`disconnect ${name} ${directory}`);
        return Promise.reject(new Error("Not there either"));
      },
    },
    session: { get: unused, update: unused, prompt: unused, deleteMessage: unused },
  };
}

const server = {
  config: { type: "remote", url: "http://127.0.0.1/mcp", headers: {}, oauth: false },
} as const;

test("registerTools takes its entry back when it is aborted before the server answers", async () => {
  const seen: string[] = [];
  const controller = new AbortController();
  const waits = client(seen, (_, { signal } = {}) =>
    new Promise((_resolve, reject) => {
      signal!.addEventListener("abort", () => reject(signal!.reason), { once: true });
      controller.abort(new Error("enough"));
    }));
  const options = { signal: controller.signal, directory: "/d" };
  await assertRejects(() => registerTools(waits, server, [], options), Error, "enough");
  const [added] = seen;
  assertEquals(seen, [added, added!.replace("add", "disconnect")]);
});

test("registerTools rejects with what mcp.add failed with, not with what taking back did", async () => {
  const seen: string[] = [];
  const fails = client(seen, () => Promise.reject(new Error("no such server")));
  await assertRejects(() => registerTools(fails, server, []), Error, "no such server");
  assertEquals(seen.map((line) => line.split(" ")[0]), ["add", "disconnect"]);
});
