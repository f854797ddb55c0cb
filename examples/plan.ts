/**
 * Plans with an agent that can only read, shows the plan, and carries it out once you say yes.
 *
 *     deno run -A examples/plan.ts "Add a --verbose flag"
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { Opencode } from "@x/opencode";

const task = process.argv.slice(2).join(" ");
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

await using ai = new Opencode();
const session = await ai.createSession({ title: task.slice(0, 60) });

let plan = await session.ask(`Make a plan for this task: ${task}`, {
  agent: "plan",
  permissions: "readonly",
});
for (;;) {
  console.log(plan);
  console.error("Carry it out? [y/n, or what to change]");
  const { value: answer = "n" } = await answers.next();
  if (answer === "n") break;
  if (answer === "y") {
    const reply = await session.prompt("Carry out the plan", {
      agent: "build",
      permissions: "allow",
    });
    console.log(reply.text);
    break;
  }
  plan = await session.ask(answer, { agent: "plan", permissions: "readonly" });
}
