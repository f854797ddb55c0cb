import { assertEquals } from "@std/assert";
import { ambiguousNames, API_FILE, publicApi, publicSymbols } from "../scripts/public_api.ts";

const symbols = await publicSymbols();

Deno.test("the public API is what tests/fixtures/api.txt says", async () => {
  // where a change is meant: deno run -A scripts/deno.ts run -A scripts/public_api.ts
  assertEquals(publicApi(symbols), await Deno.readTextFile(API_FILE));
});

Deno.test("a public name has one meaning in all entries", () => {
  assertEquals(ambiguousNames(symbols), []);
});
