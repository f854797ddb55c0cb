import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../harness.ts";
import { diffLines, formatDiff } from "../../src/text/diff.ts";

/** Both texts, put together again from their difference. */
function sides(before: string, after: string): [string, string] {
  const lines = diffLines(before, after);
  const side = (kind: string) =>
    lines.filter((line) => line.kind === " " || line.kind === kind).map(({ text }) => text)
      .join("\n");
  return [side("-"), side("+")];
}

test("diffLines gives back both texts when its lines are put together", () => {
  let seed = 12345;
  const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  for (let round = 0; round < 300; round++) {
    const text = () => Array.from({ length: random(12) }, () => "abc"[random(3)]).join("\n");
    const [a, b] = [text(), text()];
    assertEquals(sides(a, b), [a, b]);
  }
});

test("diffLines keeps what both have when one line is changed", () => {
  assertEquals(diffLines("a\nb\nc", "a\nB\nc"), [
    { kind: " ", text: "a" },
    { kind: "-", text: "b" },
    { kind: "+", text: "B" },
    { kind: " ", text: "c" },
  ]);
});

test("diffLines shows the middle as one block when it is very long", () => {
  const long = (word: string) => Array.from({ length: 5000 }, (_, i) => `${word}${i}`).join("\n");
  const before = `same\n${long("a")}`;
  const after = `same\n${long("b")}`;
  assertEquals(sides(before, after), [before, after]);
});

test("formatDiff leaves out what is equal and far away, and says where it stops", () => {
  const before = Array.from({ length: 40 }, (_, i) => `${i}`).join("\n");
  const after = before.replace("\n5\n", "\nfive\n").replace("\n30\n", "\nthirty\n");
  assertEquals(
    formatDiff(diffLines(before, after), { context: 1 }),
    "  4\n- 5\n+ five\n  6\n…\n  29\n- 30\n+ thirty\n  31",
  );
  const short = formatDiff(diffLines(before, after), { context: 1, maxLines: 3 });
  assertStringIncludes(short, "… (more differences)");
});
