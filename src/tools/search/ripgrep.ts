/**
 * ripgrep as a fast way to find the files that may match. It looks into the directories that it is
 * given and no deeper, without rules of its own; of what it finds, the files that are wanted are
 * searched again. So the answer is the same where it is missing.
 *
 * @module
 */
import { host } from "../../runtime/host.ts";
import { drain } from "../../process/output.ts";
import { findProgram } from "../shell/programs.ts";

/** No settings of the user's, no rules, no guesses about encodings. */
const FLAGS = [
  "--no-config",
  "--color=never",
  "--no-messages",
  "--no-ignore",
  "--hidden",
  "--max-depth=1",
  "--encoding=none",
  "--no-mmap",
  "--no-follow",
  "--case-sensitive",
  "--null",
  "--files-with-matches",
];

/** How long the list of directories on one command line may be, in characters. */
const MAX_LIST: Readonly<Record<string, number>> = { windows: 20_000 };
const MAX_LIST_ELSEWHERE = 200_000;

/** Where ripgrep is, and how it is asked. */
export class Ripgrep {
  #wanted: string | false | undefined;
  #found: Promise<string | undefined> | undefined;

  /** @param wanted Its path, `false` for never, `undefined` to look on the PATH. */
  constructor(wanted: string | false | undefined) {
    this.#wanted = wanted;
  }

  /** How long a list of directories it can be given, in characters; 0 where it is missing. */
  async maxList(workdir: string): Promise<number> {
    if (this.#wanted === false) return 0;
    this.#found ??= this.#find(this.#wanted, workdir);
    if (await this.#found === undefined) return 0;
    return MAX_LIST[host().platform.os] ?? MAX_LIST_ELSEWHERE;
  }

  /** Its path, if it is there and says that it is ripgrep. */
  async #find(wanted: string | undefined, workdir: string): Promise<string | undefined> {
    const path = wanted ?? await findProgram("rg", workdir);
    if (path === undefined) return undefined;
    try {
      const child = await host().spawn(path, { args: ["--version"], stderr: "null" });
      const says = await new Response(child.stdout).text();
      await child.status;
      return says.startsWith("ripgrep ") ? path : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Those of the files that may hold the pattern; all of them where it fails.
   *
   * @param paths Relative to the directory.
   * @param directories Those of the paths, with a `/` at the end; one may come more than once.
   */
  async holding(
    pattern: string,
    directory: string,
    paths: readonly string[],
    directories: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const program = await this.#found;
    if (program === undefined) return paths;
    signal.throwIfAborted();
    const unique = new Set(directories.map((one) => `./${one}`));
    const args = [...FLAGS, `--regexp=${pattern}`, "--", ...unique];
    try {
      const found = await run(program, args, directory, signal);
      return found ? paths.filter((path) => found.has(path)) : paths;
    } catch {
      signal.throwIfAborted();
      return paths;
    }
  }
}

/** The paths it prints; `undefined` where it failed. */
async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<Set<string> | undefined> {
  const child = await host().spawn(program, { args, cwd, stdin: "null" });
  const stop = () => child.kill("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (signal.aborted) stop();
    const decoder = new TextDecoder();
    let text = "";
    let complaints = 0;
    const pipes = [
      drain(child.stdout!, (chunk) => text += decoder.decode(chunk, { stream: true })),
      drain(child.stderr!, (chunk) => complaints += chunk.length),
    ];
    await Promise.all(pipes.map((pipe) => pipe.done));
    const status = await child.status;
    signal.throwIfAborted();
    // 0 found, 1 found nothing, 2 with something to say: flags it does not know, or worse.
    if (status.signal !== null || status.code > 2 || (status.code === 2 && complaints > 0)) {
      return undefined;
    }
    const windows = host().platform.os === "windows";
    return new Set(
      text.split("\0").map((path) =>
        (windows ? path.replaceAll("\\", "/") : path).replace(/^\.\//, "")
      ),
    );
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
