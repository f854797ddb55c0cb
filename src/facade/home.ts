/**
 * The home of an isolated facade: all servers that it starts share it, so that sessions go on when a
 * server has ended and another is started.
 *
 * @module
 */
import type { Watchdog } from "../process/watchdog.ts";
import type { IsolatedHome } from "../runtime/isolation.ts";

/** Makes a home when it is first needed, and removes it at the end, whatever the end is. */
export class FacadeHome {
  #made: Promise<{ home: IsolatedHome; watchdog: Watchdog | undefined }> | undefined;

  /** The home. */
  async get(): Promise<IsolatedHome> {
    this.#made ??= make().catch((error) => {
      this.#made = undefined;
      throw error;
    });
    return (await this.#made).home;
  }

  /** Removes it. Idempotent. */
  async dispose(): Promise<void> {
    const made = await this.#made?.catch(() => undefined);
    await made?.home.dispose();
    await made?.watchdog?.dismiss();
  }
}

/** The watchdog first: it removes the home where this process ends without doing so. */
async function make() {
  const [{ Watchdog }, { createIsolatedHome }] = await Promise.all([
    import("../process/watchdog.ts"),
    import("../runtime/isolation.ts"),
  ]);
  const watchdog = await Watchdog.start(crypto.randomUUID());
  watchdog?.unref(); // who forgets to close ends all the same
  try {
    const home = await createIsolatedHome({ onPath: (path) => watchdog?.home(path) });
    return { home, watchdog };
  } catch (error) {
    await watchdog?.dismiss();
    throw error;
  }
}
