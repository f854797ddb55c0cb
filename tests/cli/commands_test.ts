import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { addUp } from "../../src/cli/commands/stats.ts";
import { host } from "../../src/runtime/host.ts";
import { test } from "../harness.ts";
import { run, withPlace } from "./test_io.ts";

test("sessions lists, shows, exports and deletes", async () => {
  await withPlace(() => "An answer", async (place) => {
    assertEquals((await place.run(["sessions"])).out, "");
    await place.run(["What is a river?"]);
    await place.run(["What is a lake?"]);
    const listed = await place.run(["sessions", "list"]);
    const lines = listed.out.trim().split("\n");
    assertEquals(lines.map((line) => line.slice(line.indexOf("What"))), [
      "What is a lake?",
      "What is a river?",
    ]);
    const found = JSON.parse((await place.run(["sessions", "list", "river", "--json"])).out);
    assertEquals(found.map(({ title }: { title: string }) => title), ["What is a river?"]);
    const { id } = found[0];
    const shown = await place.run(["sessions", "show", id]);
    assertStringIncludes(shown.out, "# What is a river?\n\n## User\n\nWhat is a river?");
    assertStringIncludes(shown.out, "An answer");
    assertEquals((await place.run(["sessions", "show", id.slice(0, -3)])).out, shown.out);
    const exported = await place.run(["sessions", "export", id, "-o", "talk.json"]);
    assertEquals([exported.code, exported.out], [0, ""]);
    const talk = JSON.parse(await host().files.readText(join(place.directory, "talk.json")));
    assertEquals([talk.session.id, talk.messages.length], [id, 2]);
    assertEquals(
      JSON.parse((await place.run(["sessions", "show", id, "--format", "json"])).out),
      talk,
    );
    const vague = await place.run(["sessions", "show", "ses_"]);
    assertEquals(vague.code, 2);
    assertStringIncludes(vague.err, "2 sessions begin with ses_");
    const half = await place.run(["sessions", "delete", id, "ses_nobody"]);
    assertEquals([half.code, half.out], [2, ""]);
    assertEquals((await place.run(["sessions", "delete", id])).out, `${id}\n`);
    const left = JSON.parse((await place.run(["sessions", "--json"])).out);
    assertEquals(left.map(({ title }: { title: string }) => title), ["What is a lake?"]);
  });
});

test("models lists what can be used, and marks it", async () => {
  await withPlace([], async (place) => {
    const { code, out, err } = await place.run(["models", "scripted"]);
    assertEquals([code, out], [0, "* scripted/model  (default)\n"], err);
    assertEquals((await place.run(["models", "no-such-model"])).out, "");
    const [one] = JSON.parse((await place.run(["models", "SCRIPTED/", "--json"])).out);
    assertEquals([one.model, one.usable], ["scripted/model", true]);
  });
});

test("agents lists the agents", async () => {
  await withPlace([], async (place) => {
    const agents = JSON.parse((await place.run(["agents", "--json"])).out) as { name: string }[];
    const names = agents.map(({ name }) => name);
    assert(["build", "plan"].every((name) => names.includes(name)), names.join());
    const narrow = await place.run(["agents"], { columns: 40 });
    assertEquals(narrow.out.split("\n").filter((line) => line.length > 40), []);
  });
});

test("stats adds up what the stored sessions took", async () => {
  await withPlace(() => ({ text: "x", usage: { input: 100, output: 20 } }), async (place) => {
    await place.run(["one"]);
    await place.run(["two"]);
    const { code, out, err } = await place.run(["stats"]);
    assertEquals(code, 0, err);
    assert(/2 +200 +40 +\$0\.0000 +scripted\/model\n$/.test(out), out);
    assertStringIncludes(err, "2 answers, $0.0000");
    const [row] = JSON.parse((await place.run(["stats", "--json", "--days", "1"])).out);
    assertEquals([row.answers, row.input, row.output], [2, 200, 40]);
  });
});

test("addUp keeps days and models apart, the newest first", () => {
  const at = (day: number, model: string, cost: number) => ({
    created: new Date(2026, 10, day, 12).getTime(),
    model,
    input: 10,
    output: 1,
    cost,
  });
  const rows = addUp([at(1, "a/a", 1), at(2, "a/a", 1), at(2, "b/b", 3), at(2, "a/a", 1)]);
  assertEquals(rows.map(({ day, model, answers, cost }) => [day, model, answers, cost]), [
    ["2026-11-02", "b/b", 1, 3],
    ["2026-11-02", "a/a", 2, 2],
    ["2026-11-01", "a/a", 1, 1],
  ]);
});

test("completions needs to know the shell", async () => {
  assertStringIncludes((await run(["completions", "fish"])).out, "complete -c opencode-ts");
  const none = await run(["completions"]);
  assertEquals([none.code, none.out], [2, ""]);
  assertStringIncludes(none.err, "completions bash|zsh|fish");
});
