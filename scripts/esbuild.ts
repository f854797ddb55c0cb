/** Runs esbuild, which comes from npm when it is first needed. */
export async function esbuild(args: readonly string[]): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-config", "--node-modules-dir=none", ESBUILD, ...args],
    stdin: "null",
  }).spawn().status;
  if (!success) throw new Error(`esbuild ${args.slice(0, 4).join(" ")} failed`);
}

const ESBUILD = "npm:esbuild@0.27.2";
