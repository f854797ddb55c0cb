/** Layout, completion, commands and Markdown of the chat. */
import { assertEquals, assertThrows } from "@std/assert";
import { test } from "../../harness.ts";
import { complete, mentions, wordAt } from "../../../src/cli/chat/input/complete.ts";
import { layout, visible } from "../../../src/cli/chat/input/layout.ts";
import { TerminalMarkdown } from "../../../src/cli/chat/markdown.ts";
import { readLine, slashHelp } from "../../../src/cli/chat/slash.ts";
import { textColumns } from "../../../src/cli/chat/width.ts";
import { InvalidArgumentError } from "../../../src/errors.ts";

const at = (text: string, cursor: number, width: number) =>
  layout({ text, cursor, width, prompt: "> ", more: "  " });

test("layout wraps at the width, and the cursor goes along", () => {
  assertEquals(at("abcdef", 6, 7), { rows: ["> abcd", "  ef"], row: 1, column: 4 });
  assertEquals(at("abcd", 4, 7), { rows: ["> abcd"], row: 0, column: 6 });
  assertEquals(at("abcde", 4, 7), { rows: ["> abcd", "  e"], row: 1, column: 2 });
  assertEquals(at("a\nb", 1, 20), { rows: ["> a", "  b"], row: 0, column: 3 });
  assertEquals(at("", 0, 20), { rows: ["> "], row: 0, column: 2 });
});

test("layout counts wide characters twice, and shows nothing that a terminal obeys", () => {
  assertEquals(at("日本語", 3, 8), { rows: ["> 日本", "  語"], row: 1, column: 4 });
  assertEquals(at("a\u001b[2J", 5, 40).rows, ["> a\ufffd[2J"]);
  for (let width = 8; width < 40; width++) {
    for (const row of at("ab日本👨‍👩‍👧 cd\nef\tgh", 3, width).rows) {
      assertEquals(textColumns(row) < width, true, `${width}: ${row}`);
    }
  }
});

test("visible keeps the rows around the cursor", () => {
  const all = at("1\n2\n3\n4\n5", 0, 20);
  assertEquals(visible(all, 3).rows, ["> 1", "  2", "  3"]);
  assertEquals(visible({ ...all, row: 4 }, 3), { rows: ["  3", "  4", "  5"], row: 2, column: 2 });
});

test("complete fills in what is certain", () => {
  assertEquals(wordAt("/mo", 3), { kind: "command", word: "mo", from: 1 });
  assertEquals(wordAt("see @src/m", 10), { kind: "path", word: "src/m", from: 5 });
  assertEquals(wordAt("mail a@b", 8), undefined);
  assertEquals(complete("/mo", 3, 1, ["model", "new"]), {
    text: "/model ",
    cursor: 7,
    candidates: [],
  });
  assertEquals(complete("@s", 2, 1, ["src/", "scripts/"]), {
    text: "@s",
    cursor: 2,
    candidates: ["scripts/", "src/"],
  });
  assertEquals(complete("@sr x", 3, 1, ["src/"]), { text: "@src/ x", cursor: 5, candidates: [] });
  assertEquals(mentions("look at @a.ts, @b/c.ts. and me@x.y @a.ts"), ["a.ts", "b/c.ts"]);
});

test("readLine tells prompts, commands and the shell apart", () => {
  assertEquals(readLine("/model a/b"), { kind: "command", name: "model", argument: "a/b" });
  assertEquals(readLine("/quit"), { kind: "command", name: "exit", argument: "" });
  assertEquals(readLine("/"), { kind: "command", name: "help", argument: "" });
  assertEquals(readLine("! ls -la"), { kind: "shell", command: "ls -la" });
  assertEquals(readLine("/usr/bin is a path"), { kind: "prompt", text: "/usr/bin is a path" });
  assertEquals(readLine("!"), { kind: "prompt", text: "!" });
  assertThrows(() => readLine("/modle"), InvalidArgumentError, "did you mean /model?");
  assertThrows(() => readLine("/constructor"), InvalidArgumentError, "Unknown command");
  for (const name of ["help", "undo", "copy", "exit"]) {
    assertEquals(slashHelp().includes(`/${name}`), true);
  }
});

const SOURCE =
  "# Title\n\nSome **bold** and `co*de` text, 2 * 3.\n- item\n```ts\nlet a = 1;\n\n# no heading\n```\n| a | bb |\n|---|:-:|\n| 1 | 日本 |\nend";

test("TerminalMarkdown shows the same however the text is cut", () => {
  const paint = (color: string, text: string) => text === "" ? "" : `<${color}>${text}</${color}>`;
  const show = (size: number) => {
    const markdown = new TerminalMarkdown(paint, () => 80);
    let out = "";
    for (let i = 0; i < SOURCE.length; i += size) out += markdown.write(SOURCE.slice(i, i + size));
    out += markdown.end();
    // what is painted in pieces looks as if it were painted whole
    return out.replace(/<\/(\w+)><\1>/g, "");
  };
  const whole = show(SOURCE.length);
  assertEquals(
    whole,
    [
      "<bold>Title</bold>",
      "",
      "Some <bold>bold</bold> and <cyan>co*de</cyan> text, 2 * 3.",
      "- item",
      "  <dim>ts</dim>",
      "  <cyan>let a = 1;</cyan>",
      "",
      "  <cyan># no heading</cyan>",
      "<bold>a   │ bb</bold>",
      "────┼─────",
      "1   │ 日本",
      "end",
    ].join("\n"),
  );
  for (let size = 1; size < 12; size++) assertEquals(show(size), whole, `pieces of ${size}`);
});

test("TerminalMarkdown leaves a table as it came where it is too wide, and ends what is open", () => {
  const markdown = new TerminalMarkdown((_, text) => text, () => 10);
  assertEquals(markdown.write("| aaaa | bbbb |\n|--|--|\n"), "");
  assertEquals(markdown.end(), "| aaaa | bbbb |\n|--|--|\n");
  assertEquals(markdown.write("**open *"), "open ");
  assertEquals(markdown.end(), "*");
  assertEquals(markdown.write("a\u001b]0;title\u0007b"), "a\ufffd]0;title\ufffdb");
});
