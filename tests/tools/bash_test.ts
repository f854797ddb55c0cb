import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { test } from "../harness.ts";
import { plant, until, withExecutor } from "./support.ts";

const alive = (pid: number) => host().platform.isAlive(pid) && !isZombie(pid);

/** A killed grandchild stays a zombie where nobody reaps it. */
function isZombie(pid: number): boolean {
  try {
    const text = new TextDecoder().decode(host().files.readBytesSync(`/proc/${pid}/stat`));
    return text.slice(text.lastIndexOf(")")).startsWith(") Z");
  } catch {
    return false;
  }
}

/** The ids that a command wrote, one a file. */
async function pids(inside: string, names: readonly string[]): Promise<number[]> {
  const found: number[] = [];
  for (const name of names) {
    const path = join(inside, name);
    await until(async () =>
      await host().files.exists(path) && (await host().files.readText(path)).includes("\n")
    );
    found.push(Number(await host().files.readText(path)));
  }
  return found;
}

const FAMILY = `
sh -c 'echo $$ > child; sh -c "echo \\$\\$ > grandchild; sleep 300" & sleep 300' &
setsid sh -c 'echo $$ > runaway; trap "" TERM; while true; do sleep 1; done' &
trap '' TERM
echo started
while true; do sleep 1; done`;

test("bash gives output, errors in their place, and the exit code", async () => {
  await withExecutor({}, async (executor, inside) => {
    const cases: [string, string, number][] = [
      ["echo hello", "hello\n", 0],
      ["printf 'no newline'", "no newline", 0],
      ["true", "(no output)", 0],
      ["echo out; echo err >&2; echo again", "out\nerr\nagain\n", 0],
      ["exit 3", "[exit code 3]", 3],
      ["echo x; false", "x\n[exit code 1]", 1],
      ["printf x; exit 2", "x\n[exit code 2]", 2],
      ["cat <<EOF\n$((1+1)) naïve\nEOF", "2 naïve\n", 0],
      ["# only a comment", "(no output)", 0],
      ["pwd", `${inside}\n`, 0],
    ];
    for (const [command, text, exitCode] of cases) {
      const result = await executor.execute("bash", { command });
      assertEquals(
        [result.status, result.text, result.metadata.exitCode],
        ["ok", text, exitCode],
        command,
      );
    }
    const broken = await executor.execute("bash", { command: "if (" });
    assertEquals(broken.metadata.exitCode, 2);
    assertStringIncludes(broken.text, "syntax error");
    const missing = await executor.execute("bash", { command: "not-a-program-at-all" });
    assertEquals(missing.metadata.exitCode, 127);
    assertStringIncludes(missing.text, "not found");
    const killed = await executor.execute("bash", { command: "echo a; kill -KILL $$" });
    assertEquals([killed.status, killed.metadata.signal, killed.metadata.exitCode], [
      "error",
      "SIGKILL",
      null,
    ]);
    assertEquals(killed.text, "a\n[ended by SIGKILL]");
  });
});

test("bash closes standard input and has no terminal", async () => {
  await withExecutor({}, async (executor) => {
    const read = await executor.execute("bash", { command: "cat; read line; echo end=$?; tty" });
    assertMatch(read.text, /^end=1\nnot a tty\n/);
    const opened = await executor.execute("bash", {
      command: "(: < /dev/tty) 2>/dev/null || echo none",
    });
    assertEquals(opened.text, "none\n");
  });
});

test("bash runs in a directory below the working directory when cwd says so", async () => {
  await withExecutor({}, async (executor, inside) => {
    await plant(inside, { "sub/a": "" });
    const { text } = await executor.execute("bash", { command: "pwd; ls", cwd: "sub" });
    assertEquals(text, `${inside}/sub\na\n`);
    const missing = await executor.execute("bash", { command: "pwd", cwd: "nowhere" });
    assertEquals(missing.status, "error");
  });
});

test("bash ends children, grandchildren and runaways when the time is up", async () => {
  await withExecutor({}, async (executor, inside) => {
    const started = Date.now();
    const running = executor.execute("bash", { command: FAMILY, timeout: 2.5 });
    const family = await pids(inside, ["child", "grandchild", "runaway"]);
    for (const pid of family) assert(alive(pid));
    const result = await running;
    assertEquals(result.status, "timeout");
    assertEquals(
      result.text,
      "started\n[timed out after 2.5 s; the command and the processes it started were killed]",
    );
    assert(Date.now() - started < 20_000);
    for (const pid of family) await until(() => !alive(pid));
  });
});

test("bash ends children, grandchildren and runaways when the signal aborts", async () => {
  await withExecutor({}, async (executor, inside) => {
    const controller = new AbortController();
    const running = executor.execute("bash", { command: FAMILY }, { signal: controller.signal });
    const family = await pids(inside, ["child", "grandchild", "runaway"]);
    controller.abort();
    const result = await running;
    assertEquals(result.status, "aborted");
    assertStringIncludes(result.text, "started\n[aborted;");
    for (const pid of family) await until(() => !alive(pid));
  });
});

test("bash gives the default bound from the executor's timeout", async () => {
  await withExecutor({ timeout: 300 }, async (executor) => {
    assertEquals((await executor.execute("bash", { command: "sleep 20" })).status, "timeout");
    const own = await executor.execute("bash", { command: "sleep 0.5; echo done", timeout: 10 });
    assertEquals([own.status, own.text], ["ok", "done\n"]);
  });
});

test("bash does not wait for background children, and close ends them", async () => {
  await withExecutor({}, async (executor, inside) => {
    const started = Date.now();
    const holding = await executor.execute("bash", {
      command: "sleep 300 & echo $! > one; echo hi",
    });
    assertEquals([holding.status, holding.text, holding.metadata.background], ["ok", "hi\n", true]);
    const silent = await executor.execute("bash", {
      command: "sleep 300 > log 2>&1 < /dev/null & echo $! > two; echo hi",
    });
    assertEquals([silent.status, silent.text, silent.metadata.background], ["ok", "hi\n", true]);
    const nohup = await executor.execute("bash", {
      command: "nohup setsid sleep 300 & echo $! > three",
    });
    assertEquals(nohup.status, "ok");
    assert(Date.now() - started < 60_000);
    const family = await pids(inside, ["one", "two", "three"]);
    for (const pid of family) assert(alive(pid));
    await executor.close();
    for (const pid of family) await until(() => !alive(pid));
    const plain = await executor.execute("bash", { command: "echo late" });
    assertEquals(plain.status, "aborted");
  });
});

test("bash keeps the beginning and the end of long output, and says what was cut", async () => {
  await withExecutor({ maxOutput: 1000 }, async (executor) => {
    const { text, metadata } = await executor.execute("bash", { command: "seq 1 100000" });
    assert(text.startsWith("1\n2\n3\n"), text.slice(0, 50));
    assert(text.endsWith("\n99999\n100000\n"));
    assertMatch(text, /\[… 587895 of 588895 bytes of output cut here …\]/);
    assert(text.length < 1100);
    assertEquals([metadata.bytes, metadata.truncated], [588895, true]);
    const whole = await executor.execute("bash", {
      command: "head -c 1000 /dev/zero | tr '\\0' x",
    });
    assertEquals([whole.text, whole.metadata.truncated], ["x".repeat(1000), false]);
    // Characters of several bytes are not cut in two.
    const wide = await executor.execute("bash", { command: "yes 日本語 | head -n 5000" });
    assert(!wide.text.includes("\ufffd"), wide.text);
  });
});

test("bash turns binary output into text that can be sent", async () => {
  await withExecutor({}, async (executor) => {
    const { status, text, metadata } = await executor.execute("bash", {
      command: "printf 'a\\0b\\001\\377c\\n'; head -c 3000 /dev/urandom",
    });
    assertEquals(status, "ok");
    assert(text.startsWith("a\ufffdb\ufffd\ufffdc\n"));
    // deno-lint-ignore no-control-regex
    assert(!/[\0-\x08\x0e-\x1a]/.test(text));
    assertEquals(metadata.bytes, 3007);
  });
});

test("bash says what is wrong with a command or a directory that can't be used", async () => {
  await withExecutor({}, async (executor, inside) => {
    await plant(inside, { "a.txt": "" });
    const text = async (input: Record<string, unknown>) =>
      (await executor.execute("bash", { command: "echo", ...input })).text;
    assertEquals(await text({ cwd: "nope" }), "The directory nope does not exist");
    assertEquals(await text({ cwd: "a.txt" }), "a.txt is not a directory");
    assertEquals(await text({ command: "echo \0" }), "The command holds a NUL character");
    assertMatch(await text({ command: `echo ${"é".repeat(70_000)}` }), /longer than 120000 bytes/);
    const wrong = await text({ command: "echo one\nls;;" });
    assertMatch(wrong, /syntax error/i);
    assertEquals(/ulimit|2>&1/.test(wrong), false, wrong);
    assertMatch(await text({ command: `echo "$0 $# $1"` }), /sh 0 \n$/);
    const long = await text({ command: `echo ${"x".repeat(110_000)} | wc -c` });
    assertEquals(long.trim(), "110001");
  });
});

test("bash calls run side by side", async () => {
  await withExecutor({}, async (executor) => {
    // each ends only when all have begun
    const rest = "while [ $(ls | wc -l) -lt 8 ]; do sleep 0.05; done";
    const results = await Promise.all(
      Array.from(
        { length: 8 },
        (_, i) => executor.execute("bash", { command: `touch ${i}; ${rest}; echo ${i}` }),
      ),
    );
    assertEquals(
      results.map((result) => result.text),
      [0, 1, 2, 3, 4, 5, 6, 7].map((i) => `${i}\n`),
    );
  });
});

test("bash leaves no listener on the signal", async () => {
  await withExecutor({}, async (executor) => {
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    await executor.execute("bash", { command: "echo hi" }, { signal });
    await executor.execute("bash", { command: "sleep 9", timeout: 0.1 }, { signal });
    await executor.execute("read", { path: "not-there" }, { signal });
    assertEquals(listeners, 0);
  });
});
