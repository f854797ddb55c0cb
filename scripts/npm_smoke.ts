/** Tries a built npm package: packs it, installs it in an empty folder, and uses it there. */
import { filesOf } from "./npm_package.ts";
import { must, NPM, npmTools } from "./run.ts";

/** What the package may weigh, unpacked, in bytes. */
export const LIMIT = 1_400_000;

/** The package as its users have it. */
export interface Installed extends AsyncDisposable {
  /** The folder that it is installed in. */
  place: string;
  /** Its `package.json`. */
  manifest: Manifest;
  /** Every entry that can be imported, such as `@x/opencode/client`. */
  names: string[];
}

interface Manifest {
  name: string;
  version: string;
  exports: Record<string, { types: string; default: string } | string>;
  bin: Record<string, string>;
}

/** Packs and installs a built package; throws where what is packed is not right. */
export async function install(dir: string): Promise<Installed> {
  const manifest = JSON.parse(await Deno.readTextFile(`${dir}/package.json`));
  for (const field of ["dependencies", "peerDependencies", "optionalDependencies", "scripts"]) {
    hold(Object.keys(manifest[field] ?? {}).length === 0, `package.json has ${field}`);
  }
  for (const path of await filesOf(dir, "")) {
    if (path.includes("/node_modules/")) continue;
    hold(!path.includes("_dnt."), `${path} is dnt's own`);
    hold((await Deno.stat(path)).size > 0, `${path} is empty`);
  }
  const place = await Deno.realPath(await Deno.makeTempDir({ prefix: "opencode-npm-" }));
  const remove = () => Deno.remove(place, { recursive: true });
  try {
    const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", place];
    const [packed] = JSON.parse(await must(NPM, pack, { cwd: dir }));
    const { filename, unpackedSize, entryCount } = packed;
    console.log(`${filename}: ${unpackedSize} bytes unpacked in ${entryCount} files`);
    hold(unpackedSize < LIMIT, `${unpackedSize} bytes unpacked are more than ${LIMIT}`);
    await Deno.writeTextFile(`${place}/package.json`, `{ "private": true }\n`);
    const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--offline"];
    await must(NPM, ["install", ...options, `./${filename}`], { cwd: place });
    const installed = JSON.parse(await must(NPM, ["ls", "--all", "--json"], { cwd: place }));
    hold(Object.keys(installed.dependencies).join() === manifest.name, "it brought packages");
    hold(installed.dependencies[manifest.name].dependencies === undefined, "it has dependencies");
  } catch (error) {
    await remove();
    throw error;
  }
  const names = Object.keys(manifest.exports)
    .filter((name) => name !== "./package.json").map((name) => manifest.name + name.slice(1));
  return { place, manifest, names, [Symbol.asyncDispose]: remove };
}

/** The program of a runtime from npm, such as `node@24`; installed where it is missing. */
export async function runtimeFromNpm(name: string): Promise<string> {
  const command = name.split("@")[0]!;
  const dir = await npmTools(`runtimes/${name}`, [name], { scripts: true });
  const suffix = Deno.build.os === "windows" ? ".cmd" : "";
  const print = command === "bun" ? "-e" : "-p";
  const code = command === "bun" ? "console.log(process.execPath)" : "process.execPath";
  return (await must(`${dir}/node_modules/.bin/${command}${suffix}`, [print, code])).trim();
}

/** Imports and requires every entry: the same names and the same classes both ways. */
export async function tryEntries({ place, names }: Installed, runtime: string): Promise<string> {
  await Deno.writeTextFile(`${place}/all.mjs`, importing(names));
  await Deno.writeTextFile(`${place}/all.cjs`, requiring(names));
  const imported = await must(runtime, ["all.mjs"], { cwd: place });
  const required = await must(runtime, ["all.cjs"], { cwd: place });
  hold(imported === required, `import gives ${imported}\nand require ${required}`);
  return imported;
}

/** Runs the command by a runtime; returns what it wrote to standard output. */
export async function tryCommand(
  { place, manifest }: Installed,
  runtime: string,
  args: string[],
): Promise<string> {
  const [path] = Object.values(manifest.bin);
  return await must(runtime, [`node_modules/${manifest.name}/${path}`, ...args], { cwd: place });
}

/** What both ways to build it try at once, with the Node on the PATH. */
export async function smokeTest(dir: string): Promise<void> {
  await using installed = await install(dir);
  const { place, manifest, names } = installed;
  await tryEntries(installed, "node");
  // as npm links it, by its first line
  const suffix = Deno.build.os === "windows" ? ".cmd" : "";
  const bin = `${place}/node_modules/.bin/${Object.keys(manifest.bin)[0]}${suffix}`;
  hold((await must(bin, ["--version"])).includes(manifest.version), "--version says otherwise");
  hold((await must(bin, ["--help"])).includes("--model"), "--help does not help");
  console.log(`imported and required: ${names.join(", ")}; the command runs`);
}

/** Every entry by `import`, compared with what `require` returns. */
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
  const keys = Object.keys(module)
    .filter((key) => !["default", "module.exports", "__esModule"].includes(key));
  if (keys.length === 0) throw new Error(name + " exports nothing");
  console.log(name, keys.sort().join());
}
`;
}

function hold(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(`The npm package is not right: ${otherwise}`);
}
