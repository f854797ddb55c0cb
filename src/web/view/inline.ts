/**
 * Markdown inside a line: emphasis, code, links. In time proportional to the text.
 *
 * @module
 */

/** A piece of a line. */
export type Inline =
  | { type: "text"; text: string }
  | { type: "code"; text: string }
  | { type: "strong" | "em" | "del"; children: Inline[] }
  | { type: "link"; href: string; children: Inline[] }
  | { type: "break" };

interface Open {
  mark: string;
  /** Where its content begins in the output. */
  from: number;
}

const MARKS: Readonly<Record<string, "strong" | "em" | "del">> = {
  "**": "strong",
  "__": "strong",
  "*": "em",
  "_": "em",
  "~~": "del",
};

/** Deeper than this, marks are text. */
const MAX_DEPTH = 20;
/** So many marks and brackets are looked back at. */
const MAX_OPEN = 64;
const ESCAPED = /[!-/:-@[-`{-~]/;

/** Parses the content of a paragraph, heading or cell. */
export function parseInline(text: string): Inline[] {
  const out: Inline[] = [];
  const open: Open[] = [];
  const codes = codeSpans(text);
  let plain = "";
  let url: string;
  const flush = () => {
    if (plain !== "") out.push({ type: "text", text: plain });
    plain = "";
  };
  for (let at = 0; at < text.length;) {
    const char = text[at]!;
    if (char === "\\" && ESCAPED.test(text[at + 1] ?? "")) {
      plain += text[at + 1];
      at += 2;
    } else if (char === "`") {
      const span = codes.get(at);
      const length = runLength(text, at);
      if (span === undefined) plain += text.slice(at, at + length);
      else {
        flush();
        out.push({ type: "code", text: trimCode(text.slice(at + length, span)) });
      }
      at = (span ?? at) + length;
    } else if (char === "\n") {
      // looked up in the source: `plain` is put together only when it is complete
      const hard = text[at - 1] === "\\" || text.slice(at - 2, at) === "  ";
      plain = hard ? withoutEnd(plain) : `${plain} `;
      if (hard) {
        flush();
        out.push({ type: "break" });
      }
      at++;
    } else if (char === "[") {
      flush();
      // the oldest of many brackets that nothing closes is no link
      if (open.length >= MAX_OPEN) open.splice(open.findIndex(({ mark }) => mark === "["), 1);
      open.push({ mark: "[", from: out.length });
      out.push({ type: "text", text: "[" });
      at++;
    } else if (char === "]") {
      const end = closeLink(text, at, out, open, () => flush());
      if (end === undefined) plain += char;
      at = end ?? at + 1;
    } else if (char === "h" && boundary(text, at) && (url = bareUrl(text, at)) !== "") {
      flush();
      out.push({ type: "link", href: url, children: [{ type: "text", text: url }] });
      at += url.length;
    } else if (char === "*" || char === "_" || (char === "~" && text[at + 1] === "~")) {
      flush();
      at = mark(text, at, out, open);
    } else {
      plain += char;
      at++;
    }
  }
  flush();
  return join(out);
}

/** Emphasis begins or ends here. Gives where to go on. */
function mark(text: string, at: number, out: Inline[], open: Open[]): number {
  const char = text[at]!;
  const length = Math.min(runLength(text, at), 2);
  const sign = char.repeat(length);
  const before = text[at - 1] ?? " ";
  const after = text[at + length] ?? " ";
  const inWord = char === "_" && /[\p{L}\p{N}]/u.test(before) && /[\p{L}\p{N}]/u.test(after);
  const closes = !/\s/.test(before) && !inWord;
  const opens = !/\s/.test(after) && !inWord;
  const found = closes ? open.findLastIndex(({ mark }) => mark === sign) : -1;
  const crossed = open.findLastIndex(({ mark }) => mark === "[") > found;
  const type = MARKS[sign];
  if (found !== -1 && !crossed && type !== undefined) {
    const { from } = open[found]!;
    const children = join(out.splice(from).slice(1));
    open.length = found;
    if (children.length > 0) out.push({ type, children });
    return at + length;
  }
  if (opens && type !== undefined && open.length < MAX_DEPTH) {
    open.push({ mark: sign, from: out.length });
  }
  out.push({ type: "text", text: sign });
  return at + length;
}

/** A link ends here: `](address)`. Gives where to go on, or nothing where it is no link. */
function closeLink(
  text: string,
  at: number,
  out: Inline[],
  open: Open[],
  flush: () => void,
): number | undefined {
  const found = open.findLastIndex(({ mark }) => mark === "[");
  if (found === -1) return undefined;
  if (text[at + 1] !== "(") {
    open.splice(found, 1);
    return undefined;
  }
  const rest = text.slice(at + 2, at + 2 + MAX_ADDRESS);
  const end = /^\s*<?((?:[^\s()<>]|\([^\s()<>]*\))*)>?(?:\s+"[^"]*")?\s*\)/.exec(rest);
  if (!end) {
    open.splice(found, 1);
    return undefined;
  }
  flush();
  const { from } = open[found]!;
  const children = join(out.splice(from).slice(1));
  open.length = found;
  // a picture is a link: the page loads nothing from elsewhere
  const last = out.at(-1);
  if (last?.type === "text" && last.text.endsWith("!")) last.text = last.text.slice(0, -1);
  const href = safeAddress(end[1]!);
  if (href === undefined) out.push(...children);
  else out.push({ type: "link", href, children: withoutLinks(children) });
  return at + 2 + end[0].length;
}

const MAX_ADDRESS = 2_000;

/** An address that a link may have: of the web, or of mail. */
export function safeAddress(address: string): string | undefined {
  return /^(?:https?:\/\/|mailto:)[^\s]+$/i.test(address) ? address : undefined;
}

function withoutLinks(nodes: Inline[]): Inline[] {
  return nodes.flatMap((node) => node.type === "link" ? node.children : [node]);
}

/** Without the spaces or the backslash that make a line break. */
function withoutEnd(text: string): string {
  let end = text.length;
  if (text[end - 1] === "\\") return text.slice(0, end - 1);
  while (text[end - 1] === " ") end--;
  return text.slice(0, end);
}

/** The address that is written at a place; `""` where none is, or not yet. */
function bareUrl(text: string, at: number): string {
  const url = /^https?:\/\/[^\s<>"'`|)\]]+/.exec(text.slice(at, at + MAX_ADDRESS))?.[0] ?? "";
  let end = url.length;
  while (".,:;!?*_~".includes(url[end - 1]!)) end--;
  return url.slice(0, end);
}

function boundary(text: string, at: number): boolean {
  return at === 0 || /[\s([{"'*_~<]/.test(text[at - 1]!);
}

/** Where each run of backticks that opens a code span finds the run that closes it. */
function codeSpans(text: string): Map<number, number> {
  const spans = new Map<number, number>();
  const runs: { at: number; length: number }[] = [];
  for (const found of text.matchAll(/`+/g)) runs.push({ at: found.index, length: found[0].length });
  const next = new Map<number, number>();
  const closers: (number | undefined)[] = new Array(runs.length);
  for (let i = runs.length - 1; i >= 0; i--) {
    closers[i] = next.get(runs[i]!.length);
    next.set(runs[i]!.length, i);
  }
  for (let i = 0; i < runs.length;) {
    const closer = closers[i];
    if (closer === undefined) i++;
    else {
      spans.set(runs[i]!.at, runs[closer]!.at);
      i = closer + 1;
    }
  }
  return spans;
}

function trimCode(text: string): string {
  const line = text.replaceAll("\n", " ");
  const padded = line.length > 2 && line.startsWith(" ") && line.endsWith(" ");
  return padded && line.trim() !== "" ? line.slice(1, -1) : line;
}

function runLength(text: string, at: number): number {
  let end = at + 1;
  while (text[end] === text[at]) end++;
  return end - at;
}

/** Texts beside each other as one. */
function join(nodes: Inline[]): Inline[] {
  const out: Inline[] = [];
  for (const node of nodes) {
    const last = out.at(-1);
    if (node.type === "text" && last?.type === "text") last.text += node.text;
    else out.push(node);
  }
  return out;
}

/** The text of a line without its marks. */
export function plainText(nodes: readonly Inline[]): string {
  return nodes.map((node) =>
    "children" in node ? plainText(node.children) : node.type === "break" ? " " : node.text
  ).join("");
}
