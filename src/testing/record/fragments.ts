/**
 * Replacing text in a streamed answer, also where it is spread over several events.
 *
 * A provider streams text and tool arguments as fragments: `/home/me` may come as `/ho` and `me/me`.
 * So the fragments of one field are joined over all events, the text is replaced there, and each
 * fragment gets its part back: what replaces goes to the fragment in which the match begins.
 *
 * @module
 */
import { walkText } from "./normalize.ts";

type Replacements = readonly (readonly [from: string, to: string])[];

interface Leaf {
  holder: Record<string, unknown> | unknown[];
  key: string | number;
  event: number;
}

/** Replaces text in the pieces of a streamed or whole answer; the pieces stay as many as they were. */
export function replaceInChunks(chunks: readonly string[], replacements: Replacements): string[] {
  const wanted = replacements.filter(([from, to]) => from !== "" && from !== to);
  if (wanted.length === 0) return [...chunks];
  const events: { chunk: number; line: number; value: unknown }[] = [];
  const lines = chunks.map((chunk) => chunk.split("\n"));
  lines.forEach((each, chunk) =>
    each.forEach((text, line) => {
      const json = text.startsWith("data:") ? text.slice(5).trim() : undefined;
      const value = json === undefined ? undefined : parse(json);
      if (value !== undefined) events.push({ chunk, line, value });
    })
  );
  if (events.length === 0) return replaceWhole(chunks, wanted);
  const fields = new Map<string, Leaf[]>();
  events.forEach(({ value }, event) => collect(value, "", event, fields));
  const changed = new Set<number>();
  for (const leaves of fields.values()) {
    const texts = leaves.map(({ holder, key }) => (holder as Record<string, string>)[key]!);
    replaceAcross(texts, wanted).forEach((text, i) => {
      if (text === texts[i]) return;
      const { holder, key, event } = leaves[i]!;
      (holder as Record<string, string>)[key] = text;
      changed.add(event);
    });
  }
  for (const event of changed) {
    const { chunk, line, value } = events[event]!;
    lines[chunk]![line] = `data: ${JSON.stringify(value)}`;
  }
  return lines.map((each) => each.join("\n"));
}

/** An answer that is not streamed: JSON, or text. */
function replaceWhole(chunks: readonly string[], replacements: Replacements): string[] {
  const whole = chunks.join("");
  const value = parse(whole);
  const change = (text: string) => replaceAcross([text], replacements)[0]!;
  const text = value === undefined ? change(whole) : JSON.stringify(walkText(value, change));
  return text === whole ? [...chunks] : chunks.map((_, i) => i === 0 ? text : "");
}

/**
 * The fields of an event that hold text. Fields of the same place and the same index (of a choice, a
 * tool call, a content block) are fragments of one text.
 */
function collect(value: unknown, path: string, event: number, fields: Map<string, Leaf[]>): void {
  if (value === null || typeof value !== "object") return;
  const holder = value as Record<string, unknown>;
  const index = ["index", "output_index", "content_index", "item_id"]
    .filter((name) => name in holder).map((name) => `${name}=${String(holder[name])}`).join();
  for (const [key, inner] of Object.entries(holder)) {
    const place = `${path}[${index}].${Array.isArray(value) ? "*" : key}`;
    if (typeof inner !== "string") {
      collect(inner, place, event, fields);
      continue;
    }
    const leaves = fields.get(place);
    if (leaves) leaves.push({ holder, key, event });
    else fields.set(place, [{ holder, key, event }]);
  }
}

/** Replaces over the border of fragments. */
export function replaceAcross(fragments: readonly string[], replacements: Replacements): string[] {
  let parts = [...fragments];
  for (const [from, to] of replacements) {
    for (const [needle, by] of spellings(from, to)) {
      const whole = parts.join("");
      if (whole.includes(needle)) parts = replaceOne(parts, whole, needle, by);
    }
  }
  return parts;
}

function replaceOne(parts: string[], whole: string, needle: string, by: string): string[] {
  const out = parts.map(() => "");
  const ends: number[] = [];
  let length = 0;
  for (const part of parts) ends.push(length += part.length);
  let at = 0;
  let part = 0;
  const copyTo = (end: number, keep: boolean) => {
    while (at < end) {
      while (ends[part]! <= at) part++;
      const stop = Math.min(end, ends[part]!);
      if (keep) out[part] += whole.slice(at, stop);
      at = stop;
    }
  };
  for (let found = whole.indexOf(needle); found !== -1;) {
    copyTo(found, true);
    while (ends[part]! <= at) part++;
    out[part] += by;
    copyTo(found + needle.length, false);
    found = whole.indexOf(needle, at);
  }
  copyTo(whole.length, true);
  return out;
}

/** A text as it is, and as it stands inside JSON (tool arguments are JSON in a text). */
function spellings(from: string, to: string): [string, string][] {
  const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
  const plain: [string, string] = [from, to];
  return inJson(from) === from && inJson(to) === to ? [plain] : [[inJson(from), inJson(to)], plain];
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
