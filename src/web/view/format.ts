/**
 * Numbers and times as text.
 *
 * @module
 */
import type { FullMessageView, TokensView } from "../protocol.ts";

/** Tokens: `950`, `12.3k`, `1.2M`. */
export function tokens(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 1_000_000) return `${trim((count / 1_000).toFixed(1))}k`;
  return `${trim((count / 1_000_000).toFixed(1))}M`;
}

/** US dollars. */
export function dollars(amount: number): string {
  if (amount === 0) return "$0";
  return amount < 0.01 ? `$${amount.toFixed(4)}` : `$${amount.toFixed(2)}`;
}

/** A span of time given in milliseconds. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${trim((ms / 1_000).toFixed(1))} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60
    ? `${minutes} min ${Math.round((ms % 60_000) / 1_000)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long ago, in words. */
export function ago(ms: number, now: number): string {
  const seconds = Math.max(0, (now - ms) / 1_000);
  if (seconds < 60) return "now";
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** All tokens together. */
export function sum({ input, output, reasoning, cacheRead, cacheWrite }: TokensView): number {
  return input + output + reasoning + cacheRead + cacheWrite;
}

/** One bar of the chart: a step of the conversation. */
export interface Step {
  messageId: string;
  tokens: number;
  cost: number;
  /** Dollars up to here. */
  total: number;
}

/** The steps of a conversation with what they took. */
export function steps(messages: readonly FullMessageView[]): Step[] {
  let total = 0;
  return messages.flatMap((message) => {
    if (message.role !== "assistant" || !message.tokens) return [];
    // one that runs has no numbers yet
    if (message.completed === undefined && sum(message.tokens) === 0) return [];
    const cost = message.cost ?? 0;
    total += cost;
    return [{ messageId: message.id, tokens: sum(message.tokens), cost, total }];
  });
}

/** How much of the model's context the last answer took, from 0 to 1; nothing where unknown. */
export function contextUse(
  messages: readonly FullMessageView[],
  contextOf: (model: string) => number,
): { used: number; context: number } | undefined {
  const last = messages.findLast(({ role, tokens }) =>
    role === "assistant" && tokens !== undefined && sum(tokens) > 0
  );
  const context = last?.model === undefined ? 0 : contextOf(last.model);
  return last?.tokens && context > 0 ? { used: sum(last.tokens), context } : undefined;
}

function trim(number: string): string {
  return number.replace(/\.0$/, "");
}

/** The input of a tool call in one line. */
export function inputLine(input: Readonly<Record<string, unknown>>): string {
  for (const name of ["command", "filePath", "path", "pattern", "url", "description", "prompt"]) {
    const value = input[name];
    if (typeof value === "string" && value !== "") return oneLine(value);
  }
  const { questions, todos } = input;
  if (Array.isArray(questions)) {
    return oneLine(questions.map((each) => String(each?.question ?? "")).join(" "));
  }
  if (Array.isArray(todos)) return `${todos.length} item${todos.length === 1 ? "" : "s"}`;
  const json = JSON.stringify(input);
  return json === "{}" ? "" : oneLine(json);
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}
