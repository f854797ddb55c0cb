import { assert, assertEquals } from "@std/assert";
import { PatternError, Regex } from "../../src/regex/regex.ts";
import { host } from "../../src/runtime/host.ts";
import { compileLinePattern } from "../../src/tools/search/line_pattern.ts";
import { test } from "../harness.ts";
import { randomFrom } from "../random.ts";

/** `REGEX_SEED` repeats a run, `REGEX_CASES` makes it longer. */
const SEED = Number(host().env.get("REGEX_SEED") ?? Date.now() % 1e9);
const CASES = Number(host().env.get("REGEX_CASES") ?? 1500);

const ATOMS = [
  ..."aabbckKsſé_- 1",
  ..."\\. \\d \\D \\w \\W \\s \\S [ab] [^ab] [a-c_] [^é] [^\\s] [\\w-] [^\\W1] . . 😀 [😀é] \\u{1F600}"
    .split(" "),
  ..."\\x61 \\u0062 \\cA \\t [\\b] \\n [^] \\p{Lu} \\P{Lu} \\p{L} [^\\p{L}] [\\P{Ll}] ß ẞ \\u2028"
    .split(" "),
];
const EDGES = ["^", "$", "\\b", "\\B"];
const MARKS = [
  "",
  "",
  "",
  "",
  "",
  "*",
  "+",
  "?",
  "{2}",
  "{1,3}",
  "{0,2}",
  "{2,}",
  "*?",
  "+?",
  "??",
];

function randomPattern(random: (n: number) => number, depth: number): string {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  let pattern = "";
  for (let i = 1 + random(4); i > 0; i--) {
    if (random(8) === 0) pattern += pick(EDGES);
    else if (depth > 0 && random(4) === 0) {
      const options = Array.from({ length: 1 + random(3) }, () => randomPattern(random, depth - 1));
      if (random(5) === 0) options.push("");
      pattern += `(${pick(["", "?:", "?<g" + random(1e9) + ">"])}${options.join("|")})${
        pick(MARKS)
      }`;
    } else pattern += pick(ATOMS) + pick(MARKS);
  }
  return pattern;
}

/** Whether it fits at one of the text's characters: older engines also look within a pair of surrogates. */
function somewhere(sticky: RegExp, text: string): boolean {
  for (let at = 0; at <= text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1) {
    sticky.lastIndex = at;
    if (sticky.test(text)) return true;
  }
  return false;
}

const LETTERS = [
  ..."aaabbbcckKsS_- 1.é\n\r\t\u2028\u0001ßẞſ\u212aÉ",
  "😀",
  "\ud83d",
  "\ude00",
  "ab",
];

test(`Regex agrees with the runtime's RegExp on random patterns (seed ${SEED})`, () => {
  const random = randomFrom(SEED);
  let fits = 0;
  for (let round = 0; round < CASES; round++) {
    const pattern = randomPattern(random, 2);
    const [i, s, m] = [random(3) === 0, random(4) === 0, random(4) === 0];
    const expected = new RegExp(pattern, `uy${i ? "i" : ""}${s ? "s" : ""}${m ? "m" : ""}`);
    const own = `${s ? "(?s)" : ""}${m ? "(?m)" : ""}${pattern}`;
    const regex = new Regex(own, { ignoreCase: i });
    for (let line = 0; line < 12; line++) {
      // Short, so that the backtracking of the other side ends too.
      let text = "";
      for (let n = random(9); n > 0; n--) text += LETTERS[random(LETTERS.length)];
      const want = somewhere(expected, text);
      if (want) fits++;
      assertEquals(
        regex.test(text),
        want,
        `seed ${SEED} round ${round}: ${own} ${i ? "i " : ""}on ${JSON.stringify(text)}`,
      );
    }
  }
  assert(fits > CASES && fits < CASES * 11, "most patterns fit everything, or nothing");
});

test(`Regex gives the same however a text is cut (seed ${SEED})`, () => {
  const random = randomFrom(SEED + 1);
  for (let round = 0; round < 500; round++) {
    const regex = new Regex(randomPattern(random, 2), { ignoreCase: random(2) === 0 });
    let text = "";
    for (let n = random(30); n > 0; n--) text += LETTERS[random(LETTERS.length)];
    const matcher = regex.matcher();
    matcher.start();
    for (let at = 0; at < text.length && matcher.found === undefined;) {
      let to = Math.min(text.length, at + 1 + random(4));
      if (/[\ud800-\udbff]/.test(text[to - 1]!)) to = Math.min(text.length, to + 1);
      at = matcher.feed(text, at, to);
    }
    assertEquals(matcher.end(), regex.test(text), `seed ${SEED} round ${round}`);
  }
});

test(`what passes over lines never passes over one that fits (seed ${SEED})`, () => {
  const random = randomFrom(SEED + 3);
  let passed = 0;
  let fits = 0;
  for (let round = 0; round < CASES; round++) {
    const pattern = randomPattern(random, 2);
    const ignoreCase = random(3) === 0;
    const line = compileLinePattern(pattern, { ignoreCase });
    const regex = new Regex(pattern, { ignoreCase });
    for (let tries = 0; tries < 6; tries++) {
      let text = "";
      for (let n = random(12); n > 0; n--) {
        const letter = LETTERS[random(LETTERS.length)]!;
        if (!/[\ud800-\udfff]/u.test(letter)) text += letter; // no text of a file has half a character
      }
      const lines = text.split("\n");
      const starts = lines.map((_, i) => lines.slice(0, i).join("\n").length + (i > 0 ? 1 : 0));
      for (const [i, start] of starts.entries()) {
        if (!regex.test(lines[i]!.replace(/\r$/, "")) || start >= text.length) {
          passed++;
          continue;
        }
        fits++;
        const place = line.next(text, start);
        const end = start + lines[i]!.length;
        const where = `seed ${SEED} round ${round}: ${pattern} on ${JSON.stringify(text)}`;
        assert(place >= start && place <= end, where);
        assert(line.next(text, 0) >= 0, where);
      }
    }
  }
  assert(fits > CASES && passed > CASES);
});

test("Regex never fails but with a PatternError on text that is no pattern", () => {
  const random = randomFrom(SEED + 2);
  const bits = [..."()[]{}|*+?^$\\.-:=!<>P,1ab", "(?", "\\p{", "\\u{", "[[:", ":]", "\\x", "{2,"];
  let refused = 0;
  for (let round = 0; round < CASES; round++) {
    let pattern = "";
    for (let n = random(8); n >= 0; n--) pattern += bits[random(bits.length)];
    try {
      new Regex(pattern).test("ab(1)\n");
    } catch (error) {
      assert(error instanceof PatternError, `${pattern}: ${error}`);
      assert(error.message.length > 10);
      refused++;
    }
  }
  assert(refused > CASES / 10 && refused < CASES);
});
