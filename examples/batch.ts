/**
 * Asks the same of many repositories, four at a time, with one server.
 *
 *     deno run -A examples/batch.ts "Which licence is this under?" ~/src/*
 */
import { basename, resolve } from "node:path";
import process from "node:process";
import { Opencode } from "@x/opencode";

const [question = "What is this?", ...directories] = process.argv.slice(2);
await using ai = new Opencode({ permissions: "readonly" });

async function one(directory: string): Promise<string> {
  const session = await ai.createSession({ directory: resolve(directory) });
  try {
    const reply = await session.prompt(question, { timeout: 300_000, maxSteps: 20 });
    return `${reply.text.trim()} (${reply.cost.toFixed(2)} dollars)`;
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : error}`;
  } finally {
    await session.delete();
    // a server keeps what it knows of a directory until it is told to forget it
    await ai.client.instance.dispose({ directory: resolve(directory) });
  }
}

const results = new Map<string, string>();
const queue = directories.values();
await Promise.all(
  Array.from({ length: 4 }, async () => {
    for (const directory of queue) results.set(directory, await one(directory));
  }),
);
for (const directory of directories) {
  console.log(`${basename(directory)}: ${results.get(directory)}`);
}
