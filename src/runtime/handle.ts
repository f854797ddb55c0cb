/**
 * Finding the number of an open file on Linux, where the runtime does not tell it.
 *
 * @module
 */
import type { FileInfo, Files, SyncFile } from "./port.ts";

/** The part of an open file that is used. */
interface Open {
  stat(): Promise<FileInfo>;
  /** From the start (0) or from where it is (1). */
  seek(offset: number, whence: 0 | 1): Promise<number>;
}

/**
 * The link `/proc/self/fd/N` of an open file, looked for among those of this process; `undefined` where
 * that can't be determined.
 */
export async function handleOf(
  file: Open,
  files: Pick<Files, "readDirSync" | "statSync" | "readBytesSync">,
): Promise<string | undefined> {
  const { dev, ino } = await file.stat();
  const attempt = (look: () => boolean) => {
    try {
      return look();
    } catch {
      return false; // closed meanwhile
    }
  };
  try {
    let numbers = files.readDirSync("/proc/self/fd").map(({ name }) => name)
      .filter((name) =>
        attempt(() => {
          const one = files.statSync(`/proc/self/fd/${name}`);
          return one.dev === dev && one.ino === ino;
        })
      );
    if (numbers.length > 1) {
      // Opened more than once: this one is where it is told to go to, and goes back again.
      const before = await file.seek(0, 1);
      const there = await file.seek(Math.floor(Math.random() * 2 ** 30) + 1, 0);
      const position = new RegExp(`^pos:\\s*${there}$`, "m");
      const text = (name: string) =>
        new TextDecoder().decode(files.readBytesSync(`/proc/self/fdinfo/${name}`));
      numbers = numbers.filter((name) => attempt(() => position.test(text(name))));
      await file.seek(before, 0);
    }
    return numbers.length === 1 ? `/proc/self/fd/${numbers[0]}` : undefined;
  } catch {
    return undefined; // this program may not look there
  }
}

interface Identity {
  dev: number;
  ino: number | null;
}

/** What looks at this process's open files. */
interface SyncFiles {
  readDirSync(path: string): Iterable<{ name: string }>;
  statSync(path: string): Identity;
  readLinkSync(path: string): string;
}

/** The port's view of a file that Deno opened. */
export function syncFile(
  file: { readSync(buffer: Uint8Array): number | null; statSync(): Identity; close(): void },
  files: SyncFiles,
): SyncFile {
  return {
    read: (buffer) => file.readSync(buffer) ?? 0,
    where: () => pathOf(file.statSync(), files),
    close: () => file.close(),
  };
}

/** Where the last file was found: the next one opened often has the same number. */
let last = 0;

/**
 * The path at which the system sees an open file; `undefined` where it can't be told.
 *
 * Any open file with the same device and inode will do: its content is the same. The number is
 * looked at before and after, since it may have been given to another file meanwhile.
 */
function pathOf(file: Identity, files: SyncFiles): string | undefined {
  const at = (number: number | string): string | undefined => {
    const link = `/proc/self/fd/${number}`;
    const isIt = () => {
      const { dev, ino } = files.statSync(link);
      return dev === file.dev && ino === file.ino;
    };
    try {
      if (!isIt()) return undefined;
      const path = files.readLinkSync(link);
      return isIt() ? path : undefined;
    } catch {
      return undefined; // closed, or not for this program to look at
    }
  };
  const known = at(last);
  if (known !== undefined) return known;
  try {
    for (const { name } of files.readDirSync("/proc/self/fd")) {
      const path = at(name);
      if (path === undefined) continue;
      last = Number(name);
      return path;
    }
  } catch { /* not for this program to look at */ }
  return undefined;
}
