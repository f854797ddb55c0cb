/** The port's contract, held against the adapter of this runtime, and on Deno against Node's too. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { test } from "../harness.ts";
import { host } from "../../src/runtime/host.ts";
import { createRuntime as createNodeRuntime } from "../../src/runtime/node.ts";
import type { Runtime } from "../../src/runtime/port.ts";

function contract(name: string, runtime: () => Runtime): void {
  const check = (title: string, run: (runtime: Runtime) => Promise<void>) =>
    test(`${name}: ${title}`, () => run(runtime()));
  const inTempDir = (title: string, run: (runtime: Runtime, dir: string) => Promise<void>) =>
    check(title, async (rt) => {
      const dir = await rt.files.makeTempDir({ prefix: "port-" });
      try {
        await run(rt, dir);
      } finally {
        await rt.files.remove(dir, { recursive: true });
      }
    });

  check("spawn gives output, exit code and pid", async (rt) => {
    const child = await rt.spawn("sh", {
      args: ["-c", 'printf "%s" "$1"; exit 3', "sh", "a 'b' $c"],
    });
    assert(child.pid > 0);
    assertEquals(child.stdin, null);
    const [out, err, status] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.status,
    ]);
    assertEquals([out, err, status], ["a 'b' $c", "", { success: false, code: 3, signal: null }]);
    assertEquals(child.kill(), false);
  });

  check("spawn rejects with not_found when there is no such program", async (rt) => {
    const error = await assertRejects(() => rt.spawn("/nowhere/program"));
    assertEquals(rt.failureKind(error), "not_found");
  });

  check("spawn rejects with not_found when there is no such directory", async (rt) => {
    const error = await assertRejects(() => rt.spawn("sh", { cwd: "/nowhere/at/all" }));
    assertEquals(rt.failureKind(error), "not_found");
    assertMatch(String(error), /\/nowhere\/at\/all/);
  });

  inTempDir("spawn rejects with permission_denied when the file is no program", async (rt, dir) => {
    await rt.files.writeText(`${dir}/plain`, "hello", { mode: 0o644 });
    const error = await assertRejects(() => rt.spawn(`${dir}/plain`));
    assertEquals(rt.failureKind(error), "permission_denied");
  });

  check("spawn adds to the environment, or replaces it", async (rt) => {
    rt.env.set("PORT_TEST_INHERITED", "yes");
    const say = async (clearEnv: boolean) => {
      const child = await rt.spawn("/bin/sh", {
        args: ["-c", 'echo "$PORT_TEST_INHERITED:$ADDED"'],
        env: { ADDED: "1" },
        clearEnv,
        stderr: "null",
      });
      const text = await new Response(child.stdout).text();
      await child.status;
      return text;
    };
    assertEquals(await say(false), "yes:1\n");
    assertEquals(await say(true), ":1\n");
    rt.env.delete("PORT_TEST_INHERITED");
    assertEquals(rt.env.get("PORT_TEST_INHERITED"), undefined);
    assertEquals("PORT_TEST_INHERITED" in rt.env.toObject(), false);
  });

  check("spawn passes standard input on, and closing it ends it", async (rt) => {
    const child = await rt.spawn("cat", { stdin: "piped", stderr: "null" });
    const out = new Response(child.stdout).text();
    const writer = child.stdin!.getWriter();
    await writer.write(new TextEncoder().encode("one "));
    await writer.write(new TextEncoder().encode("two"));
    await writer.close();
    assertEquals(await out, "one two");
    assertEquals((await child.status).success, true);
  });

  check("writing to a child that is gone rejects, and nothing more", async (rt) => {
    const child = await rt.spawn("true", { stdin: "piped", stdout: "null", stderr: "null" });
    await child.status;
    const writer = child.stdin!.getWriter();
    await assertRejects(async () => {
      for (let i = 0; i < 100; i++) await writer.write(new Uint8Array(65536));
    });
    await writer.abort().catch(() => {});
  });

  check("closing the stdin of a child that is gone resolves, written to or not", async (rt) => {
    const gone = async () => {
      const child = await rt.spawn("true", { stdin: "piped", stdout: "null", stderr: "null" });
      await child.status;
      await wait(100);
      return child.stdin!;
    };
    const settled = async (work: Promise<unknown>) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const tooSlow = new Promise((resolve) => timer = setTimeout(() => resolve("never"), 5000));
      const first = await Promise.race([work.then(() => "at once", () => "at once"), tooSlow]);
      clearTimeout(timer);
      return first;
    };
    assertEquals(await settled((await gone()).close()), "at once");
    const writer = (await gone()).getWriter();
    const writes = Array.from({ length: 4 }, () => writer.write(new Uint8Array(65536)));
    assertEquals(await settled(Promise.allSettled([...writes, writer.close()])), "at once");
    await writer.closed.catch(() => {});
  });

  check("a child's output waits for its reader", async (rt) => {
    const child = await rt.spawn("sh", {
      args: ["-c", "head -c 3000000 /dev/zero; echo done >&2"],
    });
    const errors = child.stderr!.getReader();
    const early = errors.read();
    const first = await Promise.race([early.then(() => "all"), wait(150).then(() => "waiting")]);
    assertEquals(first, "waiting");
    assertEquals((await new Response(child.stdout).arrayBuffer()).byteLength, 3_000_000);
    assertEquals(new TextDecoder().decode((await early).value), "done\n");
    assertEquals((await errors.read()).done, true);
    await child.status;
  });

  check("kill ends a child, and the status names the signal", async (rt) => {
    const child = await rt.spawn("sleep", { args: ["60"], stdout: "null", stderr: "null" });
    assertEquals(rt.platform.isAlive(child.pid), true);
    assertEquals(child.kill("SIGTERM"), true);
    assertEquals(await child.status, { success: false, code: 143, signal: "SIGTERM" });
    assertEquals(rt.platform.isAlive(child.pid), false);
    assertEquals(rt.platform.kill(child.pid, "SIGKILL"), false);
  });

  check("a detached child leads a group that a negative id signals", async (rt) => {
    const child = await rt.spawn("sh", {
      args: ["-c", "sleep 60 & echo $!; wait"],
      detached: true,
      stderr: "null",
    });
    const reader = child.stdout!.getReader();
    const grandchild = Number(new TextDecoder().decode((await reader.read()).value));
    assertEquals(rt.platform.kill(-child.pid, "SIGKILL"), true);
    assertEquals((await child.status).signal, "SIGKILL");
    await until(() => !rt.platform.isAlive(grandchild) || isZombie(rt, grandchild));
    await reader.cancel();
  });

  check("cancelling a child's output lets it end by itself", async (rt) => {
    const child = await rt.spawn("sh", {
      args: ["-c", "while echo line; do :; done"],
      stderr: "null",
    });
    const reader = child.stdout!.getReader();
    await reader.read();
    await reader.cancel();
    await child.status;
  });

  inTempDir("files are written, read, listed and removed", async (rt, dir) => {
    const { files } = rt;
    await files.makeDir(`${dir}/a/b`);
    await files.makeDir(`${dir}/a/b`);
    await files.writeText(`${dir}/a/text`, "grüße");
    await files.writeText(`${dir}/a/text`, "!", { append: true });
    assertEquals(await files.readText(`${dir}/a/text`), "grüße!");
    await files.writeBytes(`${dir}/a/bytes`, new Uint8Array([1, 2, 3]), { mode: 0o600 });
    assertEquals(await files.readBytes(`${dir}/a/bytes`), new Uint8Array([1, 2, 3]));
    assertEquals(files.readBytesSync(`${dir}/a/bytes`), new Uint8Array([1, 2, 3]));
    assertEquals((await files.stat(`${dir}/a/bytes`)).mode, 0o600);
    await files.symlink("text", `${dir}/a/link`);
    await files.symlink("nothing", `${dir}/a/dangling`);
    assertEquals(await files.exists(`${dir}/a/link`), true);
    assertEquals(await files.exists(`${dir}/a/dangling`), false);
    assertEquals(await files.exists(`${dir}/a/text/below`), false);
    assertEquals(await files.readLink(`${dir}/a/link`), "text");
    assertEquals(await files.realPath(`${dir}/a/link`), await files.realPath(`${dir}/a/text`));
    const listed = (await files.readDir(`${dir}/a`)).sort((a, b) => a.name < b.name ? -1 : 1);
    assertEquals(listed, files.readDirSync(`${dir}/a`).sort((a, b) => a.name < b.name ? -1 : 1));
    assertEquals(listed.map((one) => [one.name, one.isFile, one.isDirectory, one.isSymlink]), [
      ["b", false, true, false],
      ["bytes", true, false, false],
      ["dangling", false, false, true],
      ["link", false, false, true],
      ["text", true, false, false],
    ]);
    const [stat, lstat] = [await files.stat(`${dir}/a/link`), await files.lstat(`${dir}/a/link`)];
    assertEquals([stat.isFile, stat.isSymlink, stat.size], [true, false, 8]);
    assertEquals([lstat.isFile, lstat.isSymlink], [false, true]);
    assertEquals(files.statSync(`${dir}/a/link`), stat);
    assertEquals(files.lstatSync(`${dir}/a/link`), lstat);
    assert(stat.ino > 0 && stat.dev > 0);
    await files.setTimes(`${dir}/a/text`, 1_000_000_000_000, 1_100_000_000_000);
    assertEquals((await files.stat(`${dir}/a/text`)).mtimeMs, 1_100_000_000_000);
    await files.chmod(`${dir}/a/text`, 0o640);
    await files.copy(`${dir}/a/text`, `${dir}/a/copy`);
    await files.rename(`${dir}/a/copy`, `${dir}/a/text`);
    await files.remove(`${dir}/a/link`);
    await files.remove(`${dir}/a/link`);
    files.removeSync(`${dir}/a/bytes`);
    files.removeSync(`${dir}/a/bytes`);
    await files.remove(`${dir}/a/b`);
    await files.remove(`${dir}/a`, { recursive: true });
    await files.remove(`${dir}/a`, { recursive: true });
    files.removeSync(`${dir}/a`, { recursive: true });
    assertEquals(await files.readDir(dir), []);
  });

  inTempDir("failures of the file system are told apart", async (rt, dir) => {
    const { files } = rt;
    await files.writeText(`${dir}/file`, "");
    const kindOf = async (run: () => Promise<unknown>) => rt.failureKind(await assertRejects(run));
    assertEquals(await kindOf(() => files.readText(`${dir}/none`)), "not_found");
    assertEquals(
      await kindOf(() => files.writeText(`${dir}/file`, "", { createNew: true })),
      "already_exists",
    );
    assertEquals(
      await kindOf(() => files.open(`${dir}/file`, { write: true, createNew: true })),
      "already_exists",
    );
    assertEquals(await kindOf(() => files.readText(dir)), "is_a_directory");
    assertEquals(await kindOf(() => files.readDir(`${dir}/file`)), "not_a_directory");
    assertEquals(await kindOf(() => files.remove(dir)), "not_empty");
    await files.symlink("loop", `${dir}/loop`);
    assertEquals(await kindOf(() => files.realPath(`${dir}/loop`)), "too_many_links");
    assertEquals(await kindOf(() => files.readBytes(`${dir}/loop`)), "too_many_links");
    assertEquals(rt.failureKind(new Error("any")), "other");
    assertEquals(rt.failureKind(undefined), "other");
  });

  inTempDir("an open file reads to its end, writes all, and closes twice", async (rt, dir) => {
    const out = await rt.files.open(`${dir}/f`, { write: true, createNew: true, mode: 0o600 });
    await out.write(new Uint8Array(300_000).fill(7));
    await out.sync();
    assertEquals((await out.stat()).size, 300_000);
    await out.close();
    await out.close();
    const input = await rt.files.open(`${dir}/f`, { read: true });
    const buffer = new Uint8Array(65536);
    let total = 0;
    for (let n; (n = await input.read(buffer)) !== null;) total += n;
    assertEquals(total, 300_000);
    assertEquals(await input.readAt(buffer, 299_990), 10);
    assertEquals(await input.readAt(buffer, 300_000), null);
    await input.close();
    const more = await rt.files.open(`${dir}/f`, { append: true });
    await more.write(new Uint8Array(1));
    await more.close();
    assertEquals((await rt.files.stat(`${dir}/f`)).size, 300_001);
    const over = await rt.files.open(`${dir}/f`, { write: true, truncate: true });
    await over.close();
    assertEquals((await rt.files.stat(`${dir}/f`)).size, 0);
  });

  inTempDir("stat gives a file's time in whole milliseconds", async (rt, dir) => {
    const path = `${dir}/file`;
    await rt.files.writeText(path, "x");
    const written = [0.25, 0.5, 0.75].map((part) => 1_700_000_000_000 + 1000 * part + part);
    for (const mtimeMs of written) {
      await rt.files.setTimes(path, mtimeMs, mtimeMs);
      assertEquals((await rt.files.stat(path)).mtimeMs, Math.floor(mtimeMs));
    }
  });

  check("createHash digests what is fed in pieces", (rt) => {
    const hash = rt.createHash("sha512");
    hash.update(new TextEncoder().encode("a"));
    hash.update(new TextEncoder().encode("bc"));
    assertMatch(hash.digest("hex"), /^ddaf35a193617aba.*54ca49f$/);
    const short = rt.createHash("sha256");
    short.update(new Uint8Array());
    assertEquals(short.digest("base64"), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    return Promise.resolve();
  });

  check("platform knows the machine and this process", async (rt) => {
    const { platform } = rt;
    assert(["linux", "darwin", "windows"].includes(platform.os));
    assert(["x64", "arm64"].includes(platform.arch));
    assertEquals(platform.isAlive(platform.pid), true);
    assertMatch(platform.version, /^\d+\.\d+/);
    assertEquals((await rt.files.stat(platform.execPath())).isFile, true);
    assertEquals((await rt.files.stat(platform.cwd())).isDirectory, true);
    assertEquals((await rt.files.stat(platform.homeDir())).isDirectory, true);
    assertEquals((await rt.files.stat(platform.tmpDir())).isDirectory, true);
    platform.onExit(() => {})();
  });

  check("onSignal calls back until it is undone", async (rt) => {
    let calls = 0;
    const undo = rt.platform.onSignal("SIGHUP", () => calls++);
    assertEquals(rt.platform.kill(rt.platform.pid, "SIGHUP"), true);
    await until(() => calls === 1);
    undo();
    assertEquals(calls, 1);
  });

  check("an unref'd timer is still cleared like another", (rt) => {
    const timer = setTimeout(() => {}, 60_000);
    rt.platform.unrefTimer(timer);
    clearTimeout(timer);
    return Promise.resolve();
  });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(condition: () => boolean, ms = 5000): Promise<void> {
  for (const end = Date.now() + ms; !condition();) {
    assert(Date.now() < end, "the condition did not come true in time");
    await wait(5);
  }
}

/** Dead, but not yet taken note of by the process that inherited it. */
function isZombie(rt: Runtime, pid: number): boolean {
  try {
    const stat = new TextDecoder().decode(rt.files.readBytesSync(`/proc/${pid}/stat`));
    return /\) [ZX] /.test(stat);
  } catch {
    return true;
  }
}

contract("host", host);
if ("Deno" in globalThis) {
  test("stat and the environment say the same on each runtime, to be compared", async () => {
    const [here, there] = [host(), createNodeRuntime()];
    const dir = await here.files.makeTempDir();
    try {
      assertEquals(await there.files.stat(dir), await here.files.stat(dir));
      assertEquals(there.env.toObject(), here.env.toObject());
    } finally {
      await here.files.remove(dir);
    }
  });
}
if ("Deno" in globalThis) contract("node adapter on deno", createNodeRuntime);
