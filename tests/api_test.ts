import { assertEquals } from "@std/assert";
import { API_FILE, publicApi } from "../scripts/public_api.ts";

Deno.test("the public API is what tests/fixtures/api.txt says", async () => {
  // where a change is meant: deno run -A scripts/deno.ts run -A scripts/public_api.ts
  assertEquals(await publicApi(), await Deno.readTextFile(API_FILE));
});
