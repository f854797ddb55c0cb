/** Runs programs to their end, within a time. */

/** How to run one. */
export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** The longest it may take, in milliseconds. @default {180_000} */
  timeout?: number;
}

/** How it ended. */
export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs a program without standard input; one that takes too long is killed and fails. */
export async function run(
  command: string,
  args: readonly string[],
  { timeout = 180_000, ...options }: RunOptions = {},
): Promise<Ran> {
  const child = new Deno.Command(command, {
    args: [...args],
    ...options,
    env: { NO_COLOR: "1", ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = "";
  const timer = setTimeout(() => {
    late = `${command} took longer than ${timeout} ms`;
    child.kill("SIGKILL");
  }, timeout);
  try {
    const { code, stdout, stderr } = await child.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code: late === "" ? code : 124, out: text(stdout), err: text(stderr) + late };
  } finally {
    clearTimeout(timer);
  }
}

/** The same for a program that has to succeed; returns its standard output. */
export async function must(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, out, err } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${out}${err}`);
  return out;
}

const suffix = Deno.build.os === "windows" ? ".cmd" : "";

/** How npm is called on this system. */
export const NPM = `npm${suffix}`;

/** How to install packages. */
export interface InstallOptions {
  /** Run the packages' install scripts, by which some fetch their program. @default {false} */
  scripts?: boolean;
}

/**
 * Installs packages from npm into a folder below `dist/`, once, also where others want the same at
 * the same time; returns the folder.
 */
export async function npmTools(
  name: string,
  packages: readonly string[],
  { scripts = false }: InstallOptions = {},
): Promise<string> {
  const dir = `${Deno.cwd()}/dist/${name}`;
  const stamp = `${dir}/installed.json`;
  const wanted = JSON.stringify(packages);
  const done = async () => await Deno.readTextFile(stamp).catch(() => "") === wanted;
  if (await done()) return dir;
  await Deno.mkdir(dir, { recursive: true });
  const unlock = await lock(`${dir}.lock`);
  try {
    if (await done()) return dir;
    await Deno.writeTextFile(`${dir}/package.json`, `{"private":true,"type":"module"}\n`);
    const options = ["--no-audit", "--no-fund", "--no-save", "--prefer-offline"];
    if (!scripts) options.push("--ignore-scripts");
    await must(NPM, ["install", ...options, ...packages], { cwd: dir, timeout: INSTALL });
    await Deno.writeTextFile(stamp, wanted);
    return dir;
  } finally {
    await unlock();
  }
}

/** How long an installation may take, in milliseconds. */
const INSTALL = 300_000;

/** Waits for a lock, which is a folder; one that is older than any installation is taken over. */
async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await Deno.mkdir(path);
      return () => Deno.remove(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
    const { mtime } = await Deno.stat(path).catch(() => ({ mtime: null }));
    if (mtime && Date.now() - mtime.getTime() > 2 * INSTALL) {
      await Deno.remove(path).catch(() => {});
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The JavaScript file behind a command of an installed package. */
export async function commandOf(tools: string, name: string, command: string): Promise<string> {
  const dir = `${tools}/node_modules/${name}`;
  const { bin } = JSON.parse(await Deno.readTextFile(`${dir}/package.json`));
  return `${dir}/${typeof bin === "string" ? bin : bin[command]}`;
}
