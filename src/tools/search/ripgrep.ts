/**
 * ripgrep as a fast way to find the files that may match. What it says is always gone over by our own
 * rules, so the answer is the same where it is missing. (For a list of files the own walk is as fast.)
 *
 * @module
 */
import { host } from "../../runtime/host.ts";
import { drain } from "../../process/output.ts";
import { findProgram } from "../shell/programs.ts";

/**
 * Flags for the same files as our own walk, or more: no settings of the user's, hidden files, only
 * .gitignore files, in any directory.
 */
const SAME_FILES = [
  "--no-config",
  "--color=never",
  "--no-messages",
  "--null",
  "--hidden",
  "--no-ignore-dot",
  "--no-ignore-exclude",
  // What holds from above is ours to judge: versions differ in how far up they look.
  "--no-ignore-parent",
  "--no-ignore-global",
  "--no-require-git",
  "--no-follow",
  "--glob=!.git",
];

/** Where ripgrep is, and how it is asked. */
export class Ripgrep {
  #wanted: string | false | undefined;
  #found: Promise<Program | undefined> | undefined;

  /** @param wanted Its path, `false` for never, `undefined` to look on the PATH. */
  constructor(wanted: string | false | undefined) {
    this.#wanted = wanted;
  }

  /** Where it is and what it can, if it is there and says that it is ripgrep. */
  #program(workdir: string): Promise<Program | undefined> {
    if (this.#wanted === false) return Promise.resolve(undefined);
    return this.#found ??= this.#find(this.#wanted, workdir);
  }

  async #find(wanted: string | undefined, workdir: string): Promise<Program | undefined> {
    const path = wanted ?? await findProgram("rg", workdir);
    if (path === undefined) return undefined;
    try {
      const child = await host().spawn(path, { args: ["--version"], stderr: "null" });
      const says = await new Response(child.stdout).text();
      await child.status;
      const version = /^ripgrep (\d+)\./.exec(says);
      return version ? { path, readsRgignore: Number(version[1]) < 15 } : undefined;
    } catch {
      return undefined;
    }
  }

  /** The files that hold a text or fit an expression of ripgrep's dialect, or more than those. */
  async holding(
    search: { readonly text: string } | { readonly regex: string },
    ignoreCase: boolean,
    directory: string,
    workdir: string,
    maxFileSize: number,
    signal: AbortSignal,
  ): Promise<string[] | undefined> {
    const args = [
      "--files-with-matches",
      ignoreCase ? "--ignore-case" : "--case-sensitive",
      `--max-filesize=${maxFileSize}`,
      ..."text" in search
        ? ["--fixed-strings", `--regexp=${search.text}`]
        : [`--regexp=${search.regex}`],
    ];
    return await this.#run(args, directory, workdir, signal);
  }

  async #run(
    args: readonly string[],
    cwd: string,
    workdir: string,
    signal: AbortSignal,
  ): Promise<string[] | undefined> {
    const program = await this.#program(workdir);
    if (program === undefined) return undefined;
    const run = (own: readonly string[]) =>
      runProgram(program.path, [...own, ...SAME_FILES, "--", "./"], cwd, signal);
    if (!program.readsRgignore) return await run(args);
    // Older ones follow .rgignore files and can't be told not to: look whether there are any.
    const [found, strangers] = await Promise.all([run(args), run(["--files", "--glob=.rgignore"])]);
    return strangers?.length === 0 ? found : undefined;
  }
}

interface Program {
  readonly path: string;
  /** It leaves out what `.rgignore` files say, whatever the flags. */
  readonly readsRgignore: boolean;
}

/** What it says, path by path; `undefined` where it failed. */
async function runProgram(
  path: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  signal.throwIfAborted();
  try {
    const child = await host().spawn(path, { args, cwd, stdin: "null" });
    const stop = () => child.kill("SIGKILL");
    signal.addEventListener("abort", stop, { once: true });
    const out: Uint8Array[] = [];
    let complaints = 0;
    const pipes = [
      drain(child.stdout!, (chunk) => out.push(chunk.slice())),
      drain(child.stderr!, (chunk) => complaints += chunk.length),
    ];
    await Promise.all(pipes.map((pipe) => pipe.done));
    const status = await child.status;
    signal.removeEventListener("abort", stop);
    signal.throwIfAborted();
    // 0 found, 1 found nothing, 2 with something to say: flags it does not know, or worse.
    if (status.signal !== null || status.code > 2 || (status.code === 2 && complaints > 0)) {
      return undefined;
    }
    return split(out);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Paths that end in NUL, without the `./` before them. */
function split(chunks: readonly Uint8Array[]): string[] {
  const decoder = new TextDecoder();
  let text = "";
  for (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  const windows = host().platform.os === "windows";
  return text.split("\0").filter((path) => path !== "").map((path) => {
    const plain = windows ? path.replaceAll("\\", "/") : path;
    return plain.startsWith("./") ? plain.slice(2) : plain;
  });
}
