/**
 * Finding the number of an open file on Linux, where the runtime does not tell it.
 *
 * @module
 */
import type { FileInfo, Files } from "./port.ts";

/** The part of an open file that is used. */
interface Open {
  stat(): Promise<FileInfo>;
  /** From the start (0) or from where it is (1). */
  seek(offset: number, whence: 0 | 1): Promise<number>;
}

/**
 * The link `/proc/self/fd/N` of an open file, looked for among those of this process; `undefined` where
 * it can't be told for sure.
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
