/** An option that is added and goes nowhere does not compile: tried with options that are added. */
import { assert, assertEquals } from "@std/assert";
import { stdArgs } from "../../scripts/deno.ts";

/** Each interface, its file, and the file that must not compile without a place for the option. */
const ADDED = [
  ["OpencodeOptions", "src/facade/options.ts", "src/facade/options.ts"],
  ["OneShotOptions", "src/facade/options.ts", "src/facade/options.ts"],
  ["CreateSessionOptions", "src/facade/options.ts", "src/facade/opencode.ts"],
  ["ListSessionsOptions", "src/facade/options.ts", "src/facade/opencode.ts"],
  ["PromptOptions", "src/session/options.ts", "src/session/resolve.ts"],
  ["TurnLimits", "src/session/options.ts", "src/session/turn/request.ts"],
  ["ToolExecutorOptions", "src/tools/options.ts", "src/tools/options.ts"],
] as const;

Deno.test("an option that is added to a public type and goes nowhere does not compile", async () => {
  const url = (path: string) => new URL(`../../${path}`, import.meta.url).href;
  const files = [...new Set(ADDED.map(([, file]) => file))];
  const source = [
    `import ${JSON.stringify(url("mod.ts"))};`,
    ...files.map((file) => `import ${JSON.stringify(url(file))};`),
    ...ADDED.map(([name, file]) =>
      `declare module ${
        JSON.stringify(url(file))
      } { interface ${name} { addedTo${name}?: string } }`
    ),
  ].join("\n");
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, source);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--no-config", ...await stdArgs(), path],
      env: { NO_COLOR: "1" },
      stdout: "null",
      stderr: "piped",
    }).output();
    const text = new TextDecoder().decode(stderr);
    assert(!success, "it compiled");
    const told = text.split(/^(?=TS\d+ \[ERROR\])/m);
    const missing = ADDED.filter(([name, , where]) =>
      !told.some((error) => error.includes(`addedTo${name}`) && error.includes(url(where)))
    );
    assertEquals(missing, [], text);
  } finally {
    await Deno.remove(path);
  }
});
