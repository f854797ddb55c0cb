/**
 * A chat bot: one conversation for each channel, all channels at once. Lines of the form
 * `channel text` on standard input stand for the messages of Slack, Matrix or Discord.
 *
 *     printf 'dev What is CI?\nops Is it up?\ndev And CD?\n' | deno run -A examples/bot.ts
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { Opencode, OpencodeError, type Session } from "@x/opencode";

await using ai = new Opencode({
  permissions: "readonly",
  system: "You are a chat bot. Answer in one short paragraph, without headings.",
  timeout: 120_000,
});

const channels = new Map<string, Promise<Session>>();
const answers: Promise<void>[] = [];

async function answer(channel: string, text: string): Promise<void> {
  // the session remembers; prompts of one session go one after another by themselves
  let session = channels.get(channel);
  if (session === undefined) {
    session = ai.createSession({ title: channel });
    channels.set(channel, session);
  }
  try {
    console.log(`#${channel}: ${await (await session).ask(text, { quiet: true })}`);
  } catch (error) {
    if (!(error instanceof OpencodeError)) throw error;
    console.log(`#${channel}: Sorry, that failed: ${error.message}`);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [, channel, text] = /^(\S+)\s+(.+)$/.exec(line) ?? [];
  if (channel && text) answers.push(answer(channel, text));
}
await Promise.all(answers);
