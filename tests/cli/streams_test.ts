/** The command line with standard streams that are closed, full or no stream at all. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { test, UNIX } from "../harness.ts";
import { host } from "../../src/runtime/host.ts";
import { type Run, world } from "./command.ts";

/** What no run may write, whatever becomes of its streams. */
const TRACE = /Uncaught|\n\s+at |panicked|Unhandled/;

const RUNS: readonly {
  streams: string;
  args: string[];
  code: number;
  out?: string;
  err?: string;
  /** On the tests' own server: a row before has the same streams, with a server of its own. */
  shared?: true;
}[] = [
  // a system hands a program /dev/null for a stream that is closed: nothing can be told from that
  { streams: ">&-", args: ["hello"], code: 0, out: "", err: "" },
  { streams: "<&-", args: ["hello"], code: 0, out: "the answer\n", err: "" },
  { streams: "2>&-", args: ["hello"], code: 0, out: "the answer\n" },
  { streams: ">&- 2>&-", args: ["models"], code: 0, out: "" },
  { streams: "<&- >&- 2>&-", args: ["chat", "hello"], code: 0, out: "" },
  { streams: "<&- >&- 2>&-", args: ["--nope", "hello"], code: 2, out: "" },
  { streams: "<&-", args: [], code: 2, out: "", err: "There is no prompt" },
  { streams: "< .", args: ["hello"], code: 0, out: "the answer\n", err: "" },
  { streams: "< .", args: ["chat", "hello"], code: 0, out: "the answer\n", shared: true },
];

/** Where there is a device that is always full. */
const FULL: typeof RUNS = [
  { streams: "> /dev/full", args: ["hello"], code: 1, err: "Cannot write the answer" },
  {
    streams: "> /dev/full",
    args: ["--json", "hello"],
    code: 1,
    err: "Cannot write the answer",
    shared: true,
  },
  { streams: "> /dev/full", args: ["--help"], code: 1, err: "Cannot write the answer" },
  { streams: "> /dev/full", args: ["chat", "hello"], code: 1, err: "Cannot write the answer" },
  { streams: "> /dev/full 2> /dev/full", args: ["hello"], code: 1 },
  // what standard error can't take is lost, and fails nothing
  { streams: "2> /dev/full", args: ["hello"], code: 0, out: "the answer\n" },
  {
    streams: "2> /dev/full",
    args: ["models"],
    code: 0,
    out: "* scripted/model  (default)\n",
    shared: true,
  },
  { streams: "2> /dev/full", args: ["chat", "hello"], code: 0, out: "the answer\n", shared: true },
];

async function check(runs: typeof RUNS): Promise<void> {
  await using here = await world(() => "the answer");
  const server = host().env.get("OPENCODE_TEST_SERVER");
  for (const { streams, args: words, code, out, err, shared } of runs) {
    const attach = shared && server ? ["--attach", server, "-d", here.directory] : [];
    const args = [...words, ...attach];
    const run: Run = await here.redirected(streams, args);
    const what = `${args.join(" ")} ${streams}: ${JSON.stringify(run)}`;
    assertEquals(run.code, code, what);
    if (out !== undefined) assertEquals(run.out, out, what);
    if (err === "") assertEquals(run.err, "", what);
    if (err !== undefined) assertStringIncludes(run.err, err, what);
    assertEquals(TRACE.test(run.err), false, what);
  }
  assertEquals(await here.servers(), []);
}

test("a call whose streams are closed ends as it would, without a trace", async () => {
  await check(RUNS);
}, { os: UNIX });

test(
  "a call whose streams are full says so where it can, and fails for the answer alone",
  async () => {
    await check(FULL);
  },
  { os: ["linux"] },
); // /dev/full is a disk without space
