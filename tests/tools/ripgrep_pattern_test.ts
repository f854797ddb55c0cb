import { assertEquals } from "@std/assert";
import { Regex } from "../../src/regex/regex.ts";
import { Ripgrep } from "../../src/tools/search/ripgrep.ts";
import { toRipgrep } from "../../src/tools/search/ripgrep_pattern.ts";
import { test } from "../harness.ts";
import { ripgrepForTests } from "./ripgrep_for_tests.ts";
import { plant, withTree } from "./support.ts";

test("ripgrep takes the patterns it is given, and leaves out the files that can't fit", async () => {
  const rg = new Ripgrep(await ripgrepForTests());
  const yes = "function rareNeedle(x) {\n  Größe 😀 k 42, a.b*[c] - \u00a0 &&~~--\n";
  const patterns = [
    "rareNeedle",
    "function\\s+rare\\w+\\(",
    "(?i)GRÖSSE|größe",
    "\\p{Lu}r\\p{L}+e",
    "^.*😀 K".replace("K", "k"),
    "\\d{2}, [^x]\\.b\\*",
    "a\\.b\\*\\[c\\] -",
    "[&~-]{6}",
    "k\\b.*\\D\\S\\W{2}",
    "(a|fun|ct){2}ion",
    "[\\]\\[^-]c\\]",
    "\\u{1F600}\\x20",
  ];
  await withTree(async ({ inside }) => {
    await plant(inside, { "yes.txt": yes, "sub/no.txt": "nothing\n", "sub/yes.txt": yes });
    const paths = ["sub/no.txt", "sub/yes.txt", "yes.txt"];
    const { signal } = new AbortController();
    assertEquals(await rg.maxList(inside) > 0, true);
    for (const pattern of patterns) {
      const printed = toRipgrep(new Regex(pattern).tree)!;
      assertEquals(
        await rg.holding(printed, inside, paths, ["sub/", ""], signal),
        ["sub/yes.txt", "yes.txt"],
        `${pattern} as ${printed}`,
      );
    }
    assertEquals(
      await rg.holding("(", inside, paths, ["sub/", ""], signal),
      paths,
      "it failed: all may fit",
    );
  });
  // Every line fits these, so there is nothing to ask.
  for (const pattern of ["", "a*", "^$", "a|", "(b?)+"]) {
    assertEquals(toRipgrep(new Regex(pattern).tree), undefined, pattern);
  }
});
