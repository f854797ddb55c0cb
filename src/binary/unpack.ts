/**
 * An archive fetched, checked and unpacked in one pass, never whole in memory.
 *
 * @module
 */
import { DownloadError } from "../errors.ts";
import { host } from "../runtime/host.ts";
import type { Hasher } from "../runtime/port.ts";
import { getStream } from "./fetch.ts";
import type { Archive } from "./sources.ts";
import { type Sink, TarReader } from "./tar.ts";
import { extractFromZip } from "./zip.ts";

/** The most bytes that the program may have, unpacked. */
const MAX_PROGRAM = 1024 ** 3;

/** How to fetch it. */
export interface UnpackOptions {
  /** Called with the bytes received so far. */
  onBytes?: (received: number, total: number | undefined) => void;
  /** The longest silence of the network, in milliseconds. @default {30_000} */
  stall?: number | undefined;
  /** Rejects with its reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Writes the program of an archive to `part`, which must not exist. Where it rejects, what lies
 * there is worth nothing: the digest is known at the end.
 *
 * @throws {DownloadError} The transfer failed, or the archive is not what it should be.
 */
export async function fetchProgram(
  archive: Archive,
  part: string,
  options: UnpackOptions = {},
): Promise<void> {
  const { createHash, files } = host();
  const hashes = archive.digests.map(({ algorithm }) => createHash(algorithm));
  const zipped = `${part}.zip`;
  const target = archive.kind === "zip" ? zipped : part;
  const file = await files.open(target, { write: true, createNew: true, mode: 0o700 });
  try {
    try {
      if (archive.kind === "zip") await fetchInto(archive, file, hashes, options);
      else await fetchTar(archive, file, hashes, options);
      checkDigests(archive, hashes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (archive.kind === "zip") await extractFromZip(zipped, archive.entry, part, MAX_PROGRAM);
  } catch (error) {
    throw explained(archive, error);
  } finally {
    if (archive.kind === "zip") await files.remove(zipped);
  }
}

/** The compressed bytes, counted and hashed on their way into a sink. */
async function fetchInto(
  archive: Archive,
  sink: Sink,
  hashes: readonly Hasher[],
  options: UnpackOptions,
): Promise<void> {
  const { onBytes, stall, signal } = options;
  let received = 0;
  await getStream(
    archive.url,
    { headers: archive.headers, stall, signal },
    async (chunk, total) => {
      for (const hash of hashes) hash.update(chunk);
      await sink.write(chunk);
      received += chunk.length;
      onBytes?.(received, total);
    },
  );
}

async function fetchTar(
  archive: Archive,
  file: Sink,
  hashes: readonly Hasher[],
  options: UnpackOptions,
): Promise<void> {
  const is = (name: string) => name.replace(/^\.\//, "") === archive.entry;
  const tar = new TarReader({ is, sink: file, max: MAX_PROGRAM });
  const gunzip = new DecompressionStream("gzip");
  const compressed = gunzip.writable.getWriter();
  const unpacked = gunzip.readable.getReader();
  let failed: { error: unknown } | undefined;
  const unpacking = (async () => {
    try {
      for (;;) {
        const { value, done } = await unpacked.read();
        if (done) break;
        await tar.feed(value);
      }
    } catch (error) {
      failed = { error };
      await unpacked.cancel().catch(() => {});
    }
  })();
  compressed.closed.catch(() => {});
  const write = async (data: Uint8Array) => {
    try {
      await compressed.write(data as Uint8Array<ArrayBuffer>);
    } catch (error) {
      await unpacking;
      throw failed?.error ?? error;
    }
    if (failed) throw failed.error;
  };
  try {
    await fetchInto(archive, { write }, hashes, options);
    // The digest decides first: what a wrong archive holds is of no interest.
    await compressed.close().catch(() => {});
    await unpacking;
  } catch (error) {
    await compressed.abort(error).catch(() => {});
    await unpacking;
    throw error;
  }
  checkDigests(archive, hashes);
  if (failed) throw failed.error;
  tar.end();
}

const digested = new WeakMap<Hasher, string>();

/** Throws where a digest is not the one expected; may be asked twice. */
function checkDigests(archive: Archive, hashes: readonly Hasher[]): void {
  archive.digests.forEach(({ algorithm, base64 }, index) => {
    const hash = hashes[index]!;
    const actual = digested.get(hash) ?? hash.digest("base64");
    digested.set(hash, actual);
    if (actual === base64) return;
    const name = algorithm === "sha512" ? "SHA-512" : "SHA-256";
    throw new DownloadError(
      `The download from ${new URL(archive.url).host} is not what was published: its ${name} is ` +
        `${actual}, not ${base64}`,
    );
  });
}

function explained(archive: Archive, error: unknown): unknown {
  const kind = host().failureKind(error);
  if (kind === "no_space") {
    return new DownloadError("The disk is full: opencode needs about 200 MB", { cause: error });
  }
  const known = error instanceof DownloadError || kind !== "other" ||
    !(error instanceof Error) || error.name === "AbortError" || error.name === "TimeoutError";
  if (known) return error;
  return new DownloadError(
    `Cannot unpack the download from ${new URL(archive.url).host}: ${error.message}`,
    { cause: error },
  );
}
