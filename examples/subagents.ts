/**
 * Hands a question to subagents, and shows what each of them does.
 *
 *     deno run -A examples/subagents.ts "How are errors handled here?"
 */
import process from "node:process";
import { Opencode } from "@x/opencode";

const question = process.argv.slice(2).join(" ");

await using ai = new Opencode();
const session = await ai.createSession({ title: "subagents" });
const turn = session.stream(
  `Let a subagent look into each part of this question, then answer it: ${question}`,
  // the bounds hold for the whole tree of sessions
  { maxSteps: 60, maxCost: 10 },
);

const titles = new Map<string, string>();
for await (const event of turn.events) {
  const who = titles.get(event.sessionId) ?? "main";
  if (event.type === "subagent") {
    titles.set(event.sessionId, event.title);
    console.log(`${event.title}: ${event.status}`);
  } else if (event.type === "tool" && event.status === "completed") {
    console.log(`${who}: ${event.name}`);
  } else if (event.type === "text" && event.sessionId === session.id) {
    process.stdout.write(event.text);
  }
}
const reply = await turn.reply;
console.log(`\n${reply.steps} rounds of the model in ${titles.size + 1} sessions`);
