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
    assertStringIncludes(shown.err, "I think so");
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
