/**
 * Texts of which one is in everything that a pattern fits: the fast way past most files.
 *
 * @module
 */
import type { Node } from "./syntax.ts";

/** Bounds of the texts: an engine may look for each of them at every place. */
const MAX_TEXT = 24;
const MAX_ALL = 96;
const MAX_TEXTS = 4;

/**
 * Texts that are all in everything that a pattern fits, but for case: the rarest of them is found only
 * by looking for each.
 */
export function everyText(node: Node): readonly string[] {
  const texts = new Set<string>();
  const gather = (node: Node) => {
    if (node.kind === "repeat" && node.min > 0) gather(node.node);
    if (node.kind === "set" && node.text !== undefined) texts.add(node.text);
    if (node.kind !== "sequence") return;
    let run = "";
    const flush = () => {
      if (run !== "") texts.add(run.slice(0, MAX_TEXT));
      run = "";
    };
    for (const part of node.parts) {
      if (part.kind === "edge") continue;
      if (part.kind === "set" && part.text !== undefined) {
        run += part.text;
        continue;
      }
      const first = part.kind === "repeat" && part.min > 0 ? part.node : undefined;
      if (first?.kind === "set" && first.text !== undefined) run += first.text;
      flush();
      gather(part);
    }
    flush();
  };
  gather(node);
  const sorted = [...texts].sort((a, b) => b.length - a.length).slice(0, MAX_TEXTS);
  // A character alone is in too many lines to be worth a look beside a longer text.
  return sorted.filter(({ length }, i) => i === 0 || length > 1);
}

/** The texts; `undefined` where nothing can be said. They are as written, case does not matter here. */
export function requiredTexts(node: Node): readonly string[] | undefined {
  switch (node.kind) {
    case "set":
      return node.text === undefined ? undefined : [node.text];
    case "edge":
      return undefined;
    case "repeat":
      return node.min > 0 ? requiredTexts(node.node) : undefined;
    case "choice": {
      const all: string[] = [];
      for (const option of node.options) {
        const texts = requiredTexts(option);
        if (!texts) return undefined;
        all.push(...texts);
        if (all.reduce((sum, text) => sum + text.length, 0) > MAX_ALL) return undefined;
      }
      return all;
    }
    case "sequence":
      return ofSequence(node.parts);
  }
}

function ofSequence(parts: readonly Node[]): readonly string[] | undefined {
  let best: readonly string[] | undefined;
  let run = "";
  const offer = (texts: readonly string[] | undefined) => {
    if (texts && shortest(texts) > (best ? shortest(best) : 0)) best = texts;
  };
  const flush = () => {
    offer([run.slice(0, MAX_TEXT)]);
    run = "";
  };
  for (const part of parts) {
    if (part.kind === "edge") continue;
    if (part.kind === "set" && part.text !== undefined) {
      run += part.text;
      continue;
    }
    if (part.kind === "repeat" && part.min > 0 && part.node.kind === "set" && part.node.text) {
      run += part.node.text;
    }
    flush();
    offer(requiredTexts(part));
  }
  flush();
  return best;
}

function shortest(texts: readonly string[]): number {
  return Math.min(...texts.map((text) => text.length));
}
