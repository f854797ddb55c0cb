/**
 * Where a recording is written: beside its file first, and in its place at the end.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.ts";
import { host } from "../../runtime/host.ts";
import { dirname } from "../../runtime/path.ts";
import { RecordingError } from "./error.ts";

/** @throws {InvalidArgumentError} The directory of the file does not exist, or the file is one. */
export async function checkPlace(file: string): Promise<void> {
  const { files } = host();
  const directory = dirname(file);
  const isDirectory = async (path: string) =>
    (await files.stat(path).catch(() => undefined))?.isDirectory ?? false;
  if (!await isDirectory(directory)) {
    throw new InvalidArgumentError(
      `Cannot write the recording ${file}: there is no directory ${directory}, so create it first`,
    );
  }
  if (await isDirectory(file)) {
    throw new InvalidArgumentError(
      `Cannot write the recording ${file}: it is a directory, so give the path of a file in it`,
    );
  }
}

/** A recording on its way. */
export class RecordingPlace {
  readonly #file: string;
  readonly #part: string;
  readonly #before: number | undefined;

  private constructor(file: string, part: string, before: number | undefined) {
    this.#file = file;
    this.#part = part;
    this.#before = before;
  }

  /** Begins with the first line. @throws {InvalidArgumentError} Nothing can be written there. */
  static async begin(file: string, header: string): Promise<RecordingPlace> {
    await checkPlace(file);
    const { files, failureKind } = host();
    const before = await changedAt(file);
    // another recorder may be at work on the same file, or was killed and left what it had
    for (const part of [`${file}.part`, `${file}.${crypto.randomUUID().slice(0, 8)}.part`]) {
      try {
        await files.writeText(part, header, { createNew: true });
        return new RecordingPlace(file, part, before);
      } catch (error) {
        if (failureKind(error) !== "already_exists") throw error;
      }
    }
    throw new RecordingError(`Cannot write the recording ${file}`);
  }

  /** Adds lines: a process that is killed leaves what it had. */
  async append(lines: string): Promise<void> {
    await host().files.writeText(this.#part, lines, { append: true });
  }

  /** Puts the whole recording in place. @throws {RecordingError} Another one was put there. */
  async finish(text: string): Promise<void> {
    const { files } = host();
    await files.writeText(this.#part, text);
    if (await changedAt(this.#file) !== this.#before) {
      throw new RecordingError(
        `Another recorder wrote ${this.#file} meanwhile: this recording is in ${this.#part}. ` +
          "Give each recorder a file of its own",
      );
    }
    await files.rename(this.#part, this.#file);
  }
}

async function changedAt(file: string): Promise<number | undefined> {
  return (await host().files.stat(file).catch(() => undefined))?.mtimeMs;
}
