import { assertEquals, assertMatch } from "@std/assert";
import { splitCommandLine } from "../../src/tools/shell/command_line.ts";
import {
  badPermissions,
  decide,
  decideAll,
  type Permissions,
} from "../../src/tools/permissions.ts";
import { matchesWildcard } from "../../src/text/wildcard.ts";
import { test } from "../harness.ts";

const action = (permissions: Permissions | undefined, command: string) => {
  const { commands, opaque } = splitCommandLine(command);
  return decideAll(permissions, "bash", commands, opaque).action;
};

test("decide gives bash ask and the others allow when nothing is set", () => {
  assertEquals(decide(undefined, "bash", "ls").action, "ask");
  for (const tool of ["read", "write", "edit", "glob", "grep", "mine"]) {
    assertEquals(decide(undefined, tool, "x").action, "allow");
  }
  assertEquals(decide({ write: "deny" }, "bash", "ls").action, "ask");
});

test("decide takes the last rule that matches, as the server does", () => {
  const bash = { "*": "ask", "git *": "allow", "git push*": "deny" } as const;
  assertEquals(action({ bash }, "git status"), "allow");
  assertEquals(action({ bash }, "git"), "allow");
  assertEquals(action({ bash }, "git push --force"), "deny");
  assertEquals(action({ bash }, "gitk"), "ask");
  assertEquals(action({ bash }, "rm -rf /"), "ask");
  const some = { "*": "deny", "git_*": "ask", git_log: "allow" } as const;
  assertEquals(decide(some, "git_log", "").action, "allow");
  assertEquals(decide(some, "git_push", "").action, "ask");
  assertEquals(decide(some, "read", "a").action, "deny");
  assertEquals(decide(some, "bash", "a").action, "deny");
  assertEquals(decide("deny", "read", "a").action, "deny");
  // The order counts, not how much a pattern says.
  assertEquals(decide({ read: { "abc*": "deny", "*d": "allow" } }, "read", "abcd").action, "allow");
  assertEquals(decide({ read: { "*d": "allow", "abc*": "deny" } }, "read", "abcd").action, "deny");
  // No pattern matches: what was said before, then the default.
  assertEquals(decide({ read: { "*.env": "deny" } }, "read", "a.ts").action, "allow");
  assertEquals(decide({ "*": "ask", read: { "*.env": "deny" } }, "read", "a.ts").action, "ask");
  // As in the server, `edit` is the permission of both; a rule for `write` alone takes its place.
  assertEquals(decide({ edit: "deny" }, "write", "a").action, "deny");
  assertEquals(decide({ edit: "deny", write: "allow" }, "write", "a").action, "allow");
  assertEquals(decide({ write: "deny", edit: "allow" }, "write", "a").action, "deny");
  assertEquals(decide({ write: "deny" }, "edit", "a").action, "allow");
});

test("badPermissions names what a rule can't be", () => {
  const tools = ["bash", "read", "write", "edit", "glob", "grep", "weather"];
  const bad = (permissions: unknown) => badPermissions(permissions as Permissions, tools);
  assertEquals(bad({ bsah: "deny" }), 'there is no tool "bsah"; did you mean "bash"?');
  assertEquals(bad({ Weahter: "deny" }), 'there is no tool "Weahter"; did you mean "weather"?');
  assertMatch(bad({ unlike_any: "deny" })!, /^there is no tool "unlike_any"\. The tools are: bash/);
  assertMatch(bad({ constructor: "deny" })!, /^there is no tool "constructor"/);
  assertMatch(bad({ bash: "alow" })!, /^an action is "allow", "ask" or "deny": bash is "alow"/);
  assertMatch(bad({ bash: { x: 1 } })!, /bash "x" is 1$/);
  assertMatch(bad("alow")!, /not alow$/);
  for (const fine of ["deny", { "*": "ask" }, { "git_*": "deny" }, { webfetch: "deny" }, {}]) {
    assertEquals(bad(fine), undefined, JSON.stringify(fine));
  }
});

test("badPermissions refuses a rule that a later one always overrules", () => {
  const tools = ["bash", "read"];
  for (
    const permissions of [
      { bash: { "git push*": "deny", "*": "allow" } },
      { bash: { "git push*": "deny", "git *": "allow" } },
      { bash: { "git push *": "deny", "git *": "allow" } },
      { bash: "deny", "*": "allow" },
      { bash: { "rm *": "deny" }, "b*": "allow" },
      { read: { "a?": "deny", "a*": "allow" } },
    ] as Permissions[]
  ) {
    assertMatch(badPermissions(permissions, tools)!, /never decides.*wider rule first$/);
  }
  for (
    const permissions of [
      { bash: { "*": "ask", "git *": "allow", "git push*": "deny" } },
      { "*": "deny", bash: { "*": "ask" } },
      { read: { "a*": "deny", "a?": "allow" } },
      { read: { "*.env": "deny", "src/*": "allow" } },
      { bash: { "git push": "deny", "*": "deny" } },
    ] as Permissions[]
  ) {
    assertEquals(badPermissions(permissions, tools), undefined, JSON.stringify(permissions));
  }
});

test("a command line is allowed only when each of its commands is", () => {
  const permissions: Permissions = {
    bash: { "*": "ask", "git *": "allow", "ls *": "allow", "rm *": "deny" },
  };
  const cases: [string, string][] = [
    ["git status && ls -la", "allow"],
    ["git status; ls", "allow"],
    ["git log | ls", "allow"],
    ["git log 2>&1", "allow"],
    ["git log 2>/dev/null", "allow"],
    ["git log > /dev/null", "allow"],
    ["git commit -m 'a; rm b'", "allow"],
    ['git commit -m "a && b | c"', "allow"],
    ["git status && curl x", "ask"],
    ["git status & curl x", "ask"],
    ["git status\ncurl x", "ask"],
    ["git status | sh", "ask"],
    ["git log > secret.txt", "ask"],
    ["git log >/dev/null/../x", "ask"],
    ["git log >> ~/.bashrc", "ask"],
    ["git log &> x", "ask"],
    ["git $(curl x)", "ask"],
    ["git `curl x`", "ask"],
    ['git "$(curl x)"', "ask"],
    ["git <(curl x)", "ask"],
    ["git ${x:=y}", "ask"],
    ["git 'unclosed", "ask"],
    ["(git status)", "ask"],
    ["{ git status; }", "ask"],
    ["PAGER=evil git log", "ask"],
    ["eval git status", "ask"],
    ["rm -rf x", "deny"],
    ["git status; rm x", "deny"],
    ["git $(rm x)", "deny"],
    ["git `rm x`", "deny"],
    ['ls "$(rm x)"', "deny"],
    ["(rm x)", "deny"],
    ["if true; then rm x; fi", "deny"],
    ["! rm x", "deny"],
    ["ls || rm x", "deny"],
    ["ls &rm x", "deny"],
    ["echo 'rm x'", "ask"],
    // The shell reads no quotes and no backslashes in a comment.
    ["git status #'\ncurl x\n#'", "ask"],
    ["git status # it's\ncurl x # it's", "ask"],
    ["git status # \\\ncurl x", "ask"],
    ["git \\\n#'\ncurl x\n#'", "ask"],
    ["git status;#'\ncurl x\n#'", "ask"],
    ["# it's\nrm x # it's", "deny"],
    ["git \\ #; curl x", "ask"],
    ['git \\ #"\n"; rm x', "deny"],
    ['git \\ #"\n"\nrm x', "deny"],
    ["git log a#b", "allow"],
    ["git log 'a #b' \"#c\"", "allow"],
    ["rm  x", "deny"],
    ["git  \t status", "allow"],
  ];
  for (const [command, expected] of cases) {
    assertEquals(action(permissions, command), expected, command);
  }
  // Where everything is allowed, nothing is taken back for want of insight.
  assertEquals(action({ bash: "allow" }, "git $(curl x) > y"), "allow");
  assertEquals(action({ bash: { "*": "allow", "rm *": "deny" } }, "x $(date)"), "allow");
  assertEquals(action({ bash: { "*": "allow", "rm *": "deny" } }, "x $(rm y)"), "deny");
});

test("a command line is matched with one blank between words, outside quotes", () => {
  const { commands } = splitCommandLine("git \t push  'a  b' \"c  d\" e\\  f \\\n  g");
  assertEquals(commands, ["git push 'a  b' \"c  d\" e\\  f g"]);
  const bash = { "*": "allow", "git push*": "deny" } as const;
  assertEquals(action({ bash }, "git  push"), "deny");
  assertEquals(action({ bash }, "git\tpush"), "deny");
  assertEquals(action({ bash }, "git \\\n push"), "deny");
});

test("a command line for cmd.exe is read with its quotes and escapes", () => {
  const bash = { "*": "ask", "git *": "allow", "del *": "deny" } as const;
  const cases: [string, string][] = [
    ["git status", "allow"],
    ['git log "a & b"', "allow"],
    ["git log C:\\x", "allow"],
    ["git log ' & del x '", "deny"],
    ["git log 'a'", "ask"],
    ["git log \\& del x", "deny"],
    ['git log \\" & curl x', "ask"],
    ['git log "^" & del x', "deny"],
    ["git log ^& curl x", "ask"],
    ["git log %x%", "ask"],
    ["git log & rem # & del x", "deny"],
  ];
  for (const [command, expected] of cases) {
    const { commands, opaque } = splitCommandLine(command, "cmd");
    assertEquals(decideAll({ bash }, "bash", commands, opaque).action, expected, command);
  }
});

test("matchesWildcard fits whole texts, and ends soon on any pattern", () => {
  assertEquals(matchesWildcard("*.env", "a/b/.env"), true);
  assertEquals(matchesWildcard("src/*", "src/a/b.ts"), true);
  assertEquals(matchesWildcard("a?c", "abc"), true);
  assertEquals(matchesWildcard("abc", "abcd"), false);
  assertEquals(matchesWildcard("git *", "git"), true);
  assertEquals(matchesWildcard("a.c", "abc"), false);
  const start = Date.now();
  assertEquals(matchesWildcard("*a".repeat(50) + "b", "a".repeat(5000)), false);
  assertEquals(Date.now() - start < 10_000, true);
});
