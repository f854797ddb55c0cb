/** Standard streams, in a process of its own, on Deno and on Node. */
import { assertEquals } from "@std/assert";
import { stdArgs } from "../../scripts/deno.ts";
import { bundleForNode } from "./node_bundle.ts";

const PROGRAM = "tests/fixtures/programs/lines.ts";

interface Runtime {
  name: string;
  command: string;
  args(dir: string): Promise<string[]>;
}

const RUNTIMES: Runtime[] = [
  {
    name: "Deno",
    command: Deno.execPath(),
    args: async () => ["run", "-A", ...await stdArgs(), PROGRAM],
  },
  { name: "Node", command: "node", args: async (dir) => [await bundleForNode(PROGRAM, dir)] },
];

for (const { name, command, args } of RUNTIMES) {
  Deno.test(`the terminal reads lines, keeps what an abort cut off, and writes in order on ${name}`, async () => {
    const dir = await Deno.makeTempDir({ prefix: "terminal-" });
    try {
      const child = new Deno.Command(command, {
        args: await args(dir),
        env: { NO_COLOR: "1" },
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const input = child.stdin.getWriter();
      const write = (text: string) => input.write(new TextEncoder().encode(text));
      const errors = new Response(child.stderr).text();
      const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      const until = async (end: string) => {
        while (!text.includes(end)) {
          const { value, done } = await output.read();
          if (done) throw new Error(`it ended after ${JSON.stringify(text)}`);
          text += value;
        }
      };
      await write("first ü\r\nsec");
      await until("go on");
      await write("ond\n\nlast");
      await input.close();
      for (let next = await output.read(); !next.done; next = await output.read()) {
        text += next.value;
      }
      const lines = text.split("\n").map((line) => line.replace(/a{100000}/, "a*"));
      assertEquals(lines, [
        '"first ü"',
        '"Error: too slow"',
        '"go on"',
        '"second"',
        '""',
        '"last"',
        "a*b",
        "[false,false,null]",
        '"exit"',
        "",
      ]);
      assertEquals(await errors, "to the other\n");
      assertEquals((await child.status).code, 5);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });

  Deno.test(`a child and a timer that are unref'd let the process end on ${name}`, async () => {
    const dir = await Deno.makeTempDir({ prefix: "terminal-" });
    try {
      const program = `${dir}/unref.ts`;
      const host = new URL("../../src/runtime/host.ts", import.meta.url);
      await Deno.writeTextFile(
        program,
        `import { host } from ${JSON.stringify(host.href)};
         const child = await host().spawn("sleep", { args: ["30"], stdin: "piped" });
         void child.stdout.getReader().read();
         void child.stderr.getReader().read();
         child.unref();
         host().platform.unrefTimer(setTimeout(() => {}, 30_000));
         host().platform.onExit(() => child.kill("SIGKILL"));
         host().platform.onSignal("SIGHUP", () => {});`,
      );
      const command = name === "Node"
        ? { path: "node", args: [await bundleForNode(program, dir)] }
        : { path: Deno.execPath(), args: ["run", "-A", "--no-check", ...await stdArgs(), program] };
      const started = performance.now();
      const { code } = await new Deno.Command(command.path, {
        args: command.args,
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).output();
      assertEquals([code, performance.now() - started < 20_000], [0, true]);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}
