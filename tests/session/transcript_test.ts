import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Session as SessionInfo } from "../../src/api/types.gen.ts";
import { transcript } from "../../src/session/transcript.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { recording } from "./recordings.ts";

const info = { id: "ses_1", title: "A\n talk" } as SessionInfo;

test("transcript shows who said what, and the tools with what they gave", async () => {
  const text = transcript(info, (await recording("tools")).stored);
  assertEquals(text.match(/^#+ .*$/gm), [
    "# A talk",
    "## User",
    "## Assistant (build, scripted/model)",
  ]);
  assertStringIncludes(text, "\n\nprompt of tools\n\n");
  assertStringIncludes(text, "Tool: bash\n\n```json\n");
  assertStringIncludes(text, "```\none\ntwo\n```");
  assertStringIncludes(text, "\n\nIt says one, two.\n");
  const without = transcript(info, (await recording("tools")).stored, { tools: false });
  assertEquals(without.includes("bash"), false);
});

test("transcript shows reasoning where it is wanted, and failures always", async () => {
  const { stored } = await recording("reasoning");
  assertEquals(transcript(info, stored).includes("hm"), false);
  assertStringIncludes(transcript(info, stored, { reasoning: true }), "\n> hm, hm…\n");
  assertStringIncludes(transcript(info, (await recording("error")).stored), "**APIError**: ");
});

test("transcript fences what has fences of its own", async () => {
  const { stored } = await recording("tools");
  const copy = JSON.parse(
    JSON.stringify(stored).replaceAll("one\\ntwo", "```` in\\n`````\\nout"),
  );
  assertStringIncludes(transcript(info, copy), "``````\n```` in\n`````\nout\n``````");
});

test("Session.transcript gives Markdown, or JSON with everything", async () => {
  await withAgent((request) => `re ${request.prompt}`, async ({ ai }) => {
    const session = await ai.createSession({ title: "talk" });
    await session.prompt("one");
    await session.prompt("two");
    assertEquals(
      await session.transcript(),
      "# talk\n\n## User\n\none\n\n## Assistant (build, scripted/model)\n\nre one\n\n" +
        "## User\n\ntwo\n\n## Assistant (build, scripted/model)\n\nre two\n",
    );
    const { session: stored, messages } = JSON.parse(await session.transcript({ format: "json" }));
    assertEquals([stored.id, messages.length], [session.id, 4]);
  });
});
