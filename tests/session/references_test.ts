import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { InvalidArgumentError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { filePart } from "../../src/session/attachments.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

test("Session.prompt sends the lines of a file that are referred to, and where the text mentions it", async () => {
  await withAgent(() => "ok", async ({ ai, model, directory }) => {
    const lines = Array.from({ length: 9 }, (_, i) => `this is number ${i + 1}`).join("\n");
    await host().files.writeText(join(directory, "some file.txt"), lines);
    const session = await ai.createSession({ title: "t" });
    const prompt = "Look at @some file.txt please";
    const reference = { path: "some file.txt", lines: [3, 5], mention: "@some file.txt" } as const;
    await session.prompt(prompt, { files: [reference] });
    const sent = JSON.stringify(model.requests[0]!.messages);
    for (const n of [3, 4, 5]) assertStringIncludes(sent, `number ${n}`);
    for (const n of [1, 2, 6, 7]) assert(!sent.includes(`number ${n}`), `line ${n} was sent`);
    const part = (await session.history())[0]!.parts.find(({ type }) => type === "file");
    assert(part?.type === "file" && part.source);
    assertEquals(part.source.text, { value: "@some file.txt", start: 8, end: 22 });
  });
});

test("filePart refuses lines that are none, and a mention that is not there", async () => {
  const { files } = host();
  const directory = await files.makeTempDir();
  try {
    await files.writeText(join(directory, "a.txt"), "a");
    for (const lines of [[0, 1], [2, 1], [1.5, 2]] as const) {
      await assertRejects(
        () => filePart({ path: "a.txt", lines }, directory),
        InvalidArgumentError,
        "counted from 1",
      );
    }
    await assertRejects(
      () => filePart({ path: "a.txt", mention: "@b" }, directory, "look at @a"),
      InvalidArgumentError,
      '"@b"',
    );
  } finally {
    await files.remove(directory, { recursive: true });
  }
});
