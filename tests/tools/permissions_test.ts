import { assertEquals } from "@std/assert";
import { splitCommandLine } from "../../src/tools/shell/command_line.ts";
import { decide, decideAll, matches, type Permissions } from "../../src/tools/permissions.ts";
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

test("decide takes the most specific name and pattern whatever their order", () => {
  for (
    const bash of [
      { "git *": "allow", "*": "ask", "git push*": "deny" },
      { "git push*": "deny", "*": "ask", "git *": "allow" },
      { "*": "ask", "git *": "allow", "git push*": "deny" },
    ] as const
  ) {
    assertEquals(action({ bash }, "git status"), "allow");
    assertEquals(action({ bash }, "git"), "allow");
    assertEquals(action({ bash }, "git push --force"), "deny");
    assertEquals(action({ bash }, "gitk"), "ask");
    assertEquals(action({ bash }, "rm -rf /"), "ask");
  }
  assertEquals(
    decide({ "*": "deny", "git_*": "ask", git_log: "allow" }, "git_log", "").action,
    "allow",
  );
  assertEquals(
    decide({ "*": "deny", "git_*": "ask", git_log: "allow" }, "git_push", "").action,
    "ask",
  );
  assertEquals(decide({ "*": "deny", "git_*": "ask" }, "read", "a").action, "deny");
  assertEquals(decide("deny", "read", "a").action, "deny");
  // Equally specific: the stricter.
  assertEquals(decide({ read: { "a?": "allow", "?b": "deny" } }, "read", "ab").action, "deny");
  // No pattern fits: the rule for all tools, then the default.
  assertEquals(decide({ read: { "*.env": "deny" } }, "read", "a.ts").action, "allow");
  assertEquals(decide({ read: { "*.env": "deny" }, "*": "ask" }, "read", "a.ts").action, "ask");
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

test("matches fits whole texts, and ends soon on any pattern", () => {
  assertEquals(matches("*.env", "a/b/.env"), true);
  assertEquals(matches("src/*", "src/a/b.ts"), true);
  assertEquals(matches("a?c", "abc"), true);
  assertEquals(matches("abc", "abcd"), false);
  assertEquals(matches("git *", "git"), true);
  assertEquals(matches("a.c", "abc"), false);
  const start = Date.now();
  assertEquals(matches("*a".repeat(50) + "b", "a".repeat(5000)), false);
  assertEquals(Date.now() - start < 1000, true);
});
