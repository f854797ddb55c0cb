/**
 * The tools beside what does the same without them: `grep` and `glob` beside ripgrep on a tree of
 * 20 000 files, `bash` beside a bare `Deno.Command`. Medians, both sides in turn in one run.
 *
 * `deno run -A scripts/deno.ts run -A bench/tools.ts` (`RIPGREP` names a ripgrep that is not on the PATH)
 */
import { findProgram } from "../src/tools/shell/programs.ts";
import { ToolExecutor } from "../src/tools/mod.ts";

const ROUNDS = Number(Deno.env.get("ROUNDS") ?? 7);
const rg = Deno.env.get("RIPGREP") ?? await findProgram("rg", Deno.cwd());

/** About 20 000 files and 355 MB, a tenth of them left out by .gitignore files, some binary. */
async function makeTree(): Promise<string> {
  const root = await Deno.makeTempDir({ prefix: "bench-tools-" });
  let seed = 7;
  const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const words =
    "const let function return await import export class value index result error path file name type string number promise stream event session client server the a of to and in"
      .split(" ");
  const text = (bytes: number): string => {
    const lines: string[] = [];
    for (let size = 0; size < bytes;) {
      let line = "  ".repeat(random(4));
      for (let i = 3 + random(9); i > 0; i--) line += `${words[random(words.length)]} `;
      lines.push(line);
      size += line.length + 1;
    }
    return lines.join("\n") + "\n";
  };
  const pool = Array.from({ length: 40 }, () => text(16_000));
  const extensions = ["ts", "ts", "ts", "js", "json", "md", "css", "txt"];
  await Deno.writeTextFile(`${root}/.gitignore`, "node_modules/\n*.log\n/dist\n");
  await Deno.mkdir(`${root}/.git`);
  let bytes = 0;
  for (let i = 0; i < 20_000; i++) {
    const directory = `${root}/${i % 10 === 0 ? "node_modules/" : ""}pkg${i % 40}/src/m${i % 400}`;
    if (i < 4000) await Deno.mkdir(directory, { recursive: true });
    const size = 2_000 + random(31_500);
    let content = pool[random(40)]!.slice(random(8000)).padEnd(size, pool[random(40)]!).slice(
      0,
      size,
    );
    if (i % 200 === 3) {
      content = content.slice(0, size / 2) + "\nfunction rareNeedle(x) {\n" +
        content.slice(size / 2);
    }
    const name = `${directory}/f${i}.${i % 97 === 0 ? "log" : extensions[random(8)]}`;
    if (i % 150 === 1) await Deno.writeFile(`${directory}/b${i}.bin`, new Uint8Array(size));
    await Deno.writeTextFile(name, content);
    bytes += size;
    if (i % 400 === 0) await Deno.writeTextFile(`${directory}/.gitignore`, "*.tmp\n!keep.tmp\n");
  }
  console.log(`20000 files, ${(bytes / 1e6).toFixed(0)} MB in ${root}`);
  return root;
}

type Run = () => Promise<unknown>;

async function compare(
  name: string,
  base: Run,
  ours: Run,
  goal: number,
  rounds = ROUNDS,
): Promise<void> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    for (const [side, run] of [base, ours].entries()) {
      const start = performance.now();
      await run();
      if (round > 0) times[side]!.push(performance.now() - start);
    }
  }
  const [a, b] = times.map((list) => list.sort((x, y) => x - y)[list.length >> 1]!) as [
    number,
    number,
  ];
  const ratio = b / a;
  const verdict = ratio <= goal ? "ok" : "MISSED";
  console.log(
    `${name.padEnd(58)} ${a.toFixed(1).padStart(8)} ms ${b.toFixed(1).padStart(8)} ms  ${
      ratio.toFixed(2).padStart(5)
    } ×  (goal ${goal}) ${verdict}`,
  );
}

async function output(
  command: string,
  args: string[],
  cwd: string,
  detached = false,
): Promise<number> {
  const child = new Deno.Command(command, {
    args,
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    detached,
  }).spawn();
  const reader = child.stdout.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(65536);
  let size = 0;
  while (true) {
    const { value, done } = await reader.read(new Uint8Array(buffer));
    if (done) break;
    size += value.length;
    buffer = value.buffer as ArrayBuffer;
  }
  await child.status;
  return size;
}

const root = await makeTree();
try {
  const bash = new ToolExecutor({ workdir: root, permissions: "allow" });
  const bare = (command: string) => () => output("/bin/bash", ["-c", command], root);
  const tool = (command: string) => () => bash.execute("bash", { command });
  await compare("bash true, over Deno.Command", bare("true"), tool("true"), 1.2, 31);
  // What makes it possible to end all that a command started: a group of its own.
  const group = () => output("/bin/bash", ["-c", "true"], root, true);
  await compare("bash true, over Deno.Command with a process group", group, tool("true"), 1.2, 31);
  const flood = "head -c 100000000 /dev/zero";
  await compare("bash 100 MB of output, over a BYOB read", bare(flood), tool(flood), 1.5);
  if (rg === undefined) {
    console.log("No ripgrep: nothing to compare grep and glob with. Set RIPGREP");
  } else {
    console.log(
      (await new Deno.Command(rg, { args: ["--version"] }).output().then(({ stdout }) =>
        new TextDecoder().decode(stdout)
      )).split("\n")[0],
    );
    const fast = new ToolExecutor({ workdir: root, rg });
    const plain = new ToolExecutor({ workdir: root, rg: false });
    const patterns: [string, Record<string, unknown>, string[]][] = [
      ["rareNeedle", { pattern: "rareNeedle" }, ["rareNeedle"]],
      ["function\\s+rare\\w+\\(", { pattern: "function\\s+rare\\w+\\(" }, [
        "function\\s+rare\\w+\\(",
      ]],
      ["nothing to be found", { pattern: "nothing to be found" }, ["nothing to be found"]],
      // Nothing to look for but the pattern itself: no promise, it shows the matcher's own speed.
      ["[A-Z]{3}\\d", { pattern: "[A-Z]{3}\\d" }, ["[A-Z]{3}\\d"]],
      ["RARENEEDLE, case aside", { pattern: "RARENEEDLE", ignoreCase: true }, ["-i", "RARENEEDLE"]],
    ];
    for (const [name, input, args] of patterns) {
      const bare = () =>
        output(rg, ["--no-config", "-n", "--hidden", "--glob=!.git", ...args, "./"], root);
      const grep = (executor: ToolExecutor) => () =>
        executor.execute("grep", { ...input, limit: 1000 });
      await compare(`grep ${name}, with ripgrep`, bare, grep(fast), 1.3);
      await compare(`grep ${name}, without`, bare, grep(plain), 5);
    }
    const list = () =>
      output(rg, ["--no-config", "--files", "--hidden", "--glob=!.git", "./"], root);
    const glob = () => plain.execute("glob", { pattern: "**/*.ts" });
    await compare("glob **/*.ts, over rg --files", list, glob, 1.5);
  }
} finally {
  await Deno.remove(root, { recursive: true });
}
