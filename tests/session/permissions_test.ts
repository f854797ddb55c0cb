/** A policy is proved by a tool that did not run: a file that is not there. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { InvalidArgumentError } from "../../src/errors.ts";
import { Opencode } from "../../src/facade/opencode.ts";
import { host } from "../../src/runtime/host.ts";
import { createOpencodeServer } from "../../src/server/server.ts";
import { allowAll, denyAll, readOnly } from "../../src/session/policies.ts";
import type { PermissionRequest } from "../../src/session/requests.ts";
import { tool, ToolExecutor } from "../../src/tools/mod.ts";
import { serveTools } from "../../src/mcp/serve.ts";
import { test } from "../harness.ts";
import { bash, call, facade, inProject, task } from "./project.ts";

const everyWay = [
  bash("ran1"),
  call("write", { filePath: "ran2", content: "x" }),
  task(bash("ran3"), "general"),
  task(task(bash("ran4"), "helper"), "written"),
  task(bash("ran5"), "helper"),
];

for (const [name, onPermission] of Object.entries({ denyAll, readOnly })) {
  test(`${name} holds whatever the project's configuration allows`, async () => {
    await inProject(async (place) => {
      await using ai = facade(place, { onPermission });
      for (const agent of ["build", "helper", "written"]) {
        for (const prompt of everyWay) await ai.prompt(prompt, { agent });
      }
      // the subagent is started by the prompt itself, which asks for no permission
      await ai.prompt(task(bash("ran6"), "helper"), { agents: ["helper"] });
      await ai.prompt(bash("ran7"), { serverTools: { bash: true } });
      const rule = { permission: "bash", pattern: "*", action: "allow" } as const;
      const session = await ai.createSession({ title: "t", permission: [rule] });
      await session.prompt(bash("ran8"));
      assertEquals(await place.touched(), []);
    });
  });
}

test("a handler is asked about every call, those of subagents and their subagents too; a yes lets them run", async () => {
  await inProject(async (place) => {
    const asked: PermissionRequest[] = [];
    let yes = false;
    await using ai = facade(place, {
      onPermission: (request) => {
        asked.push(request);
        return yes || request.permission === "task" ? "once" : { reply: "reject", message: "no" };
      },
    });
    const session = await ai.createSession({ title: "t" });
    await session.prompt(bash("ran1"));
    await session.prompt(task(bash("ran2"), "helper"));
    await session.prompt(task(task(bash("ran3"), "helper"), "written"));
    await session.prompt(call("read", { filePath: "opencode.json" }));
    await session.prompt(bash("ran4"), { agents: ["helper"], serverTools: { bash: true } });
    assertEquals(await place.touched(), []);
    assertEquals(asked.map(({ permission }) => permission), [
      "bash",
      ...["task", "bash"],
      ...["task", "task", "bash"],
      "read",
      "bash",
    ]);
    assertEquals(new Set(asked.map(({ sessionId }) => sessionId)).size, 4);
    yes = true;
    for (const prompt of everyWay) await ai.prompt(prompt);
    assertEquals(await place.touched(), ["ran1", "ran2", "ran3", "ran4", "ran5"]);
  });
});

test("readOnly lets reading through without asking, but for files with keys", async () => {
  await inProject(async (place) => {
    await place.write("a.txt", "the contents");
    await place.write(".env", "KEY=hidden");
    await using ai = facade(place, { permissions: "readonly" });
    const session = await ai.createSession({ title: "t" });
    const read = (filePath: string) => session.ask(call("read", { filePath }), { quiet: true });
    assertStringIncludes(await read(join(place.directory, "a.txt")), "the contents");
    assertStringIncludes(
      await session.ask(call("glob", { pattern: "*.txt" }), { quiet: true }),
      "a.txt",
    );
    assertEquals((await read(join(place.directory, ".env"))).includes("hidden"), false);
    const outside = await host().files.makeTempDir();
    const path = join(outside, "outside.txt");
    await host().files.writeText(path, "far away");
    assertEquals((await read(path)).includes("far away"), false);
    await host().files.remove(outside, { recursive: true });
  }, { permission: { "*": "allow", external_directory: "allow", read: "allow" } });
});

test("tools of MCP servers and the web are asked about, tools that never ask are refused", async () => {
  let called = 0;
  const page = await host().serve(() => {
    called++;
    return new Response("page");
  });
  const executor = new ToolExecutor({
    builtins: false,
    tools: [
      tool({ name: "poke", description: "x", inputSchema: {}, execute: () => String(called++) }),
    ],
  });
  const mcp = await serveTools(executor);
  try {
    await inProject(async (place) => {
      await place.write(
        ".opencode/tool/custom.ts",
        `import { writeFileSync } from "node:fs";
export default { description: "x", args: {}, execute(_, { directory }) { writeFileSync(directory + "/ran9", ""); return "done"; } };`,
      );
      const asked: string[] = [];
      await using ai = facade(place, {
        onPermission: ({ permission }) => {
          asked.push(permission);
          return { reply: "reject", message: "no" };
        },
      });
      const url = `http://127.0.0.1:${page.port}/`;
      const calls = [
        call("other_poke", {}),
        call("webfetch", { url, format: "text" }),
        call("custom", {}),
      ];
      for (const one of calls) await ai.prompt(one);
      assertEquals(asked, ["other_poke", "webfetch"]);
      assertEquals([called, await place.touched()], [0, []]);
    }, { mcp: { other: mcp.config } });
  } finally {
    await page.close();
    await mcp.close();
    await executor.close();
  }
});

test("what the user denies stays denied, whatever the handler says", async () => {
  await inProject(async (place) => {
    await using ai = facade(place, { permissions: "ask", onPermission: () => "once" });
    await ai.prompt(call("bash", { command: "touch ran1", description: "x" }));
    await ai.prompt(call("bash", { command: "touch ran2", description: "x" }));
    assertEquals(await place.touched(), ["ran2"]);
    // the mode that plans edits no files
    await ai.prompt(call("write", { filePath: "ran3", content: "x" }), { agent: "plan" });
    assertEquals(await place.touched(), ["ran2"]);
  }, { permission: { bash: { "*": "allow", "touch ran1": "deny" } }, agent: {} });
});

test("policies hold on a server that was started by somebody else", async () => {
  await inProject(async (place) => {
    await using server = await createOpencodeServer({
      isolated: true,
      env: { OPENCODE_DISABLE_PROJECT_CONFIG: "" },
      config: place.model.config,
      cwd: place.directory,
    });
    const { url: baseUrl, username, password } = server;
    await using ai = new Opencode({ baseUrl, username, password, directory: place.directory });
    const session = await ai.createSession({ title: "t" });
    for (const onPermission of [denyAll, readOnly, () => "reject" as const]) {
      for (const prompt of everyWay) await session.prompt(prompt, { onPermission });
    }
    const options = { agents: ["helper"], serverTools: { bash: true } };
    for (const onPermission of [denyAll, readOnly]) {
      await session.prompt(task(bash("ran6"), "helper"), { ...options, onPermission });
    }
    const error = await session.prompt(bash("ran7"), { ...options, permissions: "ask" })
      .catch((error) => error);
    assertMatch(String(error), /Cannot start subagents here/);
    assertEquals(error instanceof InvalidArgumentError, true);
    assertEquals(await place.touched(), []);
    // and end with the prompt that they were given for
    await session.prompt(bash("ran8"));
    await session.prompt(bash("ran9"), { onPermission: allowAll });
    assertEquals(await place.touched(), ["ran8", "ran9"]);
  });
});

test("an answer in a given form and tools of this process work under every policy", async () => {
  await inProject(async (place) => {
    const schema = { type: "object", properties: { n: { type: "integer" } } } as const;
    const poke = tool({ name: "poke", description: "x", inputSchema: {}, execute: () => "poked" });
    await using executor = new ToolExecutor({ builtins: false, tools: [poke] });
    await using ai = facade(place, { permissions: "deny" });
    const value = await ai.object(call("StructuredOutput", { n: 1 }), { schema });
    assertEquals(value, { n: 1 });
    const session = await ai.createSession({ title: "t" });
    const offered = () => place.model.requests.at(-1)!.toolNames;
    for (const turn of [1, 2]) {
      await session.prompt(`look at the tools, ${turn}`, { tools: executor });
      const name = offered().find((name) => name.endsWith("_poke"))!;
      const text = await session.ask(call(name, {}), { tools: executor, quiet: true });
      assertEquals([text, offered().includes("bash")], ["results: poked", false]);
    }
  });
});
