/**
 * Takes the pictures of the terminal in the documentation, `docs/pictures/terminal-*.svg`: the real
 * program in a pseudo-terminal of `script` (util-linux), its screen drawn with its colours.
 * `deno run -A scripts/deno.ts run -A scripts/terminal_pictures.ts`.
 */
import { stdArgs } from "./deno.ts";
import { until } from "../tests/agent.ts";
import { type Cell, Emulator } from "../tests/cli/chat/emulator.ts";

const target = new URL("../docs/pictures/", import.meta.url);
const COLUMNS = 84;

/** Colours of the sixteen numbers, on the dark ground. */
const COLOURS: Readonly<Record<number, string>> = {
  30: "#6e7681",
  31: "#ff7b72",
  32: "#7ee787",
  33: "#e3b341",
  34: "#79c0ff",
  35: "#d2a8ff",
  36: "#76e3ea",
  37: "#e6edf3",
};

/** A screen after a run of the command line. */
async function screenOf(
  command: string,
  args: string[],
  run: (type: (text: string) => Promise<void>, screen: () => string) => Promise<void>,
): Promise<Cell[][]> {
  const directory = await Deno.makeTempDir({ dir: "/tmp", prefix: "demo-" });
  const words = [Deno.execPath(), "run", "-A", "--quiet", ...await stdArgs(), "cli.ts", ...args];
  const quoted = [...words, "--directory", directory].map((word) => `'${word}'`).join(" ");
  const { NO_COLOR: _, ...env } = Deno.env.toObject();
  const child = new Deno.Command("script", {
    args: ["-qefc", `stty cols ${COLUMNS} rows 30; exec ${quoted}`, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    clearEnv: true,
    env: { ...env, TERM: "xterm" },
  }).spawn();
  const terminal = new Emulator(COLUMNS);
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of child.stdout) terminal.write(decoder.decode(bytes, { stream: true }));
  })();
  const writer = child.stdin.getWriter();
  let cells: Cell[][] = [];
  try {
    const type = (text: string) => writer.write(new TextEncoder().encode(text));
    await run(type, () => terminal.screen().join("\n"));
    cells = terminal.cells();
    await type("\u0003\u0004").catch(() => {});
  } finally {
    await writer.close().catch(() => {});
    await reading;
    await child.status;
    await Deno.remove(directory, { recursive: true });
  }
  return [[...`$ ${command}`].map((character) => ({ character, style: [] })), ...cells];
}

/** A screen as a picture. */
function svg(rows: readonly Cell[][]): string {
  const [width, height] = [COLUMNS * 8.4 + 32, rows.length * 20 + 52];
  const lines = rows.map((row, index) =>
    `<text x="16" y="${index * 20 + 52}" xml:space="preserve">${row.map(span).join("")}</text>`
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}">
<style>text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #e6edf3 }</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g fill="#484f58"><circle cx="20" cy="18" r="6"/><circle cx="40" cy="18" r="6"/><circle cx="60" cy="18" r="6"/></g>
${lines.join("\n")}
</svg>
`;
}

function span({ character, style }: Cell): string {
  const text = character.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const colour = style.map((code) => COLOURS[code >= 90 ? code - 60 : code]).find(Boolean);
  const more = [
    ...colour ? [`fill="${colour}"`] : [],
    ...style.includes(1) ? ['font-weight="bold"'] : [],
    ...style.includes(2) ? ['opacity="0.6"'] : [],
  ].join(" ");
  return more === "" ? text : `<tspan ${more}>${text}</tspan>`;
}

await Deno.mkdir(target, { recursive: true });
const take = async (name: string, rows: Cell[][]) =>
  await Deno.writeTextFile(new URL(`terminal-${name}.svg`, target), svg(rows));

await take(
  "demo",
  await screenOf(
    'opencode-ts --demo "Say hello"',
    ["--demo", "Say hello"],
    async (_, screen) => await until(() => / s$/.test(screen()), "it is complete", 60_000),
  ),
);
await take(
  "chat",
  await screenOf("opencode-ts chat --demo", ["chat", "--demo"], async (type, screen) => {
    await until(() => /\n>$/.test(screen()), "the prompt is there", 60_000);
    await type("Say hello\r");
    await until(() => /out · [\d.]+ s\n>$/.test(screen()), "the answer is complete", 60_000);
  }),
);
