import { assert, assertEquals, assertRejects } from "@std/assert";
import { test } from "../harness.ts";
import { DownloadError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { lock, STALE_AFTER } from "../../src/process/lock.ts";
import { withTempDir } from "../server/fixtures.ts";

const inDir = (run: (path: string) => Promise<void>) => () =>
  withTempDir((dir) => run(`${dir}/a.lock`));

test(
  "lock is held by one at a time, and gone when it is given back",
  inDir(async (path) => {
    let inside = 0;
    let most = 0;
    await Promise.all([1, 2, 3].map(async () => {
      const release = await lock(path);
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 30));
      inside--;
      await release();
    }));
    assertEquals(most, 1);
    assertEquals(await host().files.exists(path), false);
  }),
);

test(
  "lock is taken over at once when its owner is dead",
  inDir(async (path) => {
    const child = await host().spawn("true", { stdout: "null", stderr: "null" });
    await child.status;
    await host().files.writeText(path, `${child.pid} x`);
    const started = Date.now();
    await (await lock(path))();
    assert(Date.now() - started < 20_000);
  }),
);

test(
  "lock is taken over when its owner no longer renews it",
  inDir(async (path) => {
    await host().files.writeText(path, `${host().platform.pid} x`);
    const old = Date.now() - STALE_AFTER - 1000;
    await host().files.setTimes(path, old, old);
    await (await lock(path))();
    assertEquals(await host().files.exists(path), false);
  }),
);

test(
  "lock is taken over when a process died while it broke another's",
  inDir(async (path) => {
    await host().files.writeText(path, "999999999 x");
    await host().files.writeText(`${path}.break`, "");
    const old = Date.now() - STALE_AFTER - 1000;
    await host().files.setTimes(`${path}.break`, old, old);
    await (await lock(path))();
    assertEquals(await host().files.exists(`${path}.break`), false);
  }),
);

test(
  "lock rejects within its bound and names the file when another holds it",
  inDir(async (path) => {
    const release = await lock(path);
    let waited = 0;
    const error = await assertRejects(
      () => lock(path, { timeout: 50, onWait: () => waited++ }),
      DownloadError,
    );
    assert(error.message.includes(path));
    assertEquals(waited, 1);
    const reason = new Error("enough");
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 20);
    assertEquals(await assertRejects(() => lock(path, { signal: controller.signal })), reason);
    await release();
  }),
);

test(
  "lock is not taken from who broke it first",
  inDir(async (path) => {
    for (let round = 0; round < 5; round++) {
      await host().files.writeText(path, "999999999 x");
      let inside = 0;
      await Promise.all(Array.from({ length: 6 }, async () => {
        const release = await lock(path);
        assertEquals(++inside, 1);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inside--;
        await release();
      }));
      assertEquals(await host().files.exists(path), false);
      assertEquals(await host().files.exists(`${path}.break`), false);
    }
  }),
);
