/**
 * Which recorded exchange answers a request, and what is different where none does.
 *
 * @module
 */
import { type DiffLine, diffLines, formatDiff } from "../../text/diff.ts";
import type { Exchange } from "./format.ts";

/**
 * How a request is compared with the recorded ones: `"exact"` compares the whole body, `"shape"` the
 * provider, the path, the model, the names of the tools, the roles of the messages, the names of the
 * tools called, and the text of the user's messages.
 */
export type Match = "exact" | "shape";

type Asked = Omit<Exchange, "response">;

/** The text by which two requests are the same. */
export function keyOf({ provider, path, request }: Asked, match: Match): string {
  return JSON.stringify([provider, path, match === "exact" ? sorted(request) : shapeOf(request)]);
}

/** The recorded request that is the most alike, and the differences, line by line. */
export function nearest(asked: Asked, exchanges: readonly Exchange[], match: Match): string {
  const show = (request: unknown) =>
    JSON.stringify(match === "exact" ? sorted(request) : shapeOf(request), null, 1);
  const text = show(asked.request);
  const lines = new Set(text.split("\n"));
  let best: { index: number; text: string; score: number } | undefined;
  exchanges.forEach((exchange, index) => {
    const other = show(exchange.request);
    const all = other.split("\n");
    const shared = all.filter((line) => lines.has(line)).length;
    const score = shared - Math.abs(all.length - lines.size) / 2;
    if (best === undefined || score > best.score) best = { index, text: other, score };
  });
  if (best === undefined) return "The recording holds no request that is left";
  const diff = formatDiff(cutLong(diffLines(best.text, text)));
  return `The nearest recorded request is number ${best.index + 1}; - recorded, + asked:\n${diff}`;
}

/** Shortens long lines; of two that stand for each other, the place where they part is shown. */
function cutLong(lines: readonly DiffLine[]): DiffLine[] {
  const removed = lines.filter(({ kind }) => kind === "-");
  const added = lines.filter(({ kind }) => kind === "+");
  const partner = new Map<DiffLine, DiffLine>();
  if (removed.length === added.length) {
    removed.forEach((line, at) => partner.set(line, added[at]!).set(added[at]!, line));
  }
  return lines.map((line) => {
    if (line.text.length <= 400) return line;
    const other = partner.get(line)?.text ?? "";
    let same = 0;
    while (same < other.length && line.text[same] === other[same]) same++;
    return { ...line, text: cutAround(line.text, same) };
  });
}

/** The text around a place. */
function cutAround(text: string, place: number): string {
  const from = place < 300 ? 0 : place - 100;
  const to = from + 300;
  const [before, after] = [from, Math.max(0, text.length - to - 100)];
  return (before > 0 ? `${text.slice(0, 40)}… (${before - 40} more characters) …` : "") +
    text.slice(from, to) +
    (after > 0 ? `… (${after} more characters) …${text.slice(-100)}` : text.slice(to));
}

function shapeOf(request: unknown): unknown {
  if (request === null || typeof request !== "object") return request;
  const { model, tools, messages, input } = request as Record<string, unknown>;
  const list = Array.isArray(messages) ? messages : Array.isArray(input) ? input : [];
  return {
    model,
    tools: Array.isArray(tools) ? tools.map(toolName).sort() : [],
    messages: list.filter((message) => message?.role !== "system").map(messageShape),
  };
}

function toolName(tool: { name?: unknown; function?: { name?: unknown } }): string {
  return String(tool?.function?.name ?? tool?.name);
}

function messageShape(message: Record<string, unknown>): unknown {
  const { role, type, name, content, tool_calls } = message;
  const parts = Array.isArray(content) ? content : [];
  const calls = [
    ...Array.isArray(tool_calls) ? tool_calls.map(toolName) : [],
    ...parts.filter((part) => part?.type === "tool_use").map(toolName),
  ];
  const results = parts.some((part) => part?.type === "tool_result");
  const text = role === "user" && !results
    ? typeof content === "string"
      ? content
      : parts.flatMap((part) => typeof part?.text === "string" ? part.text : []).join("\n")
    : undefined;
  return {
    role: role ?? type,
    ...typeof name === "string" && { name },
    ...calls.length > 0 && { calls },
    ...results && { results: parts.length },
    ...text !== undefined && { text },
  };
}

/** A copy with the names of each object in order: their order says nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted((value as never)[name])]));
}
