/** The chat as a real process in a real pseudo-terminal, its screen compared with a stored one. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { stdArgs } from "../../../scripts/deno.ts";
import { until } from "../../agent.ts";
import { Emulator } from "./emulator.ts";

const script = await new Deno.Command("sh", { args: ["-c", "command -v script"] }).output();

/** A program in a pseudo-terminal of `script` (util-linux). */
async function inTerminal(
  args: string[],
  columns: number,
  run: (type: (text: string) => Promise<void>, screen: () => string) => Promise<void>,
): Promise<number> {
  const words = [Deno.execPath(), "run", "-A", "--quiet", ...await stdArgs(), "cli.ts", ...args];
  const command = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const child = new Deno.Command("script", {
    args: ["-qefc", `stty cols ${columns} rows 30; exec ${command}`, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    env: { NO_COLOR: "1", TERM: "xterm" },
  }).spawn();
  const terminal = new Emulator(columns);
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of child.stdout) terminal.write(decoder.decode(bytes, { stream: true }));
  })();
  const writer = child.stdin.getWriter();
  const type = (text: string) => writer.write(new TextEncoder().encode(text));
  try {
    await run(type, () => terminal.screen().join("\n"));
  } catch (error) {
    child.kill();
    throw new Error(`${(error as Error).message}\n${terminal.screen().join("\n")}`);
  } finally {
    await writer.close().catch(() => {});
    await reading;
  }
  return (await child.status).code;
}

Deno.test({
  name: "chat runs in a real terminal, and its screen is the stored one",
  ignore: !script.success,
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
  ignore: !script.success,
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
