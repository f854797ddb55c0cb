// Deno alone: a program of its own is given a terminal, by util-linux's `script`.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { stdArgs } from "../../scripts/deno.ts";

const ON_LINUX = { ignore: Deno.build.os !== "linux" };

Deno.test(
  "ask is asked on the terminal, one question at a time, and always is remembered",
  ON_LINUX,
  async () => {
    const fixture = new URL("./fixtures/asks.ts", import.meta.url).pathname;
    const command = [Deno.execPath(), "run", "-A", "--quiet", ...await stdArgs(), fixture];
    const child = new Deno.Command("script", {
      args: ["-qec", command.map((part) => `'${part}'`).join(" "), "/dev/null"],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let seen = "";
    const answer = async (question: RegExp, line: string) => {
      while (!question.test(seen)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`It ended with ${JSON.stringify(seen)}`);
        seen += value;
      }
      await writer.write(new TextEncoder().encode(`${line}\n`));
    };
    await answer(/echo one\s+Allow\? [^:]*: $/, "y");
    await answer(/echo two[^]*Allow\? [^:]*: $/, "");
    await answer(/echo three\s+Allow\? [^:]*: $/, "a");
    await writer.close();
    for (let done = false; !done;) {
      const read = await reader.read();
      done = read.done;
      seen += read.value ?? "";
    }
    assertEquals((await child.status).code, 0);
    assertStringIncludes(seen, '["ok","refused","ok","ok"]');
    // What a terminal would obey is not handed to it.
    assertMatch(seen, /echo two \ufffd\[31m/);
    assertEquals(seen.includes("echo four"), false);
  },
);
