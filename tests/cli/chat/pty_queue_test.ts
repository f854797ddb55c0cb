/** Prompts that are typed while another one runs, and signals, in a real pseudo-terminal. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { until } from "../../agent.ts";
import { has, inPty, inTerminal, type Session, words } from "./pty.ts";

const hasScript = await has("script");
const hasBash = await has("bash");
const WAIT = 60_000;
/** Long enough for the answer to take some seconds. */
const LONG = "Say hello " + "and more ".repeat(25);

Deno.test({
  name:
    "a prompt that is typed in a terminal while one runs is shown, and goes when its turn comes",
  ignore: !hasScript,
  fn: () =>
    whileItAnswers(async (type, now) => {
      await type("second");
      await type(" prompt\r");
      await until(() => now().includes("queued: second prompt"), "it is shown as queued", WAIT);
      await secondAnswer(now);
      const screen = now();
      assertEquals(screen.includes("queued:"), false, screen);
      const [first, sent, quoted] = [
        screen.indexOf("out ·"),
        screen.indexOf("\n> second prompt\n"),
        screen.lastIndexOf("\n> second prompt\n"),
      ];
      // after the first answer's last line, and once as the prompt, once as what the model quotes
      assert(first !== -1 && first < sent && sent < quoted, screen);
    }),
});

Deno.test({
  name: "Ctrl-C in a terminal stops the turn, and hands back what was queued after it",
  ignore: !hasScript,
  fn: () =>
    whileItAnswers(async (type, now) => {
      await type("not now\r");
      await until(() => now().includes("queued: not now"), "it is shown as queued", WAIT);
      await type("\u0003");
      await until(() => now().endsWith("Stopped.\n> not now"), "it is in the input again", WAIT);
      await type(" but now\r");
      await secondAnswer(now);
      assertStringIncludes(now(), "\n> not now but now\n");
    }),
});

/** A chat in a terminal whose first turn runs; Ctrl-D ends it, with exit code 0. */
async function whileItAnswers(run: Session): Promise<void> {
  const directory = await Deno.makeTempDir({ dir: "/tmp", prefix: "c-" });
  const args = ["chat", "--demo", "--directory", directory];
  const code = await inTerminal(args, 80, async (type, now, resize) => {
    await until(() => /\n>$/.test(now()), "the prompt is there", WAIT);
    await type(`${LONG}\r`);
    await until(() => /waiting for the model/.test(now()), "the turn runs", WAIT);
    await run(type, now, resize);
    await type("\u0004");
  });
  await Deno.remove(directory, { recursive: true });
  assertEquals(code, 0);
}

/** Waits until the session's second prompt was sent, and answered. */
async function secondAnswer(now: () => string): Promise<void> {
  const sent = () => flat(now()).includes("prompt number 2 of this session");
  await until(sent, "it was sent", WAIT);
  await until(() => /out · [\d.]+ s\n>$/.test(now()), "it is answered", WAIT);
}

/** Text without the breaks that the screen's width makes. */
function flat(screen: string): string {
  return screen.replaceAll("\n", "");
}

/** A chat as a job of an interactive shell. */
async function asJob(
  flags: string[],
  run: (given: {
    now: () => string;
    pid: () => Promise<number>;
  }) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ dir: "/tmp", prefix: "c-" });
  const pidFile = `${directory}/pid`;
  const CHAT = (await words(["chat", "--demo", "--directory", directory, ...flags])).join(" ");
  const shell = "PS1='$ ' bash --norc --noprofile --noediting -i";
  await inPty(shell, 100, async (type, now) => {
    await until(() => now().endsWith("$"), "the shell is there");
    await type("sh -c 'echo $$ > \"$PIDS\"; exec $CHAT'; echo code $?\r");
    await until(() => now().endsWith("\n>"), "the prompt is there", WAIT);
    await run({ now, pid: async () => Number(await Deno.readTextFile(pidFile)) });
    await type("exit\r");
  }, { CHAT, PIDS: pidFile });
  await Deno.remove(directory, { recursive: true });
}

for (const flags of [[], ["--plain"]]) {
  Deno.test({
    name: `a chat${
      flags.map((flag) => ` ${flag}`).join("")
    } that is told to end says so in a row of its own`,
    ignore: !hasScript || !hasBash,
    fn: () =>
      asJob(flags, async ({ now, pid }) => {
        Deno.kill(await pid(), "SIGTERM");
        await until(() => now().endsWith("\ncode 143\n$"), "it has ended", WAIT);
        const rows = now().split("\n");
        assert(rows.includes("Ending the chat; Ctrl-C again leaves at once"), now());
      }),
  });
}
