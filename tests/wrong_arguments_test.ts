/** What JavaScript callers get wrong: each is an error at once that says what to give. */
import { assertEquals, assertRejects } from "@std/assert";
import {
  createOpencodeServer,
  InvalidArgumentError,
  Opencode,
  rules,
  tool,
  ToolExecutor,
} from "../mod.ts";
import { recordModel, replayModel, scriptedModel } from "../src/testing/mod.ts";
import { serveWeb, webHandler } from "../src/web/mod.ts";
import { withAgent } from "./agent.ts";
import { test } from "./harness.ts";

/** A function as a JavaScript caller sees it. */
// deno-lint-ignore no-explicit-any
type Untyped = any;

const untyped = (value: unknown): Untyped => value;
const opencode = (options: unknown) => new Opencode(untyped(options));

/** Each call, and a part of what it says. */
const CALLS: readonly [() => unknown, string][] = [
  [() => opencode({ model: 5 }), "Cannot use 5 as model: give text"],
  [() => opencode({ directory: 5 }), "Cannot use 5 as directory: give text"],
  [() => opencode({ baseUrl: 5 }), "Cannot use 5 as baseUrl: give text"],
  [() => opencode({ port: "x" }), 'Cannot use "x" as port: give a number'],
  [() => opencode({ env: ["A=1"] }), "Cannot use a list as env: give an object"],
  [() => opencode({ signal: 5 }), "Cannot use 5 as signal: give an AbortSignal"],
  [() => opencode({ logger: 5 }), "Cannot use 5 as logger: give an object"],
  [() => opencode({ isolated: "yes" }), 'Cannot use "yes" as isolated: give true or false'],
  [() => opencode({ hooks: [] }), "Cannot use a list as hooks: give an object"],
  [() => opencode({ onPermission: "ask" }), 'Cannot use "ask" as onPermission: give a function'],
  [() => opencode({ budget: { dollars: 5 } }), 'Unknown budget option "dollars"'],
  [() => opencode({ budget: { usd: "5" } }), 'Invalid budget.usd "5": give a number from 0'],
  [() => opencode({ budget: { onNearEnd: 5 } }), "Cannot use 5 as budget.onNearEnd"],
  [() => opencode({ budget: 5 }), "Cannot use 5 as budget: give an object"],
  [() => opencode({ otlp: { endpont: "http://x" } }), 'option "endpont": did you mean "endpoint"?'],
  [() => opencode({ otlp: "http://x" }), 'Cannot use "http://x" as otlp options: give an object'],
  [() => opencode({ telemetry: {} }), "Nothing to record with: give telemetry.tracer"],
  [() => opencode({ telemetry: { tracr: {} } }), 'option "tracr": did you mean "tracer"?'],
  [() => createOpencodeServer(untyped({ prot: 1 })), 'Unknown server option "prot": did you mean'],
  [() => createOpencodeServer(untyped("x")), 'Cannot use "x" as server options: give an object'],
  [() => createOpencodeServer(untyped({ args: "-v" })), 'Cannot use "-v" as args: give a list'],
  [() => new ToolExecutor(untyped({ workdir: 5 })), "Cannot use 5 as workdir: give text"],
  [() => new ToolExecutor(untyped({ confirm: true })), "Cannot use true as confirm"],
  [() => tool(untyped(undefined)), "Cannot use undefined as tool options: give an object"],
  [() => rules(untyped(undefined)), "Missing lines"],
  [() => rules(untyped({})), "Cannot use an object as lines: give a list"],
  [() => rules(untyped([{ permission: "bash" }])), 'Missing rules[0].action: give "allow"'],
  [
    () => rules(untyped([{ action: "allow" }, { action: "alow" }])),
    'Cannot use "alow" as rules[1].action: give "allow" or "deny" or "ask"',
  ],
  [
    () => rules(untyped([{ permision: "bash", action: "deny" }])),
    'Unknown rule option "permision": did you mean "permission"?',
  ],
  [() => rules([], untyped({ otherwise: "deny" })), 'Cannot use "deny" as otherwise'],
  [() => scriptedModel(untyped(undefined)), "Cannot use undefined as a script: give a list"],
  [() => scriptedModel(untyped([5])), "Cannot use 5 as step options: give an object"],
  [
    () => scriptedModel(untyped([{ toolcalls: [] }])),
    'Unknown step option "toolcalls": did you mean "toolCalls"?',
  ],
  [() => scriptedModel([], untyped({ titel: "x" })), 'did you mean "title"?'],
  [() => recordModel(untyped({})), "Missing file: give the path of the recording"],
  [() => recordModel(untyped(undefined)), "Cannot use undefined as recording options"],
  [() => replayModel(untyped({})), "Missing file: give the path of a recording"],
  [() => replayModel(untyped({ file: "x", match: "loose" })), 'give "exact" or "shape"'],
  [() => serveWeb(untyped(undefined)), "Cannot serve undefined: give an Opencode"],
  [() => webHandler(untyped({})), "Cannot serve an object: give an Opencode"],
  [() => webHandler(opencode({}), untyped({ base: "/x" })), 'Unknown page option "base"'],
  [() => serveWeb(opencode({}), untyped({ prot: 1 })), 'Unknown page option "prot"'],
  [() => serveWeb(opencode({}), { port: -1 }), "Cannot listen on port -1: give a number from 0"],
];

for (const [call, told] of CALLS) {
  test(`a wrong argument is told at once: ${told}`, async () => {
    await assertRejects(async () => void await call(), InvalidArgumentError, told);
  });
}

test("a recording that is not there is told with what makes one", async () => {
  await assertRejects(
    () => replayModel({ file: "/no/such/recording.jsonl" }),
    InvalidArgumentError,
    "There is no recording /no/such/recording.jsonl: make one with recordModel",
  );
});

test("wrong options of prompts and sessions are told at once, and nothing is sent", async () => {
  await withAgent([], async ({ ai, model }) => {
    const session = await ai.createSession();
    const calls: readonly [() => Promise<unknown>, string][] = [
      [() => ai.ask("x", untyped({ files: "a.txt" })), 'Cannot use "a.txt" as files: give a list'],
      [() => ai.ask("x", untyped({ files: [5] })), "Cannot attach 5: give a path, or { data"],
      [() => ai.ask("x", untyped({ files: [{ data: "x" }] })), "Missing mime of an attachment"],
      [() => ai.ask("x", untyped({ files: [{ mime: "a/b" }] })), "Missing data of an attachment"],
      [() => ai.ask("x", untyped({ files: [{ path: "x", line: 1 }] })), 'did you mean "lines"?'],
      [() => ai.ask("x", untyped({ agents: "plan" })), 'Cannot use "plan" as agents: give a list'],
      [() => ai.ask("x", untyped({ signal: 5 })), "Cannot use 5 as signal: give an AbortSignal"],
      [() => ai.ask("x", untyped({ format: "json" })), 'Cannot use "json" as format'],
      [() => ai.ask("x", untyped({ variant: 5 })), "Cannot use 5 as variant: give text"],
      [() => ai.ask("x", untyped({ serverTools: ["bash"] })), "Cannot use a list as serverTools"],
      [() => ai.ask("x", untyped({ maxCost: "1" })), 'Cannot use "1" as maxCost: give a number'],
      [
        () => ai.ask("x", { model: "scripted/model", variant: "hihg" }),
        'Unknown variant "hihg"; did you mean "high"? scripted/model has low, medium, high',
      ],
      [
        () => ai.ask("x", { variant: "hihg" }),
        'Unknown variant "hihg"; did you mean "high"? scripted/model has low, medium, high',
      ],
      [
        () => ai.ask("x", { serverTools: { bsah: false } }),
        'Unknown tool "bsah"; did you mean "bash"? The tools here are',
      ],
      [() => session.command("inti"), 'Unknown command "inti"; did you mean "init"? The commands'],
      [() => session.command("nothing"), 'Unknown command "nothing"; the commands here are init'],
      [() => ai.sessions(untyped({ limt: 2 })), 'option "limt": did you mean "limit"?'],
      [() => ai.sessions(untyped("x")), 'Cannot use "x" as list of sessions options'],
      [() => ai.createSession(untyped({ title: 5 })), "Cannot use 5 as title: give text"],
      [() => session.fork(untyped("msg_1")), 'Cannot use "msg_1" as fork options'],
      [() => session.fork(untyped({ mesageId: "x" })), 'did you mean "messageId"?'],
      [() => session.revert("msg_1", untyped({ part: "x" })), 'Unknown revert option "part"'],
      [() => session.rewind("msg_1", untyped({ dryrun: true })), 'did you mean "dryRun"?'],
      [() => session.transcript(untyped({ format: "pdf" })), 'give "markdown" or "json"'],
      [
        () => Array.fromAsync(session.messages(untyped({ limt: 1 }))),
        'Unknown messages option "limt"',
      ],
    ];
    for (const [call, told] of calls) {
      await assertRejects(call, InvalidArgumentError, told, String(call));
    }
    model.assertDone();
  });
});

test("a variant and tools that the server has are sent", async () => {
  await withAgent(["one", "two", "three"], async ({ ai }) => {
    assertEquals(await ai.ask("x", { model: "scripted/model", variant: "high" }), "one");
    // a plugin or an MCP server may have tools of any name
    assertEquals(await ai.ask("x", { serverTools: { bash: false, my_tool: false } }), "two");
    assertEquals(await ai.ask("x", { serverTools: { "*": false, deploy: true } }), "three");
  });
});
