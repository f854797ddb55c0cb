import { assert, assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { type Inline, parseInline, plainText, safeAddress } from "../../src/web/view/inline.ts";
import { type Block, nextBlock, parseMarkdown } from "../../src/web/view/markdown.ts";

const text = (text: string): Inline => ({ type: "text", text });

test("parseInline knows emphasis, code, links and bare addresses", () => {
  assertEquals(parseInline("a **b _c_** `d*e` ~~f~~"), [
    text("a "),
    { type: "strong", children: [text("b "), { type: "em", children: [text("c")] }] },
    text(" "),
    { type: "code", text: "d*e" },
    text(" "),
    { type: "del", children: [text("f")] },
  ]);
  assertEquals(parseInline('[a](https://x.y/z "t"), https://b.c/d.'), [
    { type: "link", href: "https://x.y/z", children: [text("a")] },
    text(", "),
    { type: "link", href: "https://b.c/d", children: [text("https://b.c/d")] },
    text("."),
  ]);
});

test("parseInline leaves text alone that only looks like Markdown", () => {
  for (
    const plain of [
      "2 * 3 * 4",
      "snake_case_name",
      "a [b] c",
      "**",
      "`",
      "[](",
      "\\",
      "a ~ b",
      "* ",
    ]
  ) assertEquals(plainText(parseInline(plain)), plain);
  assertEquals(parseInline("\\*a\\*"), [text("*a*")]);
});

test("parseInline comes back from an address that is not written yet", () => {
  // each of these had the page make nodes without end
  for (const plain of ["https://", "see http:// there", "(https://)", "<http://>", "a https://"]) {
    assertEquals(parseInline(plain), [text(plain)]);
  }
});

test("parseInline makes no link of an address that could run something", () => {
  for (
    const address of [
      "javascript:alert(1)",
      "JaVaScRiPt:alert(1)",
      "data:text/html,<script>alert(1)</script>",
      "vbscript:x",
      "file:///etc/passwd",
      "//evil.example/x",
      "blob:https://x/1",
      "java\tscript:alert(1)",
    ]
  ) {
    assertEquals(safeAddress(address), undefined);
    assert(!JSON.stringify(parseInline(`[a](${address})`)).includes("href"), address);
  }
});

test("parseMarkdown reads headings, lists, tables, quotes, code and rules", () => {
  const source = [
    "# One",
    "a",
    "b",
    "",
    "- x",
    "  - y",
    "- [x] z",
    "",
    "3. c",
    "4. d",
    "",
    "> q",
    "",
    "| h | i |",
    "|---|:-:|",
    "| 1 \\| 2 | 3 |",
    "",
    "---",
    "~~~js",
    "```",
    "~~~",
  ].join("\n");
  const blocks = parseMarkdown(source);
  assertEquals(blocks.map(({ type }) => type), [
    "heading",
    "paragraph",
    "list",
    "list",
    "quote",
    "table",
    "rule",
    "code",
  ]);
  const list = blocks[2] as Extract<Block, { type: "list" }>;
  assertEquals(list.items.length, 2);
  assertEquals(list.items[0]!.blocks[1]!.type, "list");
  assertEquals(list.items[1]!.done, true);
  assertEquals((blocks[3] as typeof list).start, 3);
  const table = blocks[5] as Extract<Block, { type: "table" }>;
  assertEquals(table.align, [undefined, "center"]);
  assertEquals(table.rows.map((row) => row.map(plainText)), [["1 | 2", "3"]]);
  assertEquals(blocks[7], { type: "code", language: "js", text: "```" });
});

test("nextBlock gives the same blocks when a text grows piece by piece", () => {
  const source =
    "# A\n\ntext **b**\n\n- x\n- y\n\n```ts\nlet a;\n\nlet b;\n```\n\n| a |\n|---|\n| 1 |\n\nend";
  const whole = parseMarkdown(source);
  for (let size = 1; size < 9; size++) {
    const settled: Block[] = [];
    let at = 0;
    for (let end = size; end < source.length + size; end += size) {
      const now = source.slice(0, end);
      for (let read = nextBlock(now, at); read && !read.open; read = nextBlock(now, at)) {
        settled.push(read.block);
        at = read.end;
      }
    }
    settled.push(...parseMarkdown(source.slice(at)));
    assertEquals(settled, whole, `pieces of ${size}`);
  }
});

test("parseMarkdown takes time in proportion to the text", () => {
  const shapes: Record<string, (n: number) => string> = {
    stars: (n) => "*a ".repeat(n),
    brackets: (n) => "[".repeat(n) + "]".repeat(n),
    ticks: (n) => "`a``b".repeat(n),
    mixed: (n) => "**a*b_c~~d[e](".repeat(n),
    items: (n) => "- a\n\n".repeat(n),
    blanks: (n) => `- a${"\n".repeat(n)}x`,
    quotes: (n) => ">".repeat(n),
    nested: (n) => Array.from({ length: Math.sqrt(n) }, (_, i) => `${" ".repeat(i)}- x`).join("\n"),
    pipes: (n) => "|".repeat(n) + "\n" + "-|".repeat(n),
    words: (n) => "word\n".repeat(n),
  };
  const time = (source: string) => {
    const started = performance.now();
    parseMarkdown(source);
    return performance.now() - started;
  };
  for (const [name, shape] of Object.entries(shapes)) {
    time(shape(2_000)); // compiled now
    const [small, large] = [time(shape(4_000)), time(shape(40_000))];
    // ten times the text: a square would be a hundred times the time
    assert(large < Math.max(40, small) * 40, `${name}: ${small} ms, then ${large} ms`);
  }
});

test("no text takes the parser longer than its length allows", () => {
  const many = (text: string, length = 200_000) => text.repeat(length / text.length);
  const hostile: Record<string, string> = {
    "a heading with many blanks": `# a${many(" ")}b`,
    "a fence that is none": `\`\`\`${many("x")}\``,
    "a fence with many blanks": `\`\`\`${many(" ")}\``,
    "code that begins with a blank": `\` ${many("a")}\``,
    "code of blanks": `\`${many(" ")}\``,
    "brackets that nothing closes": `${many("[")}${many("*a* ")}`,
    "brackets that close nothing": `${many("[")}${many("]")}`,
    "links without an end": many("[a]("),
    "links of links": many("[a](b"),
    "emphasis that nothing closes": many("*a _b __c "),
    "stars": many("*"),
    "backticks of all lengths": many("` `` ``` "),
    "a table's rules with blanks": many(`a | b\n|${" ".repeat(1_900)}x\n`),
    "a table with many columns and rows": `${many("|", 1_900)}\n${many("-|", 3_800)}\n${
      many("|\n")
    }`,
    "addresses that end in dots": many(`http://${".".repeat(1_900)}a `),
    "quotes in quotes": many("> "),
    "lists in lists": Array.from({ length: 600 }, (_, i) => `${" ".repeat(i)}- a`).join("\n"),
    "a list of many": many("- a\n\n"),
    "rules that are none": many("* "),
  };
  for (const [what, text] of Object.entries(hostile)) {
    const began = performance.now();
    parseMarkdown(text);
    // the time of these was minutes, or grew with the square of the length
    assert(performance.now() - began < 5_000, what);
  }
});
