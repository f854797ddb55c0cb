import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../harness.ts";
import { world } from "./command.ts";

test("the command line says where an answer could not be written", async () => {
  await using here = await world(["lost"]);
  const full = await here.shell("/dev/full", ["hello"]);
  assertEquals(full.code, 1);
  assertStringIncludes(full.err, "Cannot write the answer");
  const help = await here.shell("/dev/full", ["--help"]);
  assertEquals([help.code, help.err.includes("Uncaught")], [1, false]);
}, { os: ["linux"] }); // /dev/full is a disk without space
