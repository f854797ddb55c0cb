import { assertEquals } from "@std/assert";
import { TextTracker } from "../../src/session/text.ts";
import { test } from "../harness.ts";

function tracker(): TextTracker {
  return new TextTracker("text", "msg_a", "prt_a");
}

test("TextTracker gives deltas as they come", () => {
  const text = tracker();
  assertEquals([text.delta("Hel"), text.delta("lo")], ["Hel", "lo"]);
  assertEquals(text.close("Hello"), "");
  assertEquals(text.text, "Hello");
});

test("TextTracker gives what was missing when the whole comes", () => {
  const text = tracker();
  text.delta("Hel");
  assertEquals(text.close("Hello there"), "lo there");
});

test("TextTracker gives nothing after the whole, even where deltas come late", () => {
  const text = tracker();
  assertEquals(text.close("Hello"), "Hello");
  assertEquals([text.delta("Hel"), text.delta("lo"), text.close("Hello")], ["", "", ""]);
});

test("TextTracker trusts only the whole after a gap", () => {
  const text = tracker();
  text.delta("one ");
  text.delta("two");
  text.gap();
  assertEquals(text.delta("four"), "");
  assertEquals(text.close("one two three four"), " three four");
});

test("TextTracker skips what is out already when the server fills the part anew", () => {
  const text = tracker();
  text.delta("Hello wor");
  text.restart();
  assertEquals(text.delta("Hello"), "");
  assertEquals(text.delta(" world"), "ld");
  assertEquals(text.close("Hello world"), "");
});

test("TextTracker gives all of the new text when the server's second try says something else", () => {
  const text = tracker();
  text.delta("Hello");
  text.restart();
  assertEquals(text.delta("Good day"), "Good day");
  assertEquals(text.close("Good day"), "");
  assertEquals(text.text, "Good day");
});
