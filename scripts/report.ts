/** Reads the JUnit reports that `deno test`, `node --test` and `bun test` write. */

/** One test that ran. */
export interface TestCase {
  /** The file as its runner calls it; empty where the runner does not say. */
  file: string;
  name: string;
  seconds: number;
  failed: boolean;
}

/** Every test of a report, in order; ignored ones are left out. */
export function testCases(xml: string): TestCase[] {
  const found: TestCase[] = [];
  let suite = "";
  const tags = /<(testsuite|testcase|failure|error|skipped)\b((?:\s+[\w:-]+="[^"]*")*)\s*\/?>/g;
  for (const [, tag, list] of xml.matchAll(tags)) {
    const attributes = attributesOf(list!);
    const last = found.at(-1);
    if (tag === "testsuite") suite = attributes.file ?? attributes.name ?? "";
    else if (tag === "testcase") {
      const { file = suite, name = "", time, failure } = attributes;
      found.push({ file, name, seconds: Number(time ?? 0), failed: failure !== undefined });
    } else if (tag === "skipped") found.pop();
    else if (last) last.failed = true;
  }
  return found;
}

/**
 * The cases with the file of each that `deno test` counts to the harness, which is what calls
 * `Deno.test` for it: the runner's output names the files.
 */
export function withFiles(cases: readonly TestCase[], output: string): TestCase[] {
  const files = new Map<string, string[]>();
  let file = "";
  for (const line of output.split("\n")) {
    const running = /^running \d+ tests? from (\S+)$/.exec(line)?.[1];
    if (running !== undefined) file = running;
    const name = /^(\S.*?) \.\.\. .*\((?:\d+\D+)+\)$/.exec(line)?.[1];
    if (name !== undefined) files.set(name, [...files.get(name) ?? [], file]);
  }
  return cases.map((test) =>
    test.file.endsWith("/harness.ts")
      ? { ...test, file: files.get(test.name)?.shift() ?? test.file }
      : test
  );
}

function attributesOf(list: string): Record<string, string> {
  const pairs = [...list.matchAll(/([\w:-]+)="([^"]*)"/g)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name, unescape(value!)]));
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescape(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|(\w+));/g, (whole, code, name) => {
    if (code !== undefined) return String.fromCodePoint(Number(code));
    return ENTITIES[name] ?? whole;
  });
}

/** The files (`runner: file`) whose tests took longest together, as lines to print. */
export function slowestFiles(cases: readonly TestCase[], count: number): string[] {
  const seconds = new Map<string, number>();
  for (const { file, seconds: took } of cases) {
    if (file.includes(": ")) seconds.set(file, (seconds.get(file) ?? 0) + took);
  }
  return [...seconds].sort(([, a], [, b]) => b - a).slice(0, count)
    .map(([file, took]) => `${took.toFixed(1).padStart(7)} s  ${file}`);
}
