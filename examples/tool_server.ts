/**
 * Your functions as an MCP server, for opencode or any other MCP client on this machine. It prints
 * what opencode's configuration wants, and serves until Ctrl-C.
 *
 *     deno run -A examples/tool_server.ts
 */
import process from "node:process";
import { serveTools, tool, ToolExecutor } from "@x/opencode";

const stock = new Map([["apples", 12], ["pears", 0]]);

const inStock = tool({
  name: "in_stock",
  description: "How many of an article are in stock",
  inputSchema: {
    type: "object",
    properties: { article: { type: "string" } },
    required: ["article"],
  },
  execute({ article }) {
    const count = stock.get(article);
    // an error is text that the model reads
    if (count === undefined) throw new Error(`No such article; there are ${[...stock.keys()]}`);
    return `${count} ${article}`;
  },
});

await using executor = new ToolExecutor({
  tools: [inStock],
  builtins: false,
  audit: ({ name, input, durationMs }) =>
    console.error(`${name} ${JSON.stringify(input)}, ${Math.round(durationMs)} ms`),
});
await using server = await serveTools(executor, { name: "stock" });
console.log(JSON.stringify({ mcp: { stock: server.config } }));
await new Promise((resolve) => process.once("SIGINT", resolve));
