import { assert, assertEquals, assertThrows } from "@std/assert";
import { InvalidArgumentError } from "../../src/errors.ts";
import { resolvePrompt } from "../../src/session/resolve.ts";
import {
  allowAll,
  askOnTerminal,
  denyAll,
  describe,
  policyOf,
  type PolicyRule,
  readOnly,
  rules,
} from "../../src/session/policies.ts";
import type { PermissionReply, PermissionRequest } from "../../src/session/requests.ts";
import { host } from "../../src/runtime/host.ts";
import { test } from "../harness.ts";

const context = { signal: new AbortController().signal, session: { id: "ses_1" } };

function request(permission: string, ...patterns: string[]): PermissionRequest {
  return { id: "per_1", sessionId: "ses_1", permission, patterns, metadata: {}, always: [] };
}

async function verdict(lines: PolicyRule[], of: PermissionRequest): Promise<string> {
  return word(await rules(lines)(of, context));
}

function word(reply: PermissionReply): string {
  return typeof reply === "string" ? reply : reply.reply;
}

test("allowAll allows each time, denyAll refuses with a reason", () => {
  assertEquals(allowAll(), "once");
  const no = denyAll();
  assert(typeof no === "object" && no.reply === "reject" && no.message);
});

test("readOnly allows what reads, and nothing else", () => {
  const reads = ["read", "glob", "grep", "list"];
  const others = ["bash", "edit", "webfetch", "task", "external_directory", "doom_loop", "mcp_x"];
  assertEquals(reads.map((name) => word(readOnly(request(name)))), reads.map(() => "once"));
  assertEquals(others.map((name) => word(readOnly(request(name)))), others.map(() => "reject"));
});

test("rules takes no time that multiplies, whatever pattern and command", async () => {
  const lines: PolicyRule[] = [
    { permission: "bash", pattern: "*a*a*a*a*a*a*a*a*b", action: "allow" },
  ];
  const started = performance.now();
  assertEquals(await verdict(lines, request("bash", "a".repeat(20_000))), "reject");
  assert(performance.now() - started < 10_000, "it took too long");
});

test("rules lets the last rule that fits win", async () => {
  const lines: PolicyRule[] = [
    { permission: "bash", pattern: "git *", action: "allow" },
    { permission: "bash", pattern: "git push*", action: "deny" },
    { permission: "bash", pattern: "git push origin test", action: "allow" },
  ];
  assertEquals(await verdict(lines, request("bash", "git status")), "once");
  assertEquals(await verdict(lines, request("bash", "git push")), "reject");
  assertEquals(await verdict(lines, request("bash", "git push origin test")), "once");
  assertEquals(await verdict(lines, request("edit", "git status")), "reject");
});

test("rules refuses where one of several things is denied or not covered", async () => {
  const lines: PolicyRule[] = [
    { permission: "bash", pattern: "ls*", action: "allow" },
    { permission: "bash", pattern: "rm *", action: "deny" },
  ];
  assertEquals(await verdict(lines, request("bash", "ls", "ls -la")), "once");
  assertEquals(await verdict(lines, request("bash", "ls", "rm -rf /")), "reject");
  assertEquals(await verdict(lines, request("bash", "ls", "curl x")), "reject");
});

test("rules takes wildcards in the permission, and special characters as they are", async () => {
  assertEquals(await verdict([{ permission: "mcp_*", action: "allow" }], request("mcp_x")), "once");
  assertEquals(await verdict([{ action: "allow" }], request("anything", "at\nall")), "once");
  const dots: PolicyRule[] = [{ pattern: "a.b(c)?", action: "allow" }];
  assertEquals(await verdict(dots, request("read", "a.b(c)d")), "once");
  assertEquals(await verdict(dots, request("read", "axb(c)d")), "reject");
  assertEquals(
    await verdict([{ pattern: "ls", action: "allow" }], request("bash", "ls\nrm")),
    "reject",
  );
});

test("rules hands what it doesn't cover, and what is to be asked, to otherwise", async () => {
  const asked: string[] = [];
  const handler = rules([{ permission: "read", action: "allow" }, {
    permission: "bash",
    action: "ask",
  }], {
    otherwise: ({ permission }) => {
      asked.push(permission);
      return "always";
    },
  });
  for (const name of ["read", "bash", "edit"]) await handler(request(name, "x"), context);
  assertEquals(asked, ["bash", "edit"]);
});

test("rules names what it refused", async () => {
  const reply = await rules([{ action: "deny" }])(request("bash", "rm x"), context);
  assert(typeof reply === "object" && reply.message?.includes("bash rm x"));
});

test("describe shows no control characters", () => {
  const of = { ...request("bash"), metadata: { command: "echo \x1b[2Aharmless\r\nrm" } };
  // deno-lint-ignore no-control-regex
  assertEquals(/[\x00-\x08\x0b-\x1f\x7f]/.test(describe(of)), false);
});

test("askOnTerminal refuses at once where there is no terminal", async () => {
  const { terminal } = host();
  const { isTerminal } = terminal.stdin;
  terminal.stdin.isTerminal = () => false;
  try {
    const reply = await askOnTerminal(request("bash", "ls"), context);
    assert(typeof reply === "object" && reply.reply === "reject");
    assert(reply.message?.includes("no terminal"));
  } finally {
    terminal.stdin.isTerminal = isTerminal;
  }
});

test("askOnTerminal takes y and a for yes, and everything else for no", async () => {
  const { terminal } = host();
  const { isTerminal, readLine } = terminal.stdin;
  const stderr = { ...terminal.stderr };
  let shown = "";
  let typed: string | null = null;
  terminal.stdin.isTerminal = terminal.stderr.isTerminal = () => true;
  terminal.stdin.readLine = () => Promise.resolve(typed);
  terminal.stderr.write = (data) => Promise.resolve(void (shown += data));
  try {
    const answers: string[] = [];
    for (typed of ["y", "YES ", "a", "always", "n", "", "yep", null]) {
      const of = { ...request("bash", "ls -la"), always: ["ls *"] };
      answers.push(word(await askOnTerminal(of, context)));
    }
    assertEquals(answers, ["once", "once", "always", "always", ...Array(4).fill("reject")]);
    assert(shown.includes("ls -la") && shown.includes("ls *"));
  } finally {
    Object.assign(terminal.stdin, { isTerminal, readLine });
    Object.assign(terminal.stderr, stderr);
  }
});

const handler = () => "once" as const;

test("a handler that the server would never ask is an error that says what to give", () => {
  for (const permissions of ["readonly", "deny"] as const) {
    const layers = [
      [{ permissions, onPermission: handler }],
      [{ permissions }, { onPermission: handler }],
      [{ permissions }, {}, { onPermission: handler }],
      [{ permissions }, { onPermission: allowAll }],
    ];
    for (const each of layers) {
      assertThrows(
        () => resolvePrompt(...each),
        InvalidArgumentError,
        `Cannot use onPermission under permissions "${permissions}": the server asks nobody then; give permissions "ask" beside it`,
      );
    }
  }
  assertThrows(() => policyOf({ permissions: "deny" }, { onPermission: readOnly }));
});

test("the highest layer says who decides, and the nearest handler answers", () => {
  const own = () => "reject" as const;
  const cases = [
    [[], undefined, undefined],
    [[{ onPermission: handler }], "ask", handler],
    [[{ onPermission: denyAll }], "deny", denyAll],
    [[{ permissions: "readonly" }, { onPermission: readOnly }], "readonly", readOnly],
    [[{ onPermission: handler }, { permissions: "readonly" }], "readonly", readOnly],
    [[{ onPermission: handler }, { permissions: "allow" }], undefined, allowAll],
    [[{ onPermission: handler }, { permissions: "ask" }], "ask", handler],
    [[{ permissions: "deny" }, { permissions: "ask", onPermission: own }], "ask", own],
    [[{ permissions: "ask" }, { onPermission: denyAll }], "ask", denyAll],
    [[{ permissions: "ask" }], "ask", askOnTerminal],
    [[{ permissions: "default", onPermission: own }], undefined, own],
    [[{ permissions: "allow", onPermission: own }], undefined, own],
  ] as const;
  for (const [layers, policy, onPermission] of cases) {
    assertEquals(policyOf(...layers), { policy, onPermission }, JSON.stringify(layers));
  }
});
