/** The chat as a real process in a real pseudo-terminal, its screen compared with a stored one. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { until } from "../../agent.ts";
import { has, inPty, inTerminal, words } from "./pty.ts";

const hasScript = await has("script");

Deno.test({
  name: "chat runs in a real terminal, and its screen is the stored one",
  ignore: !hasScript,
  async fn() {
    let screen = "";
    const directory = await Deno.makeTempDir({ dir: "/tmp", prefix: "c-" });
    const code = await inTerminal(
      ["chat", "--demo", "--directory", directory],
      64,
      async (type, now) => {
        await until(() => /\n>$/.test(now()), "the prompt is there", 60_000);
        await type("Say hello\r");
        await until(() => /out · [\d.]+ s\n>$/.test(now()), "the answer is complete", 60_000);
        await type("wide 日本 and é\u007f\u007f\u007f\u007f\u007f\u007f");
        await until(() => now().endsWith("> wide 日本"), "the line is edited");
        screen = now();
        await type("\u0003\u0004");
      },
    );
    await Deno.remove(directory, { recursive: true });
    assertEquals(code, 0);
    assertEquals(
      screen.replace(/^\S+ · \/help/m, "DIR · /help").replace(/[\d.]+ s$/m, "N s")
        .replace(/\d+ in, \d+ out/, "N in, N out"),
      [
        "A demo: the real server, and a built-in script in place of a lan",
        "guage model.",
        "DIR · /help lists commands, Ctrl-D leaves",
        "> Say hello",
        "Hello! I am a script built into this package, not a language mod",
        "el. A real opencode server asked me to answer your prompt of 2 w",
        "ords:",
        "",
        "> Say hello",
        "",
        "What you see now was streamed through that server, chunk by chun",
        "k. Leave out --demo, and name a model, to get an answer with tho",
        "ught behind it.",
        "scripted/model · N in, N out · N s",
        "> wide 日本",
      ].join("\n"),
    );
  },
});

Deno.test({
  name: "the spinner of a prompt is drawn and gone when the answer is there",
  ignore: !hasScript,
  async fn() {
    let seen = "";
    const code = await inTerminal(["--demo", "Say hello"], 100, async (_, now) => {
      await until(
        () => {
          seen += now();
          return now().includes("thought behind it.");
        },
        "the answer is there",
        60_000,
      );
    });
    assertEquals(code, 0);
    assertStringIncludes(seen, "starting opencode");
  },
});

Deno.test({
  name: "a chat that a shell stops and brings back goes on; it leaves the terminal as it was",
  ignore: !hasScript || !(await has("bash")),
  async fn() {
    const directory = await Deno.makeTempDir({ dir: "/tmp", prefix: "c-" });
    const CHAT = (await words(["chat", "--demo", "--directory", directory])).join(" ");
    const modes = "stty -a | grep -owE -- '-?(icanon|echo|isig)' | tr '\\n' ' '; echo end";
    const pidFile = await Deno.makeTempFile({ prefix: "opencode-pid-" });
    const shell = "PS1='$ ' bash --norc --noprofile --noediting -i";
    await inPty(shell, 100, async (type, now, resize) => {
      /** The terminal's modes, once the shell has it. */
      const usual = async (count: number) => {
        await type(`${modes}\r`);
        const seen = () => now().split(/\n(?:-?isig|isig) .*end\n/).length - 1;
        await until(() => seen() === count, "the modes are shown", 20_000);
        assertEquals(/-(icanon|echo|isig) .*end\n/.test(now()), false, now());
      };
      await until(() => now().endsWith("$"), "the shell is there");
      await type("$CHAT\r");
      await until(() => /\n>$/.test(now()), "the prompt is there", 60_000);
      await type("Say hello 日本🙂e\u0301");
      await until(() => now().endsWith("> Say hello 日本🙂e\u0301"), "it is typed");
      await type("\u001a");
      await until(() => /Stopped.*\n\$$/s.test(now()), "the shell says that it is stopped");
      await usual(1);
      await type("fg\r");
      await until(() => now().endsWith("\n> Say hello 日本🙂e\u0301"), "the input is drawn again");
      await type("\r");
      await until(() => now().includes("Hello! I am a script"), "the answer begins", 60_000);
      await resize(40);
      await until(() => /out · [\d.]+ s\n>$/.test(now()), "the answer is complete", 60_000);
      const after = now().split("\n").slice(-3);
      assertEquals(after.filter((row) => row.length > 40), [], now());
      await type("\u0004");
      await until(() => now().endsWith("\n$"), "the chat is over", 20_000);
      await usual(2);
      let count = 2;
      for (const signal of ["SIGTERM", "SIGHUP"] as const) {
        await type("sh -c 'echo $$ > \"$PIDS\"; exec $CHAT'; echo code $?\r");
        await until(() => now().endsWith("\n>"), "the prompt is there", 60_000);
        Deno.kill(Number(await Deno.readTextFile(pidFile)), signal);
        await until(() => now().endsWith("\n$"), "it has ended", 20_000);
        assertStringIncludes(now().slice(-20), signal === "SIGTERM" ? "code 143" : "code 129");
        await usual(++count);
      }
      await type("exit\r");
    }, { CHAT, PIDS: pidFile });
    await Deno.remove(pidFile);
    await Deno.remove(directory, { recursive: true });
  },
});
