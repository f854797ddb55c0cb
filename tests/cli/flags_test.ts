/** What flags do to a call, with the real server and a scripted model. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import type { ModelRequest } from "../../src/testing/script.ts";
import { test } from "../harness.ts";
import { withPlace } from "./test_io.ts";

test("--show-reasoning writes the model's reasoning to standard error alone", async () => {
  await withPlace(() => ({ reasoning: "I think so", text: "the answer" }), async (place) => {
    const shown = await place.run(["--show-reasoning", "x"]);
    assertEquals([shown.code, shown.out], [0, "the answer\n"], shown.err);
    assertEquals(shown.err, "I think so\n");
    const hidden = await place.run(["x"]);
    assertEquals([hidden.code, hidden.out, hidden.err], [0, "the answer\n", ""]);
  });
});

test("--output writes the complete answer to a file too", async () => {
  await withPlace(() => "the answer", async (place) => {
    const { code, out, err } = await place.run(["--output", "answer.txt", "x"]);
    assertEquals([code, out], [0, "the answer\n"], err);
    const written = await host().files.readText(join(place.directory, "answer.txt"));
    assertEquals(written.trim(), "the answer");
  });
});

test("--color always paints where nothing is a terminal, and never where one is", async () => {
  const colored = (text: string) => text.includes("\u001b[3");
  await withPlace(() => ({ reasoning: "I think so", text: "the answer" }), async (place) => {
    const dim = (text: string) => text.includes("\u001b[2m") || colored(text);
    const always = await place.run(["--color", "always", "--show-reasoning", "x"]);
    assertEquals([dim(always.err), dim(always.out)], [true, false], always.err);
    const never = await place.run(["--color", "never", "--show-reasoning", "x"], { columns: 80 });
    assertEquals(dim(never.err), false, never.err);
  });
});

test("--disallowed-tools refuses a tool, whatever else allows it", async () => {
  const script = ({ toolResults }: ModelRequest) =>
    toolResults.length > 0
      ? "done"
      : { toolCalls: [{ name: "bash", input: { command: "touch made.txt", description: "x" } }] };
  await withPlace(script, async (place) => {
    const flags = ["--permission", "allow", "--disallowed-tools", "bash"];
    const { code, out, err } = await place.run([...flags, "x"]);
    assertEquals([code, out], [0, "done\n"], err);
    assertEquals(await host().files.exists(join(place.directory, "made.txt")), false, err);
  });
});

test("--variant with a name that no model has is a usage error, and nothing is sent", async () => {
  await withPlace(() => "ok", async (place) => {
    const { code, out, err } = await place.run(["--variant", "nope", "x"]);
    assertEquals([code, out], [2, ""], err);
    assertStringIncludes(err, 'Unknown variant "nope"');
    assertEquals(place.model.requests.length, 0);
  });
});

test("--username and --password reach a server, before those of the environment", async () => {
  await withPlace(() => "the answer", async (place) => {
    const { OPENCODE_SERVER_USERNAME: user, OPENCODE_SERVER_PASSWORD: password } = place.env;
    const env = { OPENCODE_SERVER_USERNAME: "nobody", OPENCODE_SERVER_PASSWORD: "wrong" };
    const refused = await place.run(["x"], { env });
    assertEquals(refused.code, 3, refused.err);
    const flags = ["--username", user!, "--password", password!];
    const { code, out, err } = await place.run([...flags, "x"], { env });
    assertEquals([code, out], [0, "the answer\n"], err);
    assertStringIncludes(err, "OPENCODE_SERVER_PASSWORD");
  });
});

test("--max-budget-usd ends a turn that has cost so much, with exit code 7", async () => {
  const usage = { input: 10, output: 0 };
  const never = new Promise(() => {});
  const script = ({ toolResults, prompt }: ModelRequest) => {
    if (toolResults.length >= 2) return prompt === "x" ? { parts: [{ until: never }] } : "done";
    return { toolCalls: [{ name: "todowrite", input: { todos: [] } }], usage };
  };
  await withPlace(script, async (place) => {
    const path = join(place.directory, "opencode.json");
    const { files } = host();
    const { provider, ...config } = JSON.parse(await files.readText(path));
    for (const { models } of Object.values(provider) as { models: object }[]) {
      for (const model of Object.values(models)) model.cost = { input: 200_000, output: 0 };
    }
    await files.writeText(path, JSON.stringify({ provider, ...config }));
    const { code, out, err } = await place.run(["--max-budget-usd", "3", "x"]);
    assertEquals([code, out], [7, ""], err);
    assertStringIncludes(err, "4 US dollars, more than 3 (--max-budget-usd)");
    const enough = await place.run(["--max-budget-usd", "30", "y"]);
    assertEquals([enough.code, enough.out], [0, "done\n"], enough.err);
  });
});

test("sessions --all and stats --all take those of other directories too", async () => {
  await withPlace(() => "ok", async (there) => {
    await there.run(["a session of another place"]);
    await withPlace(() => "ok", async (here) => {
      const listed = async (...flags: string[]) =>
        (await here.run(["sessions", "list", "--json", ...flags])).out.includes(there.directory);
      assertEquals([await listed(), await listed("--all")], [false, true]);
      const answers = async (...flags: string[]) =>
        (await here.run(["stats", "--json", ...flags])).out.includes("scripted/model");
      assertEquals([await answers(), await answers("--all")], [false, true]);
    });
  });
});
