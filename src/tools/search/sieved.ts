/**
 * Files that another program looks through first, in lists, while the walk that finds them goes on.
 *
 * @module
 */
import { type LinkedSignal, linkSignals } from "../../async/abort.ts";

/** Tells which of some files are worth a search. */
export type Sieve = (
  paths: readonly string[],
  directories: readonly string[],
  signal: AbortSignal,
) => Promise<readonly string[]>;

/** How many lists are looked through at a time. */
const AT_ONCE = 2;

/** How many files a list holds, so that the walk can go on meanwhile. */
const MAX_FILES = 5000;

/** Searches, in the order they came in, the files that the sieve leaves. */
export class Sieved {
  #paths: string[] = [];
  #directories: string[] = [];
  #length = 0;
  #running: Promise<readonly string[]>[] = [];
  #done = false;
  #link: LinkedSignal;
  #maxLength: number;
  #sieve: Sieve;
  #search: (path: string) => true | Promise<boolean>;

  /**
   * @param maxLength How long the list of a list's directories may be, in characters.
   * @param search Returns `false` where no more files are wanted.
   */
  constructor(
    maxLength: number,
    sieve: Sieve,
    search: (path: string) => true | Promise<boolean>,
    signal: AbortSignal,
  ) {
    this.#maxLength = maxLength;
    this.#sieve = sieve;
    this.#search = search;
    this.#link = linkSignals([signal]);
  }

  /** Takes a file; `false` where no more are wanted. */
  add(path: string): true | Promise<boolean> {
    const directory = path.slice(0, path.lastIndexOf("/") + 1);
    if (directory !== this.#directories.at(-1)) {
      this.#directories.push(directory);
      this.#length += directory.length + 11; // what is before and behind it on a command line
    }
    this.#paths.push(path);
    if (this.#length < this.#maxLength && this.#paths.length < MAX_FILES) return true;
    return this.#next(AT_ONCE);
  }

  /** Ends the list; resolves when all of it was searched. */
  async flush(): Promise<void> {
    await this.#next(1);
  }

  /** Ends what still runs. */
  async close(): Promise<void> {
    this.#done = true;
    this.#link.abort(new DOMException("No more files are wanted", "AbortError"));
    await Promise.allSettled(this.#running);
  }

  /** Hands on the list, and searches until fewer than so many are under way. */
  async #next(below: number): Promise<boolean> {
    if (this.#paths.length > 0 && !this.#done) {
      const list = this.#sieve(this.#paths, this.#directories, this.#link.signal);
      list.catch(() => {}); // seen when its turn comes
      this.#running.push(list);
    }
    this.#paths = [];
    this.#directories = [];
    this.#length = 0;
    while (!this.#done && this.#running.length >= below) {
      for (const path of await this.#running[0]!) {
        const goesOn = this.#search(path);
        if (goesOn !== true && !await goesOn) {
          this.#done = true;
          break;
        }
      }
      this.#running.shift();
    }
    return !this.#done;
  }
}
