/**
 * A lock between processes: a file made exclusively, kept fresh by its owner.
 *
 * @module
 */
import { sleep } from "../async/abort.ts";
import { DownloadError } from "../errors.ts";
import { host } from "../runtime/host.ts";

/** How long a lock holds that its owner does not renew, in milliseconds. */
export const STALE_AFTER = 30_000;

/** How to wait for it. */
export interface LockOptions {
  /** Milliseconds. @default {600_000} */
  timeout?: number;
  /** Rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Called once when another process has it. */
  onWait?: (() => void) | undefined;
}

/**
 * Takes the lock, waiting for it.
 *
 * @returns Gives it back.
 * @throws {DownloadError} It was not free within the bound; the message names the file.
 */
export async function lock(path: string, options: LockOptions = {}): Promise<() => Promise<void>> {
  const { timeout = 600_000, signal, onWait } = options;
  const { files, platform, failureKind } = host();
  const mine = `${platform.pid} ${crypto.randomUUID()}`;
  for (const end = Date.now() + timeout, waiting = { said: false };;) {
    try {
      await files.writeText(path, mine, { createNew: true, mode: 0o600 });
      break;
    } catch (error) {
      if (failureKind(error) !== "already_exists") throw error;
    }
    if (await isStale(path)) {
      await breakLock(path);
      await sleep(5, signal);
      continue;
    }
    if (!waiting.said) onWait?.();
    waiting.said = true;
    if (Date.now() >= end) {
      throw new DownloadError(
        `Another process has held the lock "${path}" for ${timeout} ms: stop that process, or delete the file`,
      );
    }
    await sleep(200, signal);
  }
  const renew = setInterval(() => {
    const now = Date.now();
    files.setTimes(path, now, now).catch(() => {});
  }, STALE_AFTER / 6);
  platform.unrefTimer(renew);
  return async () => {
    clearInterval(renew);
    const holder = await files.readText(path).catch(() => "");
    if (holder === mine) await files.remove(path);
  };
}

/** Whether nobody keeps it: its owner is gone from this machine, or has long not renewed it. */
export async function isStale(path: string): Promise<boolean> {
  const { files, platform } = host();
  try {
    const [{ mtimeMs }, holder] = [await files.stat(path), await files.readText(path)];
    if (Date.now() - mtimeMs > STALE_AFTER) return true;
    const pid = Number(/^\d+/.exec(holder)?.[0]);
    return pid > 0 && !platform.isAlive(pid);
  } catch {
    return false; // given back just now
  }
}

/**
 * Takes a stale lock away. One process at a time does, and looks again when it is the one: else two
 * that saw the same stale lock could take away the fresh one of whoever came first.
 */
async function breakLock(path: string): Promise<void> {
  const { files, failureKind } = host();
  const turn = `${path}.break`;
  try {
    await files.writeText(turn, "", { createNew: true, mode: 0o600 });
  } catch (error) {
    if (failureKind(error) !== "already_exists") throw error;
    // It is held for a moment, so an old one is a dead process's.
    const made = await files.stat(turn).then(({ mtimeMs }) => mtimeMs, () => Date.now());
    if (Date.now() - made > STALE_AFTER) await files.remove(turn);
    return;
  }
  try {
    if (await isStale(path)) await files.remove(path);
  } finally {
    await files.remove(turn);
  }
}
