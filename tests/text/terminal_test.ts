import { assertEquals } from "@std/assert";
import { safeLine, safeText, withoutColors } from "../../src/text/terminal.ts";
import { test } from "../harness.ts";

/** Every character that a terminal obeys, or that a reader can't see. */
const UNSAFE = [
  ...Array.from({ length: 32 }, (_, code) => code).filter((code) => code !== 9 && code !== 10),
  ...Array.from({ length: 33 }, (_, i) => 0x7f + i),
  ...[0x61c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202d, 0x202e, 0x2066, 0x2069],
  ...[0xfeff, 0xe0041],
].map((code) => String.fromCodePoint(code));

test("safeText and safeLine replace every character that a terminal would obey", () => {
  for (const char of UNSAFE) {
    const name = `U+${char.codePointAt(0)!.toString(16)}`;
    assertEquals(safeText(`a${char}b`), "a\ufffdb", name);
    assertEquals(safeLine(`a${char}b`), "a\ufffdb", name);
  }
});

test("safeText keeps words, line ends and tabs", () => {
  assertEquals(safeText("ä 漢字 👍🏽 👩‍👧\n\tשלום\r\nb"), "ä 漢字 👍🏽 👩‍👧\n\tשלום\nb");
});

test("safeLine is one line within its bound", () => {
  assertEquals(safeLine("a\nb\tc"), "a b c");
  assertEquals(safeLine("abcdef", 4), "abc…");
  assertEquals(safeLine("abcd", 4), "abcd");
  assertEquals(safeLine("\x1b".repeat(50_000_000), 3), "\ufffd\ufffd…");
});

test("withoutColors takes whole sequences away", () => {
  assertEquals(withoutColors("\x1b[91m\x1b[1mError: \x1b[0mred\x1b[2K\x1b[?25h"), "Error: red");
});
