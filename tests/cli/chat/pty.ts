/** Real pseudo-terminals, by `script` of util-linux, and what their screens show. */
import { assert } from "@std/assert";
import { stdArgs } from "../../../scripts/deno.ts";
import { Emulator } from "./emulator.ts";

/** Whether a program is on the PATH. */
export async function has(program: string): Promise<boolean> {
  return (await new Deno.Command("sh", { args: ["-c", `command -v ${program}`] }).output()).success;
}

/** What runs the command line. */
export async function words(args: string[]): Promise<string[]> {
  return [Deno.execPath(), "run", "-A", "--quiet", ...await stdArgs(), "cli.ts", ...args];
}

/** The command line in a pseudo-terminal of `script` (util-linux). */
export async function inTerminal(args: string[], columns: number, run: Session): Promise<number> {
  const quoted = (await words(args)).map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return await inPty(quoted.join(" "), columns, run);
}

/** Somebody at the terminal: types, looks at the screen, makes it so wide. */
export type Session = (
  type: (text: string) => Promise<void>,
  screen: () => string,
  resize: (columns: number) => Promise<void>,
) => Promise<void>;

/** A shell's command in a pseudo-terminal. */
export async function inPty(
  command: string,
  columns: number,
  run: Session,
  env: Record<string, string> = {},
): Promise<number> {
  const name = await Deno.makeTempFile({ prefix: "opencode-pty-" });
  const child = new Deno.Command("script", {
    args: ["-qefc", `tty > "$PTY"; stty cols ${columns} rows 30; ${command}`, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    env: { NO_COLOR: "1", TERM: "xterm", PTY: name, ...env },
  }).spawn();
  const terminal = new Emulator(columns);
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of child.stdout) terminal.write(decoder.decode(bytes, { stream: true }));
  })();
  const writer = child.stdin.getWriter();
  const type = (text: string) => writer.write(new TextEncoder().encode(text));
  try {
    await run(type, () => terminal.screen().join("\n"), async (columns) => {
      terminal.columns = columns;
      const device = (await Deno.readTextFile(name)).trim();
      const args = ["-F", device, "cols", String(columns)];
      assert((await new Deno.Command("stty", { args }).output()).success);
    });
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`${(error as Error).message}\n${terminal.screen().join("\n")}`);
  } finally {
    await writer.close().catch(() => {});
    await reading;
    await Deno.remove(name);
  }
  return (await child.status).code;
}
