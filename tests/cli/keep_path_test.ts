/** `--keep` from terminals that differ in their `PATH`. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { resolveBinary } from "../../src/binary/locate.ts";
import { host } from "../../src/runtime/host.ts";
import { test, UNIX } from "../harness.ts";
import { world } from "./command.ts";

const answer = (request: { messages: readonly { role: string }[] }) =>
  `user messages: ${request.messages.filter(({ role }) => role === "user").length}`;

test(
  "--keep: of two PATHs it matters which opencode program they lead to, and nothing else",
  async () => {
    await using here = await world(answer);
    const { path: binary } = await resolveBinary();
    const prepare = `for name in one two three; do mkdir "$1/$name"; done
    ln -s "$2" "$1/one/opencode"; ln -s "$2" "$1/two/opencode"
    printf '#!/bin/sh\\nexec "%s" "$@"\\n' "$2" > "$1/three/opencode"; chmod 755 "$1/three/opencode"`;
    const child = await host().spawn("sh", {
      args: ["-c", prepare, "sh", here.home, binary],
      stdout: "null",
      stderr: "null",
    });
    assertEquals((await child.status).code, 0);
    const keep = (names: string[], more: Record<string, string> = {}) => {
      const own = names.map((name) => join(here.home, name));
      const env = { OPENCODE_BIN: "", PATH: [...own, host().env.get("PATH")].join(":") };
      return here.run(["--keep", "x"], { env: { ...env, ...more } });
    };
    const first = await keep(["one"]);
    assertEquals([first.code, first.out, first.err], [0, "user messages: 1\n", ""]);
    const servers = await here.servers();
    const second = await keep(["two"]);
    assertEquals([second.out, second.err], ["user messages: 2\n", ""]);
    // what is for this program alone, and what an opencode server adds for its shell, count as little
    const aside = { OPENCODE_LOG: "error", OPENCODE_PID: "1" };
    const third = await keep(["no-such", "one", "three"], aside);
    assertEquals([third.out, third.err], ["user messages: 3\n", ""]);
    const named = await here.run(["--binary", "/no/such/opencode", "x"]);
    assertEquals([named.code, named.out], [3, ""], "a program that is named is not passed over");
    assertStringIncludes(named.err, 'Cannot use "/no/such/opencode" (--binary)');
    assertEquals([await here.servers(), servers.length], [servers, 1]);
    const other = await keep(["three", "one"]);
    assertEquals([other.code, other.out], [0, "user messages: 4\n"], other.err);
    assertStringIncludes(other.err, "the opencode program");
  },
  { os: UNIX },
);
