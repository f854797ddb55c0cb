/**
 * Checks the types of the published modules the way dnt will: TypeScript 5 with Node's types and
 * the options of its build, not Deno's. dnt itself needs JSR; this needs npm alone.
 */

/** Whether they hold; what doesn't is printed. */
export async function npmTypes(): Promise<boolean> {
  const dir = "dist/npm_types";
  await Deno.mkdir(dir, { recursive: true });
  await Deno.writeTextFile(`${dir}/package.json`, `{"private":true,"type":"module"}\n`);
  const npm = Deno.build.os === "windows" ? "npm.cmd" : "npm";
  if (!await exists(`${dir}/node_modules/typescript/lib/tsc.js`)) {
    const install = ["install", "--silent", "--no-audit", "--no-fund"];
    const tools = ["typescript@5.9", "@types/node@22"];
    if (!await run(npm, [...install, ...tools], dir)) return false;
  }
  const { exports } = JSON.parse(await Deno.readTextFile("deno.json"));
  const std = (name: string) => {
    const file = name.replaceAll(/[/-]/g, "_");
    return [`@std/${name}`, [`../../scripts/std/${file}.d.ts`]] as const;
  };
  await Deno.writeTextFile(
    `${dir}/tsconfig.json`,
    JSON.stringify({
      compilerOptions: {
        target: "ES2022",
        lib: ["ES2023", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
        module: "ESNext",
        moduleResolution: "Bundler",
        allowImportingTsExtensions: true,
        noEmit: true,
        strict: true,
        noUncheckedIndexedAccess: true,
        isolatedModules: true,
        skipLibCheck: true,
        types: ["node"],
        paths: Object.fromEntries(["path", "cli/parse-args", "streams"].map(std)),
      },
      files: Object.values(exports as Record<string, string>).map((path) => `../../${path}`),
    }),
  );
  // dnt's `mappings` put the Node adapter in its place
  const deno = "src/runtime/deno.ts";
  const output = await capture("node", [
    `${dir}/node_modules/typescript/lib/tsc.js`,
    "--pretty",
    "false",
    "-p",
    dir,
  ]);
  const problems = output.split("\n").filter((line) =>
    /error TS/.test(line) && !line.includes(deno)
  );
  for (const problem of problems) console.error(problem);
  return problems.length === 0;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function run(command: string, args: string[], cwd: string): Promise<boolean> {
  const { success } = await new Deno.Command(command, { args, cwd, stdin: "null" }).spawn().status;
  return success;
}

async function capture(command: string, args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(command, { args, stdin: "null" }).output();
  return new TextDecoder().decode(stdout);
}
