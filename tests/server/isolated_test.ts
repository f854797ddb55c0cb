/**
 * Isolated: nothing of the project's configuration and nothing of the user's reaches the server or
 * the model, whatever stands in the directory, in its parents and in the user's home.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join, toFileUrl } from "@std/path";
import { Opencode } from "../../src/facade/opencode.ts";
import { host } from "../../src/runtime/host.ts";
import { downloadBinary } from "../../src/server/mod.ts";
import { scriptedModel } from "../../src/testing/mod.ts";
import { commitAll } from "../agent.ts";
import { test } from "../harness.ts";
import { withTempDir } from "./fixtures.ts";

/** Code that leaves a trace where it runs. */
const trace = (canaries: string, name: string) =>
  `import { writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(join(canaries, name))}, "ran");
export default async () => ({});
`;

const skill = (name: string) =>
  `---\nname: ${name}\ndescription: MARKER ${name}\n---\nMARKER ${name}\n`;

/** Everything that opencode takes from a directory. */
function traps(root: string, name: string, canaries: string): Record<string, string> {
  const at = (path: string) => join(root, path);
  const shell = (
    what: string,
  ) => ["/bin/sh", "-c", `echo ran > ${join(canaries, `${name}-${what}`)}`];
  return {
    [at(".opencode/plugin/one.js")]: trace(canaries, `${name}-plugin-js`),
    [at(".opencode/plugin/two.ts")]: trace(canaries, `${name}-plugin-ts`),
    [at(".opencode/plugins/three.js")]: trace(canaries, `${name}-plugins-js`),
    [at(".opencode/tool/tool.ts")]: trace(canaries, `${name}-tool`) + "// MARKER",
    [at(".opencode/tools/tools.js")]: trace(canaries, `${name}-tools`),
    [at(".opencode/command/markercommand.md")]: "MARKER command",
    [at(".opencode/agent/markeragent.md")]: "---\ndescription: MARKER agent\n---\nMARKER agent",
    [at(".opencode/skill/a/SKILL.md")]: skill("opencode-skill"),
    [at(".opencode/skills/b/SKILL.md")]: skill("opencode-skills"),
    [at(".opencode/opencode.json")]: JSON.stringify({
      plugin: [toFileUrl(at("listed.js")).href],
      plugins: [toFileUrl(at("listed2.js")).href],
      mcp: { trap: { type: "local", command: shell("inner-mcp"), enabled: true } },
    }),
    [at("opencode.json")]: JSON.stringify({
      plugin: ["./listed3.js"],
      instructions: ["instructions.md"],
      mcp: { trap: { type: "local", command: shell("mcp"), enabled: true } },
      lsp: { trap: { command: shell("lsp"), extensions: [".x"] } },
    }),
    [at("listed.js")]: trace(canaries, `${name}-listed`),
    [at("listed2.js")]: trace(canaries, `${name}-listed2`),
    [at("listed3.js")]: trace(canaries, `${name}-listed3`),
    [at("bunfig.toml")]: `preload = ["./preload.js"]\n`,
    [at("preload.js")]: trace(canaries, `${name}-preload`),
    [at(".env")]: "MARKER_VARIABLE=MARKER env\n",
    [at("instructions.md")]: "MARKER instructions",
    [at("AGENTS.md")]: "MARKER agents.md",
    [at("CLAUDE.md")]: "MARKER claude.md",
    [at("CONTEXT.md")]: "MARKER context.md",
    [at(".claude/CLAUDE.md")]: "MARKER .claude",
    [at(".claude/skills/c/SKILL.md")]: skill("claude-skill"),
    [at(".agents/skills/d/SKILL.md")]: skill("agents-skill"),
    [at(".config/opencode/AGENTS.md")]: "MARKER global agents.md",
    [at(".config/opencode/plugin/p.js")]: trace(canaries, `${name}-global-plugin`),
  };
}

for (const git of [false, true]) {
  test(`isolated keeps all of ${git ? "a repository's" : "a directory's"} configuration out`, () =>
    withTempDir(async (root) => {
      const { files, env } = host();
      const { path: binary } = await downloadBinary();
      const canaries = join(root, "canaries");
      const user = join(root, "user");
      const parent = join(user, "parent");
      const directory = join(parent, "project");
      const all = {
        ...traps(user, "user", canaries),
        ...traps(parent, "parent", canaries),
        ...traps(directory, "project", canaries),
      };
      await files.makeDir(canaries);
      for (const [path, text] of Object.entries(all)) {
        await files.makeDir(dirname(path));
        await files.writeText(path, text);
      }
      if (git) await commitAll(parent);
      const home = env.get("HOME");
      const model = await scriptedModel([
        { toolCalls: [{ name: "bash", input: { command: "env; ls -a", description: "look" } }] },
        {
          toolCalls: [{ name: "write", input: { filePath: join(directory, "a.x"), content: "x" } }],
        },
        "done",
        "again",
      ]);
      const found: string[] = [];
      env.set("HOME", user);
      try {
        await using ai = new Opencode({ binary, directory, isolated: true, config: model.config });
        const reply = await ai.prompt("go");
        assertEquals(`${reply}`, "done");
        const commands = JSON.stringify(await ai.client.command.list());
        const agents = JSON.stringify(await ai.client.app.agents());
        const mcp = JSON.stringify(await ai.client.mcp.status());
        // a second instance, as another directory of the same server has one
        const other = await ai.createSession({ directory: parent });
        await other.prompt("again");
        const asked = JSON.stringify(model.requests);
        assertStringIncludes(asked, "AGENTS.md"); // the listing of the directory
        found.push(...asked.match(/MARKER.{0,30}/g) ?? []);
        if (commands.includes("markercommand")) found.push("a command");
        if (agents.includes("marker")) found.push("an agent");
        if (mcp !== "{}") found.push(`MCP servers: ${mcp}`);
      } finally {
        if (home === undefined) env.delete("HOME");
        else env.set("HOME", home);
        await model.close();
      }
      found.push(...(await files.readDir(canaries)).map(({ name }) => name));
      assertEquals([...new Set(found)], []);
    }));
}

test("isolated runs the plugin that the config in code names, and what it imports", () =>
  withTempDir(async (root) => {
    const { files } = host();
    const { path: binary } = await downloadBinary();
    const canaries = join(root, "canaries");
    const directory = join(root, "project");
    const plugin = join(root, "own (1)+", "plugin.mjs");
    await files.makeDir(canaries);
    await files.makeDir(directory);
    await files.makeDir(dirname(plugin));
    await files.writeText(plugin, 'export { default } from "./part.mjs";\n');
    await files.writeText(join(dirname(plugin), "part.mjs"), trace(canaries, "own"));
    await files.makeDir(join(directory, ".opencode", "plugin"));
    await files.writeText(
      join(directory, ".opencode", "plugin", "other.js"),
      trace(canaries, "other"),
    );
    const model = await scriptedModel(["done"]);
    try {
      await using ai = new Opencode({
        binary,
        directory,
        isolated: true,
        env: { OPENCODE_PURE: "0" },
        config: { ...model.config, plugin: [toFileUrl(plugin).href] },
      });
      assertEquals(`${await ai.prompt("go")}`, "done");
    } finally {
      await model.close();
    }
    assertEquals((await files.readDir(canaries)).map(({ name }) => name), ["own"]);
  }));
