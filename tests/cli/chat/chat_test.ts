/** The chat on a terminal in memory, with the real server behind it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { until } from "../../agent.ts";
import { test } from "../../harness.ts";
import { host } from "../../../src/runtime/host.ts";
import type { Script } from "../../../src/testing/script.ts";
import { ENTER, type Person, withChat } from "./person.ts";

const { files } = host();

const shown = (person: Person, directory: string) =>
  person.screen.replaceAll(directory, "DIR").replace(/\d+\.\d s$/gm, "N s");

test("chat streams an answer, keeps the conversation, and Ctrl-D leaves", async () => {
  const script: Script = ["## Hello\n\nSome **bold** text.", "You said hi."];
  await withChat(script, async ({ person, over, directory, model }) => {
    await person.sees("\n>");
    person.type("hi there" + ENTER);
    await person.sees("10 in, 5 out");
    person.type("what did I say?" + ENTER);
    await person.sees("You said hi.");
    await until(() => person.screen.split("5 out").length === 3, "the second turn ends");
    person.type("\u0004");
    assertEquals(await over, 0);
    assertEquals(
      shown(person, directory),
      [
        "DIR · /help lists commands, Ctrl-D leaves",
        "> hi there",
        "Hello",
        "",
        "Some bold text.",
        "scripted/model · 10 in, 5 out · N s",
        "> what did I say?",
        "You said hi.",
        "scripted/model · 10 in, 5 out · N s",
      ].join("\n"),
    );
    assertEquals(model.requests[1]!.messages.filter(({ role }) => role === "user").length, 2);
  });
});

test("chat asks for permissions in place: yes, always, no with a reason", async () => {
  const bash = (command: string) => ({ toolCalls: [{ name: "bash", input: { command } }] });
  const script: Script = [bash("echo one > a.txt"), bash("echo two > b.txt"), "done"];
  await withChat(script, async ({ person, over, directory, model }) => {
    person.type("go" + ENTER);
    await person.sees("Allow bash: echo one > a.txt");
    await person.sees("y = yes");
    assertEquals(await files.exists(join(directory, "a.txt")), false);
    person.type("y");
    await person.sees("Allow bash: echo two > b.txt");
    person.type("r");
    await person.sees("Reason:");
    person.type("use another name" + ENTER);
    await person.sees("30 in, 15 out");
    assertEquals(await files.readText(join(directory, "a.txt")), "one\n");
    assertEquals(await files.exists(join(directory, "b.txt")), false);
    assertStringIncludes(model.requests[2]!.toolResults.at(-1)!.content, "use another name");
    person.type("\u0004");
    assertEquals(await over, 0);
  }, { config: { permission: { bash: "ask" } } });
});

test("Ctrl-C stops the turn alone; the chat goes on; twice on an empty line leaves", async () => {
  const script: Script = [{ text: "never ends", ending: "hang" }, "still here"];
  await withChat(script, async ({ person, over }) => {
    person.type("go" + ENTER);
    await person.sees("never ends");
    person.type("\u0003");
    await person.sees("Stopped.");
    person.type("again" + ENTER);
    await person.sees("still here");
    await person.sees("5 out");
    person.type("half a line\u0003");
    await until(() => !person.screen.includes("half a line"), "Ctrl-C empties the line");
    person.type("\u0003");
    await person.sees("Ctrl-C again leaves");
    person.type("\u0003");
    assertEquals(await over, 130);
  });
});

test("chat answers a question by number, attaches what @ mentions, and takes a paste as one input", async () => {
  const question = {
    toolCalls: [{
      name: "question",
      input: {
        questions: [{
          question: "Which colour?",
          header: "Colour",
          options: [{ label: "Red", description: "warm" }, { label: "Blue", description: "cold" }],
        }],
      },
    }],
  };
  await withChat([question, "fine"], async ({ person, directory, model }) => {
    await files.writeText(join(directory, "notes.txt"), "the content of the notes");
    person.type("\u001b[200~read @notes.txt\nand ask\u001b[201~" + ENTER);
    await person.sees("2. Blue");
    person.type("2" + ENTER);
    await person.sees("fine");
    const [first, second] = model.requests;
    assertStringIncludes(JSON.stringify(first!.messages), "the content of the notes");
    assertStringIncludes(first!.prompt, "read @notes.txt\nand ask");
    assertStringIncludes(second!.toolResults[0]!.content, '"Which colour?"="Blue"');
  });
});

test("the commands of a chat do what they say, and a typo is named", async () => {
  const script: Script = [
    { toolCalls: [{ name: "write", input: { filePath: "made.txt", content: "made" } }] },
    "written",
    "in the copy",
  ];
  await withChat(script, async ({ person, directory, ai }) => {
    person.type("/modle" + ENTER);
    await person.sees("did you mean /model?");
    person.type("/model scripted/modle" + ENTER);
    await person.sees("did you mean scripted/model?");
    person.type("/model scripted/model" + ENTER);
    await person.sees("The model is scripted/model now.");
    person.type("write it" + ENTER);
    await person.sees("20 in, 10 out");
    person.type("/diff" + ENTER);
    await person.sees("+made");
    person.type("/undo" + ENTER);
    await person.sees("Taken back");
    assertEquals(await files.exists(join(directory, "made.txt")), false);
    person.type("/redo" + ENTER);
    await person.sees("Brought back.");
    assertEquals(await files.readText(join(directory, "made.txt")), "made");
    person.type("/cost" + ENTER);
    await person.sees("tokens in");
    person.type("/copy" + ENTER);
    await person.sees("Copied");
    assertEquals(person.terminal.clipboard, "written");
    person.type("/export talk.md" + ENTER);
    await person.sees("Written to");
    assertStringIncludes(await files.readText(join(directory, "talk.md")), "write it");
    person.type("/export talk.md" + ENTER);
    await person.sees("exists already");
    person.type("!echo from the shell" + ENTER);
    await person.sees("\nfrom the shell");
    person.type("/fork" + ENTER);
    await person.sees("This is a copy");
    person.type("go on" + ENTER);
    await person.sees("in the copy\nscripted/model");
    person.type("/attach nothing.txt" + ENTER);
    await person.sees("There is no file");
    person.type("/attach made.txt" + ENTER);
    await person.sees("(1 file) >");
    person.type("/new" + ENTER);
    await person.sees("A new session.");
    assertEquals((await ai.sessions()).length, 3);
    person.type("/mo\t");
    await person.sees("> /model");
  }, { git: true });
});

test("chat keeps its inputs for the next chat, and Up recalls them", async () => {
  await withChat(["one", "two"], async ({ person, directory }) => {
    person.type("first input" + ENTER);
    await person.sees("5 out");
    person.type("\u001b[A");
    await until(() => person.screen.endsWith("> first input"), "Up recalls the input");
    const kept = await files.readText(join(directory, ".state", "history.jsonl"));
    assertEquals(kept, '"first input"\n');
    assertEquals((await files.stat(join(directory, ".state", "history.jsonl"))).mode & 0o077, 0);
  });
});

test("a chat at 20 columns wraps, and survives a resize while something is typed", async () => {
  await withChat(["short"], async ({ person }) => {
    await person.sees("\n>");
    person.type("a text that is longer than the terminal is wide");
    await person.sees("ide");
    person.terminal.columns = 34;
    person.type("!");
    await until(() => person.screen.includes("wide!"), "the input is drawn anew");
    assert(person.terminal.screen().every((row) => row.length <= 34), person.screen);
    assertEquals(person.screen.split("a text").length, 2, `drawn once:\n${person.screen}`);
  }, { columns: 20 });
});

test("a chat without a terminal takes lines, refuses what nobody can allow, and says so by its code", async () => {
  const script: Script = [
    { toolCalls: [{ name: "bash", input: { command: "touch made.txt" } }] },
    "it was refused",
  ];
  await withChat(script, async ({ person, over, directory }) => {
    assertEquals(await over, 0);
    assertStringIncludes(person.screen, "it was refused");
    assertEquals(await files.exists(join(directory, "made.txt")), false);
  }, { lines: ["do it", "/exit", "never"], config: { permission: { bash: "ask" } } });
  await withChat([{ status: 400 }], async ({ over }) => {
    assertEquals(await over, 4);
  }, { lines: ["do it"] });
});

test("chat: Enter while a turn runs queues a prompt, shown until it goes; Ctrl-C gives it back", async () => {
  const gate = Promise.withResolvers<void>();
  const script: Script = [
    { parts: [{ text: "line one\n\n" }, { until: gate.promise }, { text: "end" }] },
    "second answer",
    { text: "hangs\n\n", ending: "hang" },
    "third answer",
  ];
  await withChat(script, async ({ person, over, model }) => {
    person.type("go" + ENTER);
    await person.sees("line one");
    person.type("and then" + ENTER);
    person.type("dra");
    await person.sees("queued: and then");
    assertEquals(model.requests.length, 1);
    gate.resolve();
    await person.sees("second answer");
    await until(() => /\n> dra$/.test(person.screen), "the rest waits in the next input");
    assertEquals(person.screen.includes("queued"), false);
    assertStringIncludes(person.screen, "> and then\nsecond answer");
    person.type("ft" + ENTER);
    await person.sees("hangs");
    person.type("later" + ENTER);
    await person.sees("queued: later");
    person.type("\u0003");
    await until(() => /Stopped\.\n> later$/.test(person.screen), "it is not sent by itself");
    person.type(" on" + ENTER);
    await person.sees("third answer");
    await until(() => person.screen.endsWith("\n>"), "the turn ends");
    const asked = model.requests.map(({ prompt }) => prompt);
    assertEquals(asked, ["go", "and then", "draft", "later on"]);
    person.type("\u0004");
    assertEquals(await over, 0);
  });
});
