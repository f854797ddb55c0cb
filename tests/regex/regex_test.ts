import { assert, assertEquals, assertThrows } from "@std/assert";
import { PatternError, Regex } from "../../src/regex/regex.ts";
import { test } from "../harness.ts";

test("Regex fits what it should where JavaScript's syntax has no word", () => {
  const table: [pattern: string, text: string, fits: boolean][] = [
    ["(?i)todo", "a TODO", true],
    ["a(?i)b", "aB", true],
    ["a(?i)b", "AB", false],
    ["(?i:a)b", "Ab", true],
    ["(?i:a)b", "AB", false],
    ["(?i)a(?-i:b)c", "AbC", true],
    ["(?i)a(?-i:b)c", "ABC", false],
    ["(a(?i)b|c)d", "Cd", true],
    ["(a(?i)b|c)d", "cD", false],
    ["(?s)a.b", "a\nb", true],
    ["a.b", "a\nb", false],
    ["(?m)^b$", "a\nb\nc", true],
    ["^b$", "a\nb\nc", false],
    ["\\Ab\\z", "b", true],
    ["(?m)\\Ab", "a\nb", false],
    ["[[:alpha:]]+[[:digit:]]", "ab1", true],
    ["[[:^alpha:]]", "abc", false],
    ["[[:alpha:]_]{3}", "a_b", true],
    ["(?P<name>a)b", "ab", true],
    ["\\pL{2}", "éa", true],
    ["\\p{^L}", "é", false],
    ['{"needle": true}', '{"needle": true}', true],
    ["a{,2}", "a{,2}", true],
    ["x{", "x{", true],
    ["a]", "a]", true],
    ['\\-\\/\\"\\#', '-/"#', true],
    ["\\<a\\>", "<a>", true],
    ["\\u{10ffff}", "\u{10ffff}", true],
    ["^.$", "😀", true],
    ["^[^a]$", "😀", true],
    ["\\ud83d\\ude00", "😀", true],
    ["[]", "a", false],
    ["[\\w-.]", "-", true],
    ["(?:){1000}{0}".slice(0, 10), "", true],
    ["((?:){1000}){1000}a", "a", true],
    ["(a*)*b", "aab", true],
    ["(|a)+$", "aa", true],
    ["", "", true],
  ];
  for (const [pattern, text, fits] of table) {
    assertEquals(new Regex(pattern).test(text), fits, `${pattern} on ${JSON.stringify(text)}`);
  }
  assertEquals(new Regex("a.b*", { literal: true }).test("xa.b*x"), true);
  assertEquals(new Regex("a.b*", { literal: true }).test("aab"), false);
  assertEquals(new Regex("É(", { literal: true, ignoreCase: true }).test("é("), true);
});

test("Regex says what is wrong with a pattern, where, and what to write", () => {
  const table: [pattern: string, message: RegExp][] = [
    ["(a)\\1", /back-references are not supported, at character 5 .*; write what is to come twice/],
    ["(?<a>a)\\k<a>", /back-references/],
    ["a(?=b)", /lookarounds.* are not supported.*; search for the part/],
    ["(?!a)b", /lookarounds/],
    ["(?<=a)b", /lookarounds/],
    ["(?<!a)b", /lookarounds/],
    ["(?>a)", /atomic groups are not supported.*write \(\?:/],
    ["a++", /a quantifier is repeated|nothing that \+ could repeat/],
    ["(a", /never closed.*add a \)/],
    ["a)", /a \) without a \(.*write \\\)/],
    ["[a", /set is never closed.*at character 1 .*add a \]/],
    ["[z-a]", /out of order/],
    ["a{3,2}", /\{3,2\} is out of order/],
    ["a{1001}", /above 1000.*write \* or \+/],
    ["*a", /nothing that \* could repeat/],
    ["^*", /can't be repeated/],
    ["\\", /ends in a backslash/],
    ["\\y", /the escape \\y is not known.*write y/],
    ["\\p{Nonsense}", /property \\p\{Nonsense\} is not known/],
    ["\\p{L}\\p{M}\\p{N}\\p{P}\\p{Z}\\p{S}", /more than 5 different properties/],
    ["(?x)a", /flag x is not known.*i, m and s/],
    ["(a{1,1000}){1,1000}", /counted repetitions multiply/],
    ["((a{100}){100}){100}", /counted repetitions multiply/],
    ["(".repeat(1000) + ")".repeat(1000), /nested more than 200 deep/],
    ["a".repeat(5001), /longer than 5000 characters/],
    ["\\u{110000}", /beyond Unicode/],
  ];
  for (const [pattern, message] of table) {
    const error = assertThrows(() => new Regex(pattern), PatternError);
    assert(message.test(error.message), `${pattern}: ${error.message}`);
  }
});

const SLOW = [
  "(.*,)+$",
  "^(\\w+\\w)+$",
  "(a|a)*$",
  "(a{1,50}){1,50}$",
  "\\s+\\s+$",
  "(TODO|FIXME).*\\w+.*\\d+$",
  "(a+)+$",
  "(a*)*b",
  "([a-z]+)*x",
  "(?:\\w+\\s?)+$",
  "(\\w|\\d)*x",
  "(.|a)+b",
  "([ab]|[bc])*d",
  "(a{1,}){2,}c",
  "^(a?){50}a{50}$",
  "a*a*a*a*a*b",
  ".*.*.*=.*",
  "^(([a-z])+.)+[A-Z]([a-z])+$",
  "(x+x+)+y",
  "(.*a){20}$",
  "^(a|aa)+$",
  "(a?){1000}$",
  ".*(a|b).{500}c",
  "(?i)(ſ|s|S)*$z",
];

test("Regex never does more than a text's length times the pattern's size", () => {
  const length = 20_000;
  const texts = ["a", "a,", " ", "TODO a1 ", "ab", "xa", "aaaaaaaaaaaaaaaaaaaaaab", "s"].map((
    one,
  ) => one.repeat(length / one.length) + "!");
  for (const pattern of SLOW) {
    const regex = new Regex(pattern);
    for (const text of texts) {
      const matcher = regex.matcher();
      matcher.start();
      let at = 0;
      while (at < text.length && matcher.found === undefined) {
        const before = matcher.work;
        at = matcher.feed(text, at, text.length);
        // One call is a slice of time: characters and steps, and what one more state takes.
        assert(matcher.work - before < 300_000, pattern);
      }
      matcher.end();
      // Most come from the table; the last pattern but one makes a new state at every character.
      assert(matcher.work <= text.length * 1200, `${pattern}: ${matcher.work}`);
      if (!/\.\{500\}|\{20\}/.test(pattern)) {
        assert(matcher.work <= text.length * 2 + 1e6, `${pattern}: ${matcher.work}`);
      }
    }
  }
});

test("Regex keeps its table within its bounds", () => {
  const regex = new Regex("(a|b)*a(a|b){900}c");
  let text = "";
  for (let i = 0, x = 7; i < 30_000; i++) {
    x = Math.imul(x, 1103515245) + 12345 >>> 0;
    text += x >> 16 & 1 ? "a" : "b";
  }
  assertEquals(regex.test(text), false);
  assertEquals(regex.test(text + "c"), true);
  assertEquals(regex.test(text, 100_000), undefined);
});

test("Regex.requiredTexts says which texts a line must hold", () => {
  const cases: [string, string[] | undefined][] = [
    ["needle", ["needle"]],
    ["a.needle.b", ["needle"]],
    ["foo|barn", ["foo", "barn"]],
    ["foo|", undefined],
    ["(foo|barn)x?", ["foo", "barn"]],
    ["(foo)?bar", ["bar"]],
    ["ab+cd", ["ab"]],
    ["ab*cde", ["cde"]],
    ["a{0,2}bc", ["bc"]],
    ["\\bword\\b", ["word"]],
    ["\\d+", undefined],
    [".*", undefined],
    ["a\\.b", ["a.b"]],
    ["(ab|c)(defg)", ["defg"]],
  ];
  for (const [pattern, texts] of cases) {
    assertEquals(new Regex(pattern).requiredTexts(), texts, pattern);
  }
});

test("Regex.everyText says which texts a line must all hold", () => {
  const cases: [string, string[]][] = [
    ["function\\s+rare\\w+\\(", ["function", "rare"]],
    ["fo+bar", ["bar", "fo"]],
    ["(foo|bar)x", ["x"]],
    ["(foo)?", []],
    ["(?:abc)+d*e", ["abc"]],
    ["\\d+", []],
  ];
  for (const [pattern, texts] of cases) {
    assertEquals(new Regex(pattern).everyText(), texts, pattern);
  }
});

test("Regex.requiredRun finds what is narrow, and never works without end", () => {
  const cases: [string, string | undefined, string, string][] = [
    ["[A-Z]{3}\\d", "[A-Z]{3}[0-9]", "xABC7", "ABCx"],
    ["\\d{2}-?\\w*", "[0-9]{2}", "a12", "1a2"],
    ["[A-Z]+[0-9]", "[A-Z][0-9]", "AB1", "AB"],
    ["\\w+", undefined, "", ""],
    ["(a|b)[A-Z]?[0-9]", undefined, "", ""],
  ];
  for (const [pattern, same, fits, not] of cases) {
    const run = new Regex(pattern).requiredRun();
    assertEquals(run === undefined, same === undefined, pattern);
    if (run === undefined) continue;
    assertEquals(new RegExp(run, "u").test(fits), true, pattern);
    assertEquals(new RegExp(run, "u").test(not), false, pattern);
  }
  // 1000 to the power of 50 of nothing.
  const nothing = `${"(".repeat(50)}${"){1000}".repeat(50)}[A-Z][0-9]`;
  assertEquals(new Regex(nothing).test("A1"), true);
  new Regex(nothing).requiredRun();
});
