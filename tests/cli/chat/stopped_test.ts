/** A chat that a shell has stopped, and that is told to end: the terminal is the shell's meanwhile. */
import { assertEquals } from "@std/assert";
import { TerminalConsole } from "../../../src/cli/chat/console.ts";
import { painter } from "../../../src/cli/render/color.ts";
import { until } from "../../agent.ts";
import { test } from "../../harness.ts";
import { Person } from "./person.ts";

test("a stopped chat that is told to end leaves the terminal to the shell", async () => {
  for (const order of ["told first", "goes on first"]) {
    const person = new Person(80, { cwd: "/" });
    const modes: boolean[] = [];
    const io = { ...person.io, setRaw: (on: boolean) => void modes.push(on) };
    const console = new TerminalConsole(io, painter(false), []);
    const told = new AbortController();
    const answer = console.ask({ prompt: "> ", signal: told.signal });
    await until(() => person.screen.endsWith(">"), "it asks");
    person.type("\u001a");
    await until(() => person.suspended.length === 1, "it stops itself");
    assertEquals(modes, [true, false]);
    // `kill %1`: the shell sends SIGTERM and SIGCONT, and a program learns of them in any order
    if (order === "told first") told.abort();
    person.foreground();
    told.abort();
    assertEquals(await answer, { kind: "interrupt" });
    const before = person.screen;
    await console.close();
    // a program that sets a terminal which is not its own is stopped again, and never ends
    assertEquals([order, modes, person.screen], [order, [true, false], before]);
  }
});
