import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { environment } from "../../src/client/environment.ts";
import { host } from "../../src/runtime/host.ts";

test("environment reads the client's variables and no others", () => {
  const before = host().env.get("OPENCODE_SERVER_USERNAME");
  host().env.set("OPENCODE_SERVER_USERNAME", "someone");
  try {
    const found = environment();
    assertEquals(found["OPENCODE_SERVER_USERNAME"], "someone");
    const names = ["OPENCODE_LOG", "OPENCODE_SERVER_PASSWORD", "OPENCODE_SERVER_USERNAME"];
    assertEquals(Object.keys(found).sort(), names);
  } finally {
    if (before === undefined) host().env.delete("OPENCODE_SERVER_USERNAME");
    else host().env.set("OPENCODE_SERVER_USERNAME", before);
  }
});
