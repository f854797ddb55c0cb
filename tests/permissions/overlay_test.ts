import { assertEquals } from "@std/assert";
import { overlay } from "../../src/permissions/overlay.ts";
import { type Policy, type Rule, wildcard } from "../../src/permissions/restrict.ts";
import { test } from "../harness.ts";
import { randomFrom } from "../random.ts";

/** What rules say of a call: the last that fits. */
function decide(rules: readonly Rule[], permission: string, pattern: string): string {
  return rules.findLast((rule) =>
    wildcard(rule.permission).test(permission) && wildcard(rule.pattern).test(pattern)
  )?.action ?? "ask";
}

const STRICTER = ["allow", "ask", "deny"];

/** What a policy is to make of it. */
function expected(policy: Policy, was: string, permission: string): string {
  if (policy === "ask") return was === "deny" ? "deny" : "ask";
  const kept = policy === "deny" ? ["question"] : ["question", "read", "todowrite", "skill"];
  return kept.includes(permission) ? was : "deny";
}

test("overlay makes any rules stricter by its policy, and loosens none", () => {
  const permissions = ["*", "bash", "read", "b*", "*d", "edit", "question", "todo*", "skill"];
  const patterns = ["*", "a", "b", "a*", "*.env", "x.env.example"];
  const called = ["bash", "read", "edit", "webfetch", "question", "todowrite", "skill", "bad"];
  const about = ["a", "b", "ab", "q", "s.env", "x.env.example"];
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = randomFrom(seed);
  const pick = <T>(list: readonly T[]) => list[random(list.length)]!;
  for (let round = 0; round < 3_000; round++) {
    const given: Rule[] = [{ permission: "*", pattern: "*", action: "allow" }];
    for (let more = random(8); more > 0; more--) {
      const action = pick(["allow", "ask", "deny"] as const);
      given.push({ permission: pick(permissions), pattern: pick(patterns), action });
    }
    for (const policy of ["ask", "readonly", "deny"] as const) {
      const agent = { name: "x", permission: given };
      const made = overlay(policy, { agents: [agent], unasked: [] });
      const map = made.agent["x"]!.permission;
      const rules = Object.entries(map).flatMap(([permission, each]) =>
        Object.entries(each).map(([pattern, action]) => ({ permission, pattern, action }))
      );
      for (const permission of called) {
        for (const pattern of about) {
          const was = decide(given, permission, pattern);
          const now = decide(rules, permission, pattern);
          const secret = policy === "readonly" && permission === "read" &&
            pattern.includes(".env");
          const fine = secret
            ? STRICTER.indexOf(now) >= STRICTER.indexOf(was)
            : now === expected(policy, was, permission);
          assertEquals(fine, true, `seed ${seed}: ${JSON.stringify({ policy, given, map })}`);
        }
      }
    }
  }
});
