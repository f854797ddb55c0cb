/**
 * Random command lines, run by real shells: a line that narrow rules allow runs nothing but what they
 * name, and writes nothing.
 *
 * `SHELL_LINES=100000` tries more, `SHELL_SEED=…` repeats a run.
 */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { splitCommandLine } from "../../src/tools/shell/command_line.ts";
import { decideAll, type Permissions } from "../../src/tools/permissions.ts";
import { test } from "../harness.ts";
import { withTree } from "./support.ts";

const RULES: Permissions = {
  bash: { "*": "deny", "echo *": "allow", "true *": "allow", "printf *": "allow" },
};

/** `evil` is a program that leaves a file where it runs. */
const PIECES = [
  ..."echo echo echo true printf evil evil evil x 1 2 -v 'a[$(evil)]' a[b] a= PATH=. then if do fi"
    .split(" "),
  ..."> >> < >& <& &> &>> >| <> << <<< >&1 >&2 2>&1 >&- 1>&2 >/dev/null 2>/dev/null </dev/null"
    .split(" "),
  ..."; | & && || |& ;; ! ( ) (( )) { } [[ ]] [ ] $( ) ` ${ } $[ $(( $' $\" $x $$ $? $# $ @( +( !("
    .split(" "),
  ..."' \" \\ # ~ * ? % ^ , + = : @ / ../ ../../x ./x @f ,x 'q' \"/../../x\" -1 {a,b} {x}".split(
    " ",
  ),
  "\\\n",
  "\n",
  " ",
  " ",
  " ",
  "\t",
  "\r",
  "\v",
  "\f",
  "\x01",
  "\u00a0",
  "\u2028",
  "é",
  "time",
  "coproc",
  "eval",
  "exec",
  "function",
  "case",
  "in",
  "esac",
  "for",
  "while",
  "done",
  "alias echo=evil",
  "echo(){ evil;}",
  "EOF\nevil\nEOF",
];

/** Lines that once were allowed, or nearly. */
const KNOWN = [
  'echo evil >&1"/../../x"',
  "echo evil >&1,x",
  "echo evil >&1@f",
  "echo evil >&2'q'",
  "echo evil >&1\\x",
  "echo evil >&1$x",
  "echo evil >&1~",
  "echo evil >&1é",
  "echo evil >/dev/null,x",
  'echo evil >/dev/null"/../x"',
  "echo evil >/dev/null@",
  "echo evil &>/dev/null evil",
  "echo evil &>/dev/null+x",
  "echo a\revil",
  "echo $[$(evil)]",
  'echo "$[`evil`]"',
  "printf -v 'a[$(evil)]' x",
  "printf ''-v 'a[$(evil)]' x",
  "printf \"-\"v 'a[$(evil)]' x",
  "true;\u00a0evil",
];

test("a narrow rule lets nothing else run, whatever the line, in bash and in sh", async () => {
  const { env, files } = host();
  const count = Number(env.get("SHELL_LINES") ?? 400);
  const seed = Number(env.get("SHELL_SEED") ?? Date.now() % 1e9);
  const random = mulberry(seed);
  const pick = () => PIECES[Math.floor(random() * PIECES.length)]!;
  const allowed: string[] = [];
  const consider = (line: string) => {
    const { commands, opaque } = splitCommandLine(line);
    if (decideAll(RULES, "bash", commands, opaque).action === "allow") allowed.push(line);
  };
  KNOWN.forEach(consider);
  for (let tries = 0; allowed.length < count; tries++) {
    const glue = random() < 0.5 ? " " : "";
    const length = 1 + Math.floor(random() * 9);
    consider(`echo${random() < 0.8 ? " " : ""}${Array.from({ length }, pick).join(glue)}`);
  }
  await withTree(async ({ inside }) => {
    const bin = join(inside, "bin");
    await files.makeDir(bin);
    await files.writeText(join(bin, "evil"), "#!/bin/sh\n: > evil-ran\n", { mode: 0o755 });
    for (const shell of ["/bin/bash", "/bin/sh"]) {
      const top = join(inside, shell.replaceAll("/", "_"));
      for (const [n, line] of allowed.entries()) {
        await files.makeDir(join(top, String(n), "a", "b"));
        await files.writeText(join(top, String(n), "line"), line);
      }
      // Each line in a directory of its own, all of them from one driver.
      const driver = 'cd "$1" || exit 1; for n in *; do line=$(cat "$n/line"; echo .); ' +
        '(cd "$n/a/b" && PATH=$2 exec "$3" -c "exec 2>&1; ${line%.}" </dev/null >/dev/null 2>&1); ' +
        'rm -f "$n/line"; done; find . ! -type d';
      const child = await host().spawn("/bin/sh", {
        args: ["-c", driver, "sh", top, bin, shell],
        stderr: "null",
      });
      const found = (await new Response(child.stdout).text()).trim();
      await child.status;
      const lines = found.split("\n").filter((path) => path !== "")
        .map((path) => JSON.stringify(allowed[Number(path.split("/")[1])]));
      assertEquals(lines, [], `${shell}, SHELL_SEED=${seed}`);
    }
  });
});

/** Numbers between 0 and 1, the same for the same seed. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
