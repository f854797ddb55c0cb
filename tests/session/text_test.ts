import { assertEquals } from "@std/assert";
import { TextTracker } from "../../src/dialect/v1/turn/text.ts";
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

test("TextTracker skips what an abandoned part gave out already", () => {
  const first = tracker();
  first.delta("Hello wor");
  const second = tracker();
  second.takeOver(first);
  assertEquals(second.delta("Hello"), "");
  assertEquals(second.delta(" world"), "ld");
  assertEquals(second.close("Hello world!"), "!");
  assertEquals([second.text, second.diverged], ["Hello world!", false]);
});

test("TextTracker gives all of a second try that says something else", () => {
  const first = tracker();
  first.delta("Hello");
  const second = tracker();
  second.takeOver(first);
  assertEquals(second.delta("Good"), "Good");
  assertEquals(second.diverged, true);
  assertEquals(second.close("Good day"), " day");
});

test("TextTracker skips an abandoned part's text where the whole comes at once", () => {
  const first = tracker();
  first.delta("Hello wor");
  const second = tracker();
  second.takeOver(first);
  assertEquals(second.close("Hello world"), "ld");
});
