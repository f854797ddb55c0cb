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

/** How npx is called on this system. */
export const NPX = `npx${suffix}`;

/** Installs packages from npm into a folder below `dist/`, once; returns the folder. */
export async function npmTools(name: string, packages: readonly string[]): Promise<string> {
  const dir = `${Deno.cwd()}/dist/${name}`;
  const stamp = `${dir}/installed.json`;
  const wanted = JSON.stringify(packages);
  if (await Deno.readTextFile(stamp).catch(() => "") === wanted) return dir;
  await Deno.mkdir(dir, { recursive: true });
  await Deno.writeTextFile(`${dir}/package.json`, `{"private":true,"type":"module"}\n`);
  const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--prefer-offline"];
  await must(NPM, ["install", ...options, ...packages], { cwd: dir });
  await Deno.writeTextFile(stamp, wanted);
  return dir;
}

/** The JavaScript file behind a command of an installed package. */
export async function commandOf(tools: string, name: string, command: string): Promise<string> {
  const dir = `${tools}/node_modules/${name}`;
  const { bin } = JSON.parse(await Deno.readTextFile(`${dir}/package.json`));
  return `${dir}/${typeof bin === "string" ? bin : bin[command]}`;
}
