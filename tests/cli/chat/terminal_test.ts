/** What a terminal does to a chat: stops, resizes, pastes without marks, interrupts. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Console } from "../../../src/cli/chat/console.ts";
import { onTwoInterrupts } from "../../../src/cli/chat/turn.ts";
import { until } from "../../agent.ts";
import { test } from "../../harness.ts";
import { withPlace } from "../test_io.ts";
import { ENTER, withChat } from "./person.ts";

test("Ctrl-Z gives the terminal back as it was, and the chat is drawn again afterwards", async () => {
  await withChat(["the answer"], async ({ person }) => {
    await person.sees("\n>");
    person.type("half a line");
    await person.sees("> half a line");
    person.type("\u001a");
    await until(() => person.suspended.length === 1, "the program stops itself");
    assertEquals(person.suspended, [false], "the terminal is not raw meanwhile");
    person.foreground();
    await until(() => person.raw && person.screen.endsWith("$ fg\n> half a line"), "drawn again");
    person.type(" and more" + ENTER);
    await person.sees("the answer");
    // stopped from outside, as by `kill -STOP`
    await until(() => person.screen.endsWith("\n>"), "the turn ends");
    person.foreground();
    await until(() => person.raw && person.screen.endsWith("$ fg\n>"), "drawn again");
    assertEquals(person.suspended.length, 1);
  });
});

test("Ctrl-Z in mid-stream loses nothing of the answer", async () => {
  const gate = Promise.withResolvers<void>();
  const script = [{
    parts: [{ text: "first half, " }, { until: gate.promise }, { text: "second" }],
  }];
  await withChat(script, async ({ person }) => {
    person.type("go" + ENTER);
    await person.sees("first half,");
    person.type("\u001a");
    await until(() => person.suspended.length === 1, "the program stops itself");
    person.foreground();
    gate.resolve();
    await person.sees("5 out");
    assertStringIncludes(
      person.screen.replace("$ fg\n", ""),
      "first half,\nsecond\nscripted/model",
    );
  });
});

test("what comes while the shell has the terminal is written when it is back", async () => {
  const [second, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const script = [{
    parts: [
      { text: "first half, " },
      { until: second.promise },
      { text: "second" },
      { until: end.promise },
    ],
  }];
  await withChat(script, async ({ ai, person }) => {
    const texts: string[] = [];
    await ai.client.subscribe({
      events: (batch) => texts.push(...batch.map((event) => JSON.stringify(event))),
    });
    person.type("go" + ENTER);
    await person.sees("first half,");
    person.type("\u001a");
    await until(() => person.suspended.length === 1, "the program stops itself");
    second.resolve();
    await until(() => texts.some((text) => text.includes("second")), "it came");
    await until(() => person.raw, "no shell stopped it: it takes the terminal again");
    end.resolve();
    await person.sees("5 out");
    assertStringIncludes(person.screen, "first half,\nsecond\nscripted/model");
  });
});

test("lines that are pasted without marks are one input, and wait for Enter", async () => {
  await withChat(["the answer"], async ({ person, model }) => {
    await person.sees("\n>");
    person.type("first line\r\tsecond 日本\r");
    person.type("third" + ENTER); // in another read, but at once
    await person.sees("third");
    assertEquals(model.requests.length, 0);
    await new Promise((done) => setTimeout(done, 60)); // the paste is over
    person.type(ENTER);
    await person.sees("5 out");
    assertEquals(model.requests.map(({ prompt }) => prompt), [
      "first line\n\tsecond 日本\nthird\n",
    ]);
  });
});

test("a chat whose terminal shrinks to 40 columns in mid-stream goes on below, each row once", async () => {
  const gate = Promise.withResolvers<void>();
  const wide = "| a | b |\n|---|---|\n| wide 日本語 🙂 cafe\u0301 | " + "long ".repeat(12) +
    "|\n\n";
  const script = [{
    parts: [{ text: "Before the change.\n\n" }, { until: gate.promise }, { text: `${wide}After.` }],
  }];
  await withChat(script, async ({ person }) => {
    await person.sees("\n>");
    person.type("wide 日本 🙂 e\u0301" + ENTER);
    await person.sees("Before the change.");
    await person.sees("writing");
    person.type("queued prompt" + ENTER);
    await person.sees("queued: queued prompt");
    person.terminal.columns = 40;
    gate.resolve();
    await person.sees("After.");
    const rows = person.terminal.screen();
    const from = rows.findIndex((row) => row.includes("Before"));
    assertEquals(rows.slice(from + 1).filter((row) => row.length > 40), []);
    for (const text of ["Before the change.", "> wide 日本 🙂 e\u0301", "日本語 🙂 cafe\u0301"]) {
      assertEquals(person.screen.split(text).length, 2, `once: ${text}\n${person.screen}`);
    }
  }, { columns: 80 });
});

test("Ctrl-C ends a command of the chat that waits for the model; the chat goes on", async () => {
  await withChat(["an answer", { text: "sum", ending: "hang" }, "still here"], async (world) => {
    const { person } = world;
    person.type("hello" + ENTER);
    await person.sees("5 out");
    person.type("/compact" + ENTER);
    await until(() => world.model.requests.length === 2, "the summary is asked for");
    person.type("\u0003");
    await person.sees("Stopped.");
    await until(() => person.screen.endsWith("\n>"), "the next input is asked for");
    person.type("and now?" + ENTER);
    await person.sees("still here");
  });
});

test("Ctrl-C again leaves where what the first stops does not end; two at once are one", () => {
  const calls: string[] = [];
  let press!: () => void;
  const console = {
    onInterrupt: (listener: () => void) => {
      press = listener;
      return () => {};
    },
  } as unknown as Console;
  onTwoInterrupts(console, () => calls.push("leave"), () => calls.push("stop"));
  const { now } = Date;
  let at = 1_000_000;
  Date.now = () => at;
  try {
    press();
    at += 200;
    press();
    assertEquals(calls, ["stop"]);
    at += 400;
    press();
    assertEquals(calls, ["stop", "leave"]);
  } finally {
    Date.now = now;
  }
});

test("in a plain chat Ctrl-C ends the turn alone, and SIGTERM the chat", async () => {
  const never = new Promise(() => {});
  const script = (request: { prompt: string }) =>
    request.prompt === "slow" ? { parts: [{ text: "half" }, { until: never }] } : "whole";
  await withPlace(script, async (place) => {
    const running = place.start(["chat", "--plain"], { typed: ["slow", "next"], columns: 80 });
    await until(() => running.written().out.includes("half"), "the answer begins");
    running.interrupt();
    const { code, out, err } = await running.done;
    assertEquals([code, out], [0, "half\nwhole\n"], err);
    assertStringIncludes(err, "Stopped.");
    // nothing is redrawn, and nothing moves the cursor
    // colours alone
    // deno-lint-ignore no-control-regex
    assert(!/[\u001b\r]/.test((out + err).replace(/\u001b\[[\d;]*m/g, "")), out + err);
    const ended = place.start(["chat", "--plain"], { typed: ["slow"], columns: 80 });
    await until(() => ended.written().out.includes("half"), "the answer begins");
    ended.interrupt("SIGTERM");
    assertEquals((await ended.done).code, 143);
  });
});
