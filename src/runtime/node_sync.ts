/**
 * Files opened on Node without waiting.
 *
 * @module
 */
import type { SyncFile } from "./port.ts";

/** The part of Node's own module that is used. */
interface NodeFiles {
  openSync(path: string, flags: string): number;
  readSync(file: number, buffer: Uint8Array): number;
  readlinkSync(path: string): string;
  closeSync(file: number): void;
}

/** Bytes as the platform's own class, not Node's. */
export const plain = (
  { buffer, byteOffset, byteLength }: Uint8Array,
): Uint8Array<ArrayBuffer> => new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/** Opens a regular file for reading. */
export function openByNode(fs: NodeFiles, path: string): SyncFile {
  const number = fs.openSync(path, "r");
  return {
    read: (buffer) => fs.readSync(number, buffer),
    where() {
      try {
        return fs.readlinkSync(`/proc/self/fd/${number}`);
      } catch {
        return undefined; // no Linux
      }
    },
    close: () => fs.closeSync(number),
  };
}
