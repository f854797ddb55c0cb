/**
 * One file out of a zip archive on the disk, by its central directory. The CRC-32 of the entry is not
 * checked: the digest of the whole archive was, before this is called.
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import type { OpenFile } from "../runtime/port.ts";

/** The end record is in the last 64 KiB and 22 bytes: its comment may be that long. */
const TAIL = 65_557;

interface Entry {
  name: string;
  method: number;
  flags: number;
  packed: number;
  size: number;
  header: number;
  /** Unix mode, where the archive was made on one. */
  mode: number;
}

/** Unpacks the entry of that name into `target`, which must not exist. */
export async function extractFromZip(
  path: string,
  wanted: string,
  target: string,
  max: number,
): Promise<void> {
  const { files } = host();
  const file = await files.open(path, { read: true });
  try {
    const { size } = await file.stat();
    const named = (await readDirectory(file, size)).filter((entry) => entry.name === wanted);
    const [entry] = named;
    if (entry === undefined) throw new Error("the archive does not hold the program");
    if (named.length > 1) throw new Error("the archive holds the program twice");
    if ((entry.mode & 0o170000) === 0o120000) {
      throw new Error("the program in the archive is a link");
    }
    if (entry.flags & 1) throw new Error("the archive is encrypted");
    if (entry.size > max) throw new Error("the program in the archive is too large");
    const output = await files.open(target, { write: true, createNew: true, mode: 0o700 });
    try {
      await unpack(file, entry, output);
      await output.sync();
    } finally {
      await output.close();
    }
  } finally {
    await file.close();
  }
}

async function readDirectory(file: OpenFile, size: number): Promise<Entry[]> {
  const start = Math.max(0, size - TAIL);
  const tail = view(await readAt(file, start, size - start));
  let at = tail.byteLength - 22;
  while (at >= 0 && tail.getUint32(at, true) !== 0x06054b50) at--;
  if (at < 0) throw new Error("the archive is not a zip file");
  const [length, offset] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  // 4 GiB and more need the zip64 records, and no program has that.
  if (length === 0xffffffff || offset === 0xffffffff) throw new Error("the archive is too large");
  if (offset + length > size) throw new Error("the archive is cut off");
  const directory = view(await readAt(file, offset, length));
  const entries: Entry[] = [];
  for (at = 0; at + 46 <= directory.byteLength;) {
    if (directory.getUint32(at, true) !== 0x02014b50) break;
    const lengths = [28, 30, 32].map((field) => directory.getUint16(at + field, true));
    const name = new Uint8Array(directory.buffer, directory.byteOffset + at + 46, lengths[0]!);
    entries.push({
      name: new TextDecoder().decode(name),
      flags: directory.getUint16(at + 8, true),
      method: directory.getUint16(at + 10, true),
      packed: directory.getUint32(at + 20, true),
      size: directory.getUint32(at + 24, true),
      mode: directory.getUint32(at + 38, true) >>> 16,
      header: directory.getUint32(at + 42, true),
    });
    at += 46 + lengths[0]! + lengths[1]! + lengths[2]!;
  }
  return entries;
}

async function unpack(file: OpenFile, entry: Entry, output: OpenFile): Promise<void> {
  const header = view(await readAt(file, entry.header, 30));
  if (header.getUint32(0, true) !== 0x04034b50) throw new Error("the archive is damaged");
  const data = entry.header + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  let size = 0;
  const take = async (chunk: Uint8Array) => {
    size += chunk.length;
    if (size > entry.size) throw new Error("the archive is damaged");
    await output.write(chunk);
  };
  if (entry.method === 0) await eachPiece(file, data, entry.packed, take);
  else if (entry.method === 8) await inflate(file, data, entry.packed, take);
  else throw new Error(`the archive is packed in a way (${entry.method}) that is not known here`);
  if (size !== entry.size) throw new Error("the archive is damaged");
}

async function inflate(
  file: OpenFile,
  at: number,
  length: number,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  const stream = new DecompressionStream("deflate-raw");
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  writer.closed.catch(() => {});
  const feeding = eachPiece(file, at, length, (piece) => writer.write(piece))
    .then(() => writer.close())
    .catch((error) => writer.abort(error).catch(() => {}));
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      await take(value);
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error;
  } finally {
    await feeding;
  }
}

async function eachPiece(
  file: OpenFile,
  at: number,
  length: number,
  take: (piece: Uint8Array<ArrayBuffer>) => Promise<void>,
): Promise<void> {
  for (let done = 0; done < length;) {
    const piece = await readAt(file, at + done, Math.min(256 * 1024, length - done));
    done += piece.length;
    await take(piece);
  }
}

/** Exactly so many bytes from a place in the file. */
async function readAt(
  file: OpenFile,
  at: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const read = await file.readAt(buffer.subarray(filled), at + filled);
    if (read === null) throw new Error("the archive is cut off");
    filled += read;
  }
  return buffer;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
