/**
 * Fetching for the download, with bounds and with errors that name the address.
 *
 * @module
 */
import { linkSignals } from "../async/abort.ts";
import { startTimer } from "../async/timer.ts";
import { DownloadError } from "../errors.ts";
import { host } from "../runtime/host.ts";

/** What {@linkcode getJson} and {@linkcode getStream} take. */
export interface GetOptions {
  /** What to send along. */
  headers?: Record<string, string>;
  /** Rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** The longest silence, in milliseconds; 0 or Infinity is no bound. @default {30_000} */
  stall?: number | undefined;
}

/** The most bytes of a record. */
const MAX_RECORD = 8 * 1024 * 1024;

/** A JSON record. */
export async function getJson(url: string, options: GetOptions = {}): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  await getStream(url, options, (chunk) => {
    size += chunk.length;
    if (size > MAX_RECORD) throw new DownloadError(`The response from ${shown(url)} is too large`);
    chunks.push(chunk);
    return Promise.resolve();
  });
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch (cause) {
    throw new DownloadError(`The response from ${shown(url)} is not JSON`, { cause });
  }
}

/** Reads an address to its end; `take` is waited for, so that nothing piles up. */
export async function getStream(
  url: string,
  options: GetOptions,
  take: (chunk: Uint8Array, total: number | undefined) => Promise<void>,
): Promise<void> {
  const { headers = {}, signal, stall = 30_000 } = options;
  const link = linkSignals([signal]);
  let stopTimer = () => {};
  const alive = () => {
    stopTimer();
    stopTimer = startTimer(
      stall,
      () => link.abort(new DownloadError(`${shown(url)} sent nothing for ${stall} ms`)),
    );
  };
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let taking = false;
  try {
    alive();
    const response = await fetch(url, {
      headers: { "accept-encoding": "identity", ...headers },
      signal: link.signal,
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new DownloadError(
        `${shown(url)} answered ${response.status} ${response.statusText}`.trim(),
      );
    }
    const length = response.headers.get("content-length");
    const total = length === null ? undefined : Number(length);
    let received = 0;
    reader = response.body?.getReader();
    for (;;) {
      const { value, done } = await reader?.read() ?? { value: undefined, done: true };
      if (done) break;
      stopTimer(); // what the disk takes is not the network's silence
      received += value.length;
      taking = true;
      await take(value, total);
      taking = false;
      alive();
    }
    if (total !== undefined && received < total) {
      throw new DownloadError(`${shown(url)} ended after ${received} of ${total} bytes`);
    }
  } catch (error) {
    await reader?.cancel().catch(() => {});
    signal?.throwIfAborted();
    if (taking) throw error; // not the network's fault
    throw clearly(url, link.signal.aborted ? link.signal.reason : error);
  } finally {
    stopTimer();
    link.dispose();
  }
}

function clearly(url: string, error: unknown): unknown {
  if (error instanceof DownloadError || host().failureKind(error) !== "other") return error;
  if (!(error instanceof TypeError)) return error;
  const { message, cause } = error as Error & { cause?: { message?: string; code?: string } };
  const inner = cause?.message || cause?.code;
  return new DownloadError(
    `Cannot fetch ${shown(url)}: ${message.replaceAll(url, "it")}${inner ? ` (${inner})` : ""}`,
    { cause: error },
  );
}

/** An address as it may be shown: without credentials and query. */
function shown(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
