/**
 * Many starts and stops: nothing may pile up.
 *
 * 50 in a row of the stand-in; 3 in a row and 4 at once of the real server. Of that one 50 in a row and
 * 8 at once, some two minutes: `OPENCODE_TEST_LONG=1 deno task test:deno tests/server/repeat_test.ts`.
 */
import { assertEquals } from "@std/assert";
import { createOpencodeServer, downloadBinary } from "../../src/server/mod.ts";
import { fakeProgram, processesOf, until, withTempDir } from "./fixtures.ts";

async function openFiles(): Promise<number> {
  const { stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", "ls /proc/$PPID/fd | wc -l"],
  }).output();
  return Number(new TextDecoder().decode(stdout));
}

/** Homes of isolated servers that were made and not removed. */
async function homesIn(dir: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(dir), ({ name }) => name);
  return names.filter((name) => name.startsWith("opencode-home-"));
}

async function startAndStop(binary: string): Promise<string> {
  const server = await createOpencodeServer({ binary, isolated: true });
  await server.close();
  return server.ownerId;
}

/** Starts and stops, and looks for processes and open files that stayed. */
async function inARow(rounds: number, binary: string): Promise<void> {
  await startAndStop(binary);
  const before = await openFiles();
  for (let i = 0; i < rounds; i++) {
    assertEquals(await processesOf(await startAndStop(binary)), []);
  }
  await closedAgain(before);
}

/**
 * Waits until no more files are open than before: the last ones of a busy machine close a moment after
 * their server. Deno opens a pair of sockets for signals once; a leak grows with each round, and stays.
 */
async function closedAgain(before: number): Promise<void> {
  await until(async () => await openFiles() <= before + 2, `no more than ${before} open files`);
}

/** Runs with a directory of one's own for temporary files. */
async function withOwnTemp(
  run: (dir: string, binary: string) => Promise<void>,
  program?: string,
): Promise<void> {
  const path = program ?? (await downloadBinary()).path;
  await withTempDir(async (dir) => {
    const before = Deno.env.get("TMPDIR");
    Deno.env.set("TMPDIR", dir);
    try {
      await run(dir, path);
      assertEquals(await homesIn(dir), []);
    } finally {
      if (before === undefined) Deno.env.delete("TMPDIR");
      else Deno.env.set("TMPDIR", before);
    }
  });
}

const [rounds, atOnce] = Deno.env.get("OPENCODE_TEST_LONG") === "1" ? [50, 8] : [3, 4];

Deno.test(`createOpencodeServer leaves nothing when it is called ${rounds} times in a row`, () =>
  withOwnTemp((_dir, binary) => inARow(rounds, binary)));

Deno.test("createOpencodeServer leaves nothing of the stand-in when it is called 50 times in a row", () =>
  withOwnTemp((_dir, binary) => inARow(50, binary), fakeProgram()));

Deno.test(`createOpencodeServer leaves nothing when it is called ${atOnce} times at once`, () =>
  withOwnTemp(async (_dir, binary) => {
    const before = await openFiles();
    const servers = await Promise.all(
      Array.from(
        { length: atOnce },
        () => createOpencodeServer({ binary, isolated: true, timeout: 90_000 }),
      ),
    );
    assertEquals(new Set(servers.map(({ port }) => port)).size, atOnce);
    await Promise.all(servers.map((server) => server.close()));
    for (const server of servers) assertEquals(await processesOf(server.ownerId), []);
    await closedAgain(before);
  }));
