/**
 * Lets the agent work until a command succeeds, at most three times.
 *
 *     deno run -A examples/fix_test.ts npm test
 */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { Opencode } from "@x/opencode";

const [command = "npm", ...args] = process.argv.slice(2);

function check(): string | undefined {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? undefined : `${stdout}${stderr}`.slice(-20_000);
}

let failure = check();
await using ai = new Opencode({ permissions: "allow", maxSteps: 40 });
const session = await ai.createSession({ title: `Fix ${command}` });

for (let attempt = 1; failure !== undefined && attempt <= 3; attempt++) {
  console.log(`Attempt ${attempt}`);
  const turn = session.stream(
    `\`${[command, ...args].join(" ")}\` fails. Fix the code, not the test.\n\n${failure}`,
  );
  for await (const event of turn.events) {
    if (event.type === "tool" && event.status === "completed") {
      console.log(`  ${event.name} ${event.title ?? ""}`);
    }
  }
  await turn.reply;
  failure = check();
}

const { cost } = await session.usage();
console.log(failure === undefined ? "It passes" : "It still fails", `(${cost.toFixed(2)} dollars)`);
process.exitCode = failure === undefined ? 0 : 1;
