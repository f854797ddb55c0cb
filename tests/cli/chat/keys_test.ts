import { assertEquals } from "@std/assert";
import { test } from "../../harness.ts";
import { type Key, KeyDecoder } from "../../../src/cli/chat/input/keys.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const all = (text: string): Key[] => {
  const decoder = new KeyDecoder();
  return [...decoder.feed(bytes(text)), ...decoder.flush()];
};
const names = (text: string) => all(text).map((key) => key.kind === "key" ? key.name : key.text);

test("KeyDecoder knows the keys of common terminals", () => {
  const known: Record<string, string> = {
    "\r": "enter",
    "\n": "newline",
    "\u001b\r": "newline",
    "\u001b[13;2u": "newline",
    "\u001b[27;2;13~": "newline",
    "\u007f": "backspace",
    "\u001b[A": "up",
    "\u001bOB": "down",
    "\u001b[1;5C": "word-right",
    "\u001b[1;3D": "word-left",
    "\u001bb": "word-left",
    "\u001b[3~": "delete",
    "\u001b[H": "home",
    "\u001b[4~": "end",
    "\u001b[Z": "backtab",
    "\t": "tab",
    "\u0003": "ctrl-c",
    "\u0004": "ctrl-d",
    "\u001b": "escape",
    "\u001b\u007f": "delete-word",
    "\u001b[99~": "unknown",
    "\u0000": "unknown",
  };
  for (const [text, name] of Object.entries(known)) {
    assertEquals(names(text), [name], JSON.stringify(text));
  }
});

test("KeyDecoder gives the same keys however the bytes are cut", () => {
  const text = "aä😀\u001b[A\u001b[1;5Cx\u001b[200~p\r\nq\u001b[A\u001b[201~\r\u001bOH";
  const whole = all(text);
  const joined = (keys: Key[]) =>
    keys.reduce<Key[]>((out, key) => {
      const last = out.at(-1);
      if (key.kind === "text" && last?.kind === "text") last.text += key.text;
      else out.push({ ...key });
      return out;
    }, []);
  const data = bytes(text);
  for (let size = 1; size < 8; size++) {
    const decoder = new KeyDecoder();
    const keys: Key[] = [];
    for (let at = 0; at < data.length; at += size) {
      keys.push(...decoder.feed(data.slice(at, at + size)));
    }
    assertEquals(joined([...keys, ...decoder.flush()]), joined(whole), `pieces of ${size}`);
  }
});

test("KeyDecoder takes a paste of many lines as one, whatever it holds", () => {
  const decoder = new KeyDecoder();
  assertEquals(decoder.feed(bytes("\u001b[200~one\r\ntwo\u001b[D")), []);
  assertEquals(decoder.pending, false, "a paste is not cut short by a wait");
  assertEquals(decoder.flush(), []);
  assertEquals(decoder.feed(bytes("\u0003three\u001b[201~")), [
    { kind: "paste", text: "one\ntwo\u001b[D\u0003three" },
  ]);
});

test("KeyDecoder takes lines that come at once as a paste, where the terminal marks none", () => {
  const paste = (text: string): Key[] => [{ kind: "paste", text }];
  assertEquals(all("one\rtwo\r"), paste("one\ntwo\n"));
  assertEquals(all("\tone\r\n\r\n\ttwo"), paste("\tone\n\n\ttwo"));
  assertEquals(names("hello\r"), ["hello", "enter"]);
  assertEquals(names("\r\r"), ["enter", "enter"]);
  assertEquals(names("one\rtwo\u0003"), ["one", "enter", "two", "ctrl-c"]);
  const decoder = new KeyDecoder();
  assertEquals(decoder.feed(bytes("three\r"), true), paste("three\n"));
  assertEquals(decoder.feed(bytes("\u001b[A"), true), [{ kind: "key", name: "up" }]);
});
