import { assertEquals, assertStringIncludes } from "@std/assert";
import { statusError } from "../../src/http/failure.ts";
import { test } from "../harness.ts";

test("an answer about a broken configuration says where and why, and shows no content", async () => {
  const path = "/p/opencode.json";
  const bodies = {
    "InvalidSymbol at line 1, column 74": {
      name: "ConfigJsonError",
      data: {
        path,
        message:
          `\n--- JSONC Input ---\n{ "x": "hidden" }, oops\n--- Errors ---\nInvalidSymbol at line 1, column 74\n   Line 1: { "x": "hidden\n--- End ---`,
      },
    },
    "provider.x: Expected object": {
      name: "ConfigInvalidError",
      data: {
        path,
        issues: [{ path: ["provider", "x"], message: `Expected object, got "hidden"` }],
      },
    },
    "bad file reference": {
      name: "ConfigInvalidError",
      data: { path, message: `bad file reference: "{file:./hidden.txt}" /p/hidden.txt` },
    },
    "/p/opencode.json": {
      name: "ConfigInvalidError",
      data: { path, message: `SchemaError: Expected string | undefined, got ["hidden"]` },
    },
  };
  for (const [reason, body] of Object.entries(bodies)) {
    const response = new Response(null, { status: 400 });
    const error = await statusError("POST /session", response, JSON.stringify(body));
    assertStringIncludes(error.message, reason);
    assertStringIncludes(error.message, path);
    assertEquals(error.message.includes("hidden"), false);
    assertEquals(JSON.stringify(error.body).includes("hidden"), false);
  }
});
