/**
 * A client of a real server with a scripted model behind it, in a directory of its own; on the server
 * that `OPENCODE_TEST_SERVER` names, or on one for this test alone.
 */
import { join } from "@std/path";
import { OpencodeClient } from "../../src/client/mod.ts";
import { type RegisteredTools, registerTools } from "../../src/mcp/register.ts";
import { serveTools, type ServeToolsOptions, type ToolServer } from "../../src/mcp/serve.ts";
import { host } from "../../src/runtime/host.ts";
import { createOpencodeServer } from "../../src/server/server.ts";
import { type AuditRecord, ToolExecutor, type ToolExecutorOptions } from "../../src/tools/mod.ts";
import { type Script, type ScriptedModel, scriptedModel } from "../../src/testing/mod.ts";

/** What a test gets. */
export interface Agent {
  client: OpencodeClient;
  model: ScriptedModel;
  directory: string;
}

/** Runs a test with an agent, and clears everything away. */
export async function withAgent(
  script: Script,
  run: (agent: Agent) => Promise<void>,
): Promise<void> {
  const { files, env } = host();
  const directory = await files.realPath(await files.makeTempDir({ prefix: "opencode-mcp-" }));
  const model = await scriptedModel(script);
  const shared = env.get("OPENCODE_TEST_SERVER");
  const server = shared
    ? undefined
    : await createOpencodeServer({ isolated: true, config: model.config });
  if (shared) await files.writeText(join(directory, "opencode.json"), JSON.stringify(model.config));
  const url = new URL(shared ?? server!.url);
  const [username, password] = shared
    ? [url.username, url.password].map(decodeURIComponent)
    : [server!.username, server!.password];
  url.username = url.password = "";
  const client = new OpencodeClient({
    baseUrl: url.href,
    username: username ?? "",
    password: password ?? "",
    directory,
  });
  try {
    await run({ client, model, directory });
  } finally {
    if (shared) await client.instance.dispose({ directory }).catch(() => {});
    await server?.close();
    await model.close();
    await files.remove(directory, { recursive: true });
  }
}

/** An executor with its tools registered on the server. */
export interface Tools {
  executor: ToolExecutor;
  server: ToolServer;
  audit: AuditRecord[];
  tools: RegisteredTools;
}

/** Runs with an executor whose tools are registered, and takes everything away again. */
export async function withTools(
  { client, directory }: Agent,
  options: ToolExecutorOptions,
  run: (tools: Tools) => Promise<void>,
  { timeout, key, ...serve }: ServeToolsOptions & { timeout?: number; key?: string } = {},
): Promise<void> {
  const audit: AuditRecord[] = [];
  const executor = new ToolExecutor({
    workdir: directory,
    audit: (record) => audit.push(record),
    ...options,
  });
  const server = await serveTools(executor, serve);
  try {
    const names = executor.definitions().map(({ name }) => name);
    const more = {
      ...timeout === undefined ? {} : { timeout },
      ...key === undefined ? {} : { key },
    };
    const tools = await registerTools(client, server, names, { directory, ...more });
    try {
      await run({ executor, server, audit, tools });
    } finally {
      await tools.close();
    }
  } finally {
    await server.close();
    await executor.close();
  }
}

/** Sends a prompt and returns the text of the answer. */
export async function ask(
  { client, directory }: Agent,
  sessionID: string,
  text: string,
): Promise<string> {
  const { parts } = await client.session.prompt({
    sessionID,
    directory,
    parts: [{ type: "text", text }],
  });
  return parts.flatMap((part) => part.type === "text" ? part.text : []).join("");
}
