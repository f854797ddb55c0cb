/** The types of Claude Code's SDK, from npm: installed once, without the programs that it brings. */
const PACKAGES = [
  "@anthropic-ai/claude-agent-sdk@0.3.332",
  "@anthropic-ai/sdk@0.93.0",
  "@modelcontextprotocol/sdk@1.29.0",
  "zod@4",
  "@types/node@22",
];

/** The directory that has them below `node_modules`. */
export async function installPackages(): Promise<string> {
  const dir = "dist/claude_types";
  await Deno.mkdir(dir, { recursive: true });
  const marker = `${dir}/installed`;
  if (await Deno.readTextFile(marker).catch(() => "") === PACKAGES.join()) return dir;
  await Deno.writeTextFile(`${dir}/package.json`, '{"private":true,"type":"module"}\n');
  const npm = Deno.build.os === "windows" ? "npm.cmd" : "npm";
  const { success, stderr } = await new Deno.Command(npm, {
    args: [
      "install",
      "--omit=optional",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      ...PACKAGES,
    ],
    cwd: dir,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  await Deno.writeTextFile(marker, PACKAGES.join());
  return dir;
}
