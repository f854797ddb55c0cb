/**
 * The smoke test of a built npm package: packs it, installs it in an empty folder, and uses it
 * there with the Node on the PATH.
 */

/** What the package may weigh, unpacked, in bytes. */
const LIMIT = 796_000;

const npm = Deno.build.os === "windows" ? "npm.cmd" : "npm";

/** Throws at the first thing that does not hold; `version` is what the command must say. */
export async function smokeTest(dir: string, version: string): Promise<void> {
  const manifest = JSON.parse(await Deno.readTextFile(`${dir}/package.json`));
  for (const field of ["dependencies", "peerDependencies", "optionalDependencies"]) {
    hold(Object.keys(manifest[field] ?? {}).length === 0, `package.json has ${field}`);
  }
  const place = await Deno.makeTempDir({ prefix: "opencode-npm-" });
  try {
    const [packed] = JSON.parse(
      await run(npm, ["pack", "--json", "--pack-destination", place], dir),
    );
    const { filename, unpackedSize, entryCount } = packed;
    console.log(`${filename}: ${unpackedSize} bytes unpacked in ${entryCount} files`);
    hold(unpackedSize < LIMIT, `${unpackedSize} bytes unpacked are more than ${LIMIT}`);

    await Deno.writeTextFile(`${place}/package.json`, `{ "private": true }\n`);
    const install = ["install", "--no-audit", "--no-fund", "--ignore-scripts", `./${filename}`];
    await run(npm, install, place);
    const installed = JSON.parse(await run(npm, ["ls", "--all", "--json"], place));
    const packages = Object.keys(installed.dependencies);
    hold(packages.join() === manifest.name, `installed were ${packages}`);
    hold(installed.dependencies[manifest.name].dependencies === undefined, "it brought packages");

    const names = Object.keys(manifest.exports).filter((name) => name !== "./package.json")
      .map((name) => manifest.name + name.slice(1));
    await Deno.writeTextFile(`${place}/all.mjs`, importing(names));
    await Deno.writeTextFile(`${place}/all.cjs`, requiring(names));
    const imported = await run("node", ["all.mjs"], place);
    const required = await run("node", ["all.cjs"], place);
    hold(imported === required, `import gives ${imported}\nand require ${required}`);

    const bin = `${place}/node_modules/.bin/${Object.keys(manifest.bin)[0]}${
      Deno.build.os === "windows" ? ".cmd" : ""
    }`;
    hold((await run(bin, ["--version"], place)).includes(version), "--version says otherwise");
    hold((await run(bin, ["--help"], place)).includes("--model"), "--help does not help");
    console.log(`imported and required: ${names.join(", ")}; the command runs`);
  } finally {
    await Deno.remove(place, { recursive: true });
  }
}

/** Every entry by `import`: its names, and that the classes are the same through every entry. */
function importing(names: string[]): string {
  return `${names.map((name, i) => `import * as m${i} from "${name}";`).join("\n")}
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
const all = { ${names.map((name, i) => `"${name}": m${i}`).join(", ")} };
for (const [name, module] of Object.entries(all)) {
  for (const key of Object.keys(module)) {
    if (module[key] !== require(name)[key]) throw new Error(name + " has two " + key);
  }
}
${show()}`;
}

function requiring(names: string[]): string {
  return `const all = { ${
    names.map((name) => `"${name}": require("${name}")`).join(", ")
  } };\n${show()}`;
}

function show(): string {
  return `for (const [name, module] of Object.entries(all)) {
  const keys = Object.keys(module).filter((key) => key !== "default" && key !== "module.exports");
  if (keys.length === 0) throw new Error(name + " exports nothing");
  console.log(name, keys.sort().join());
}
`;
}

function hold(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(`The npm package is not right: ${otherwise}`);
}

async function run(command: string, args: string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd, stdin: "null" })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) {
    throw new Error(`${command} ${args.join(" ")} failed:\n${text(stdout)}${text(stderr)}`);
  }
  return text(stdout);
}
