/**
 * ripgrep as a fast way to list files and to find those that may match. What it says is always gone
 * over by our own rules, so the answer is the same where it is missing.
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import { drain } from "./capture.ts";
import type { IgnoreTop } from "./walk.ts";
import { findProgram } from "./programs.ts";

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
  "--no-ignore-global",
  "--no-require-git",
  "--no-follow",
  "--glob=!.git",
];

/** Where ripgrep is, and how it is asked. */
export class Ripgrep {
  #wanted: string | false | undefined;
  #found: Promise<string | undefined> | undefined;

  /** @param wanted Its path, `false` for never, `undefined` to look on the PATH. */
  constructor(wanted: string | false | undefined) {
    this.#wanted = wanted;
  }

  /** Its path, where there is one. */
  path(workdir: string): Promise<string | undefined> {
    if (this.#wanted === false) return Promise.resolve(undefined);
    return this.#found ??= this.#wanted === undefined
      ? findProgram("rg", workdir)
      : Promise.resolve(this.#wanted);
  }

  /** The files below a directory, or more than those; `undefined` where ripgrep can't tell. */
  async list(
    directory: string,
    workdir: string,
    top: IgnoreTop,
    signal: AbortSignal,
  ): Promise<string[] | undefined> {
    return await this.#run(["--files"], directory, workdir, top, signal);
  }

  /** The files that hold one of some texts, or more than those. */
  async holding(
    texts: readonly string[],
    ignoreCase: boolean,
    directory: string,
    workdir: string,
    top: IgnoreTop,
    maxFileSize: number,
    signal: AbortSignal,
  ): Promise<string[] | undefined> {
    const args = [
      "--files-with-matches",
      "--fixed-strings",
      ignoreCase ? "--ignore-case" : "--case-sensitive",
      `--max-filesize=${maxFileSize}`,
      ...texts.flatMap((text) => ["-e", text]),
    ];
    return await this.#run(args, directory, workdir, top, signal);
  }

  async #run(
    args: readonly string[],
    cwd: string,
    workdir: string,
    top: IgnoreTop,
    signal: AbortSignal,
  ): Promise<string[] | undefined> {
    const program = await this.path(workdir);
    if (program === undefined) return undefined;
    signal.throwIfAborted();
    // Above a repository's root no .gitignore counts, and where there is none ripgrep would go up to /.
    const parents = top.repository === undefined ? ["--no-ignore-parent"] : [];
    try {
      const child = await host().spawn(program, {
        args: [...args, ...SAME_FILES, ...parents, "--", "./"],
        cwd,
        stdin: "null",
      });
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
