import { assertEquals } from "@std/assert";
import { test } from "../../harness.ts";
import {
  edit,
  type Editor,
  emptyEditor,
  submitted,
  type Wish,
  withText,
} from "../../../src/cli/chat/input/editor.ts";
import { type Ahead, takeBack, typeAhead } from "../../../src/cli/chat/input/ahead.ts";
import { KeyDecoder } from "../../../src/cli/chat/input/keys.ts";

/** Types into an editor. */
function type(text: string, start: Editor = emptyEditor()): { editor: Editor; wishes: Wish[] } {
  const decoder = new KeyDecoder();
  let editor = start;
  const wishes: Wish[] = [];
  for (const key of [...decoder.feed(new TextEncoder().encode(text)), ...decoder.flush()]) {
    const next = edit(editor, key);
    editor = next.editor;
    if (next.wish) wishes.push(next.wish);
  }
  return { editor, wishes };
}

const LEFT = "\u001b[D";
const UP = "\u001b[A";
const DOWN = "\u001b[B";
const shown = ({ text, cursor }: Editor) => `${text.slice(0, cursor)}|${text.slice(cursor)}`;

test("edit moves and deletes by what a reader sees as characters", () => {
  assertEquals(shown(type(`aä👨‍👩‍👧e\u0301${LEFT}${LEFT}`).editor), "aä|👨‍👩‍👧e\u0301");
  assertEquals(shown(type("a👨‍👩‍👧\u007f").editor), "a|");
  assertEquals(shown(type("e\u0301\u007f").editor), "|");
});

test("edit knows the editing keys of shells", () => {
  assertEquals(shown(type("one two three\u001bb\u001bb\u0017").editor), "|two three");
  assertEquals(shown(type("one two\u0001\u000b").editor), "|");
  assertEquals(shown(type("one two\u0017\u0019\u0019").editor), "one twotwo|");
  assertEquals(shown(type("one\u0015two").editor), "two|");
  assertEquals(shown(type("ab\u0001\u001b[3~").editor), "|b");
});

test("edit makes new lines, and moves between them", () => {
  const { editor } = type(`first\u001b\rsecond\nx${UP}${UP}`);
  assertEquals(shown(editor), "f|irst\nsecond\nx");
  assertEquals(shown(type(`a\\\r`).editor), "a\n|");
  assertEquals(type("a\r").wishes, ["submit"]);
});

test("edit takes a paste of many lines as one input", () => {
  const { editor, wishes } = type("\u001b[200~a\nb\r\nc\u001b[201~");
  assertEquals(shown(editor), "a\nb\nc|");
  assertEquals(wishes, []);
});

test("Up and Down recall, and the draft comes back", () => {
  const start = emptyEditor(["one", "two"]);
  assertEquals(shown(type(`draft${UP}`, start).editor), "two|");
  assertEquals(shown(type(`draft${UP}${UP}${UP}`, start).editor), "one|");
  assertEquals(shown(type(`draft${UP}${UP}${DOWN}${DOWN}`, start).editor), "draft|");
});

test("submitted keeps an input once, and never an empty one", () => {
  let editor = emptyEditor(["a"]);
  for (const text of ["b", "b", " "]) editor = submitted(withText(editor, text));
  assertEquals(editor.history, ["a", "b"]);
  assertEquals(editor.text, "");
});

test("edit tells what a key asks for", () => {
  assertEquals(type("\u0003").wishes, ["interrupt"]);
  assertEquals(type("\u0004").wishes, ["end"]);
  assertEquals(type("x\u0001\u0004").wishes, [], "Ctrl-D deletes where there is text");
  assertEquals(type("\t").wishes, ["complete"]);
});

test("what is typed while a turn runs becomes prompts that wait, or goes back into the input", () => {
  const typed = (text: string, start: Ahead) => {
    const decoder = new KeyDecoder();
    const keys = [...decoder.feed(new TextEncoder().encode(text)), ...decoder.flush()];
    return keys.reduce(typeAhead, start);
  };
  const begin: Ahead = { editor: emptyEditor(), queued: [] };
  const one = typed("fist\u007f\u007frst\rsec\\\rond\r \rthi", begin);
  assertEquals(one.queued, ["first", "sec\nond"]);
  assertEquals([one.editor.text, one.editor.history], [" thi", ["first", "sec\nond"]]);
  const pasted = typed("\u001b[200~two\nlines\u001b[201~\r", begin);
  assertEquals(pasted.queued, ["two\nlines"], "a paste is one prompt");
  assertEquals(typed(`${UP}${LEFT}\t`, begin), begin);
  const back = takeBack(one);
  assertEquals([back.queued, back.editor.text], [[], "first\nsec\nond\n thi"]);
  assertEquals(takeBack(begin), begin);
});
