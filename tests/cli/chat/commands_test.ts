/** Commands of a chat that list and choose, and the completion of paths. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../../src/runtime/host.ts";
import { until } from "../../agent.ts";
import { test } from "../../harness.ts";
import { ENTER, withChat } from "./person.ts";

test("/help, /todo, /agent and /sessions say what there is, and choose", async () => {
  const todos = [
    { content: "look around", status: "completed", priority: "high" },
    { content: "write it down", status: "in_progress", priority: "high" },
  ];
  const script = [
    { toolCalls: [{ name: "todowrite", input: { todos } }] },
    "planned",
    "in another session",
    "as a plan",
  ];
  await withChat(script, async ({ person, model }) => {
    person.type("/help" + ENTER);
    await person.sees("/compact  ");
    await person.sees("Ctrl-Z gives the shell back");
    person.type("plan it" + ENTER);
    await person.sees("20 in, 10 out");
    person.type("/todo" + ENTER);
    await person.sees("✓ look around\n  ▸ write it down");
    person.type("/new" + ENTER);
    await person.sees("A new session.");
    person.type("/todo" + ENTER);
    await person.sees("The list is empty.");
    person.type("hello" + ENTER);
    await person.sees("in another session\nscripted/model");
    person.type("/sessions" + ENTER);
    await person.sees("/sessions number goes on");
    person.type("/sessions 2" + ENTER);
    await person.sees("Going on in: chat");
    person.type("/agent" + ENTER);
    await person.sees("● build");
    person.type("/agent paln" + ENTER);
    await person.sees("did you mean plan?");
    person.type("/agent plan" + ENTER);
    await person.sees("The agent is plan now.");
    person.type("go on" + ENTER);
    await person.sees("as a plan");
    const { messages } = model.requests.at(-1)!;
    assertStringIncludes(JSON.stringify(messages), "plan it");
  });
});

test("Tab completes a path after @, and the file is attached", async () => {
  const { files } = host();
  await withChat(["read"], async ({ person, directory, model }) => {
    await files.makeDir(join(directory, "folder"));
    await files.writeText(join(directory, "folder", "notes.md"), "what the notes say");
    await files.writeText(join(directory, "folder", "names.md"), "others");
    await person.sees("\n>");
    person.type("look at @fol\t");
    await until(() => person.screen.endsWith("> look at @folder/"), "the folder is completed");
    person.type("n\t");
    await person.sees("folder/names.md  folder/notes.md");
    person.type("ot\t");
    await until(
      () => person.screen.endsWith("> look at @folder/notes.md"),
      "the file is completed",
    );
    person.type(ENTER);
    await person.sees("5 out");
    const sent = JSON.stringify(model.requests[0]!.messages);
    assertStringIncludes(sent, "what the notes say");
    assertEquals(sent.includes("others"), false);
  });
});
