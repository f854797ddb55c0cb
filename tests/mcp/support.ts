import { serveTools, type ServeToolsOptions, type ToolServer } from "../../src/mcp/serve.ts";
import { tool, ToolExecutor } from "../../src/tools/mod.ts";
import { until } from "../tools/support.ts";

const any = { type: "object" } as const;

/** A served executor, and a way to talk to it. */
export interface Fixture {
  server: ToolServer;
  /** How many calls of `hang` run. */
  hanging: () => number;
  /** The reasons for which calls of `hang` ended. */
  ended: unknown[];
  post(body: unknown, headers?: Record<string, string>, signal?: AbortSignal): Promise<Response>;
}

/** Runs with tools that echo, throw, take time and hang. */
export async function withServer(
  run: (fixture: Fixture) => Promise<void>,
  options: ServeToolsOptions = {},
): Promise<void> {
  let hanging = 0;
  let running = 0;
  const ended: unknown[] = [];
  const executor = new ToolExecutor({
    builtins: false,
    tools: [
      tool({ name: "echo", description: "Echoes", inputSchema: any, execute: (input) => input }),
      tool({
        name: "who",
        description: "",
        inputSchema: any,
        execute: (_, { sessionId, callId }) => `${sessionId} ${callId}`,
      }),
      tool({
        name: "throws",
        description: "",
        inputSchema: any,
        execute() {
          throw new Error("no luck");
        },
      }),
      tool({
        name: "picture",
        description: "",
        inputSchema: any,
        execute: () => [{ type: "image", data: "AA==", mimeType: "image/png" }],
      }),
      tool({
        name: "slow",
        description: "",
        inputSchema: { type: "object", properties: { ms: { type: "number" } }, required: ["ms"] },
        async execute({ ms }, { progress }) {
          progress("half");
          await new Promise((resolve) => setTimeout(resolve, ms));
          return "done";
        },
      }),
      tool({
        name: "together",
        description: "answers once so many of its calls run",
        inputSchema: { type: "object", properties: { calls: { type: "number" } } },
        async execute({ calls = 0 }) {
          running++;
          await until(() => running >= calls);
          return "done";
        },
      }),
      tool({
        name: "hang",
        description: "",
        inputSchema: any,
        execute(_, { signal }) {
          hanging++;
          signal.addEventListener("abort", () => {
            hanging--;
            ended.push((signal.reason as Error).message);
          }, { once: true });
          return new Promise(() => {});
        },
      }),
    ],
  });
  const server = await serveTools(executor, options);
  const post: Fixture["post"] = (body, headers = {}, signal) =>
    fetch(server.url, {
      method: "POST",
      headers: {
        ...server.headers,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...headers,
      },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });
  try {
    await run({ server, hanging: () => hanging, ended, post });
  } finally {
    await server.close();
    await executor.close();
  }
}

/** A request. */
export const message = (method: string, params?: unknown, id: number | string = 1) => ({
  jsonrpc: "2.0",
  id,
  method,
  ...(params === undefined ? {} : { params }),
});

/** A notification. */
export const notice = (method: string, params?: unknown) => {
  const { id: _, ...rest } = message(method, params);
  return rest;
};

/** A call of a tool. */
export const call = (
  name: string,
  input: unknown = {},
  id: number | string = 1,
  token?: string | number,
) =>
  message("tools/call", {
    name,
    arguments: input,
    ...(token === undefined ? {} : { _meta: { progressToken: token } }),
  }, id);

/** The messages of an event stream. */
export async function events(response: Response): Promise<Record<string, unknown>[]> {
  return (await response.text()).split("\n").filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice(6)));
}
