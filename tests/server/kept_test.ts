/** Servers that outlive their parent: found again, or gone. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { stdArgs } from "../../scripts/deno.ts";
import { lookAt } from "../../src/process/watchdog.ts";
import { createOpencodeServer } from "../../src/server/mod.ts";
import { listKept, readState, stateFile, stopKept } from "../../src/server/kept.ts";
import { fakeProgram, processesWith, until, withTempDir } from "./fixtures.ts";

interface Place {
  directory: string;
  /** The state file of the directory. */
  state: string;
  /** Starts the parent of a kept server. */
  keep(idleTimeout?: number): Promise<Deno.ChildProcess>;
  /** The server and all that belongs to it. */
  left(): Promise<number[]>;
}

/** A directory and a state directory of its own; afterwards nothing may be left. */
async function inPlace(run: (place: Place) => Promise<void>): Promise<void> {
  await withTempDir(async (root) => {
    const directory = join(root, "project");
    await Deno.mkdir(directory);
    const tag = crypto.randomUUID();
    const before = Deno.env.get("XDG_STATE_HOME");
    Deno.env.set("XDG_STATE_HOME", join(root, "state"));
    const left = () => processesWith("FAKE_TAG", tag);
    const args = ["run", "-A", "--no-check", ...await stdArgs()];
    try {
      await run({
        directory,
        state: await stateFile(directory),
        left,
        keep: (idleTimeout = 0) =>
          Promise.resolve(
            new Deno.Command(Deno.execPath(), {
              args: [
                ...args,
                "tests/fixtures/programs/keeper.ts",
                ...[fakeProgram(), root, directory, String(idleTimeout)],
              ],
              env: { FAKE_TAG: tag, FAKE: "fork", NO_COLOR: "1" },
              stdin: "null",
              stdout: "null",
              stderr: "null",
            }).spawn(),
          ),
      });
      await stopKept();
      await until(async () => (await left()).length === 0, "nothing is left", 15_000);
    } finally {
      if (before === undefined) Deno.env.delete("XDG_STATE_HOME");
      else Deno.env.set("XDG_STATE_HOME", before);
      for (const pid of await left()) Deno.kill(pid, "SIGKILL");
    }
  });
}

Deno.test("a kept server outlives its parent, is listed, and is stopped by stopKept", () =>
  inPlace(async ({ keep, directory, state }) => {
    assertEquals((await (await keep()).status).code, 0);
    const [kept, ...others] = (await listKept()).filter((one) => one.state !== undefined);
    assertEquals([others, kept!.running, kept!.state!.directory], [[], true, directory]);
    assertEquals((await Deno.stat(state)).mode! & 0o777, 0o600);
    assertEquals(await stopKept("/another"), []);
    assertEquals((await stopKept(directory)).map(({ pid }) => pid), [kept!.pid]);
    assertEquals(await lookAt(kept!.pid), "gone");
    assertEquals(await readState(state), undefined);
  }));

Deno.test("a parent that is killed at any moment leaves a server that is known, or none", () =>
  inPlace(async ({ keep, state, left }) => {
    const moments = Array.from({ length: 12 }, () => Math.random() * 1500);
    for (const ms of moments) {
      const parent = await keep();
      await new Promise((resolve) => setTimeout(resolve, ms));
      try {
        parent.kill("SIGKILL");
      } catch { /* it had ended */ }
      await parent.status;
      const gone = async () => (await left()).length === 0;
      const known = async () => await readState(state) !== undefined;
      await until(
        async () => await known() || await gone(),
        `known or gone after ${ms} ms (of ${moments})`,
        15_000,
      );
      if (await known()) assert(!await gone(), `${ms} ms: known and not there`);
      await stopKept();
      await until(gone, `nothing is left after ${ms} ms (of ${moments})`, 15_000);
    }
  }));

Deno.test("a kept server ends when nobody has used it for long", () =>
  inPlace(async ({ keep, state, left }) => {
    await (await keep(2000)).status;
    assert((await left()).length > 0);
    await until(async () => (await left()).length === 0, "it ended", 20_000);
    await until(async () => await readState(state) === undefined, "it is forgotten", 5000);
  }));

Deno.test("a kept server does not end while a call holds its lock", () =>
  inPlace(async ({ keep, state, left }) => {
    await Deno.mkdir(join(state, ".."), { recursive: true });
    await Deno.writeTextFile(`${state}.lock`, `${Deno.pid} me`);
    await (await keep(1000)).status;
    await new Promise((resolve) => setTimeout(resolve, 5000));
    assert((await left()).length > 0);
    await Deno.remove(`${state}.lock`);
    await until(async () => (await left()).length === 0, "it ended", 20_000);
  }));

for (const what of ["directory", "state"] as const) {
  Deno.test(`a kept server ends when its ${what} is gone`, () =>
    inPlace(async (place) => {
      await (await place.keep()).status;
      await Deno.remove(place[what], { recursive: true });
      await until(async () => (await place.left()).length === 0, "it ended", 20_000);
    }));
}

Deno.test("a kept server ends when its state is another's", () =>
  inPlace(async ({ keep, state, left }) => {
    await (await keep()).status;
    await Deno.writeTextFile(state, "{}\n");
    await until(async () => (await left()).length === 0, "it ended", 20_000);
    assertEquals(await Deno.readTextFile(state), "{}\n");
  }));

Deno.test("stopKept stops a server that no state knows, and listKept lists it", () =>
  inPlace(async ({ left, state }) => {
    const dead = await new Deno.Command("true").spawn();
    await dead.status;
    const ownerId = `kept-${dead.pid}-${crypto.randomUUID()}`;
    const stray = new Deno.Command("node", {
      args: [
        "tests/fixtures/programs/opencode.mjs",
        "serve",
        "--port",
        "0",
        "--hostname",
        "127.0.0.1",
      ],
      env: { OPENCODE_TS_SERVER: ownerId, OPENCODE_TS_STATE: `${state}.not-there` },
      stdout: "null",
      stderr: "null",
    }).spawn();
    const mine = async () => (await listKept()).filter((one) => one.ownerId === ownerId);
    await until(async () => (await mine()).length === 1, "it is listed");
    assertEquals((await mine())[0], { pid: stray.pid, ownerId, running: true });
    await stopKept();
    assertEquals((await stray.status).success, false);
    assertEquals([await mine(), await left()], [[], []]);
  }));

Deno.test("a server that is being started is not taken for one without state", () =>
  inPlace(async ({ directory, state, left }) => {
    let seen: number[] | undefined;
    const server = await createOpencodeServer({
      binary: fakeProgram(),
      cwd: directory,
      cacheDirectory: join(directory, "cache"),
      persist: {
        log: join(directory, "log"),
        state,
        async onStarted({ pid }) {
          seen = (await listKept()).map((one) => one.pid).filter((one) => one === pid);
        },
      },
    });
    await server.close();
    assertEquals([seen, await left()], [[], []]);
  }));

Deno.test("a start whose onStarted fails leaves nothing", () =>
  inPlace(async ({ directory, state }) => {
    let pid = 0;
    const error = await createOpencodeServer({
      binary: fakeProgram(),
      cwd: directory,
      cacheDirectory: join(directory, "cache"),
      persist: {
        log: join(directory, "log"),
        state,
        onStarted(server) {
          pid = server.pid;
          return Promise.reject(new Error("no room"));
        },
      },
    }).catch((error) => error);
    assertEquals((error as Error).message, "no room");
    assertEquals(await lookAt(pid), "gone");
  }));
