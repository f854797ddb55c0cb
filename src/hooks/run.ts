/**
 * Runs the hooks of one event, and puts their answers together.
 *
 * @module
 */
import { isBound, startTimer } from "../async/timer.ts";
import { InvalidArgumentError } from "../errors.ts";
import { checkMatcher, matches } from "./matcher.ts";
import type { CanUseTool, Hook, HookContext, HookEntry, HookEvent, Hooks } from "./types.ts";

/** How long a hook may take, in milliseconds. */
export const HOOK_TIMEOUT = 60_000;

/** A hook of any event, as it is kept. */
export type AnyEntry = HookEntry<Record<string, unknown>, Record<string, unknown>>;

const EVENTS: readonly HookEvent[] = [
  ...["preToolUse", "postToolUse", "userPrompt", "systemPrompt", "chatParams"] as const,
  ...["shellEnv", "sessionStart", "sessionEnd", "compact", "stop"] as const,
];

/** Hooks by their event, checked. */
export type HookTable = ReadonlyMap<string, readonly AnyEntry[]>;

/**
 * Checks hooks, and gives them one form.
 *
 * @throws {InvalidArgumentError} for an event that there is none of, or what is no hook.
 */
export function hookTable(hooks: Hooks = {}, canUseTool?: CanUseTool): HookTable {
  const table = new Map<string, readonly AnyEntry[]>();
  for (const [event, given] of Object.entries(hooks)) {
    if (!EVENTS.includes(event as HookEvent)) {
      throw new InvalidArgumentError(
        `There is no hook "${event}": there are ${EVENTS.join(", ")}`,
      );
    }
    if (given === undefined) continue;
    const list = Array.isArray(given) ? given : [given];
    table.set(event, list.map((one) => entryOf(event, one)));
  }
  if (canUseTool) {
    const hook = asPreToolUse(canUseTool) as unknown as AnyEntry["hook"];
    table.set("preToolUse", [...table.get("preToolUse") ?? [], { hook }]);
  }
  return table;
}

function entryOf(event: string, given: unknown): AnyEntry {
  const entry = (typeof given === "function" ? { hook: given } : given) as AnyEntry | undefined;
  if (typeof entry?.hook !== "function") {
    throw new InvalidArgumentError(
      `Invalid hook ${event}: give a function, or { hook, matcher, timeout }`,
    );
  }
  const { matcher, timeout = HOOK_TIMEOUT } = entry;
  if (matcher !== undefined && !event.endsWith("ToolUse")) {
    throw new InvalidArgumentError(`Invalid hook ${event}: only hooks of tools have a matcher`);
  }
  checkMatcher(event, matcher);
  if (typeof timeout !== "number" || !(timeout > 0)) {
    throw new InvalidArgumentError(`Invalid hook ${event}: timeout must be positive milliseconds`);
  }
  return entry;
}

function asPreToolUse(canUseTool: CanUseTool): Hook<{ tool: string; input: never }, object> {
  return async ({ tool, input }, context) => {
    const result = await canUseTool(tool, input, context);
    if (result?.behavior === "deny") return { decision: "deny", reason: result.message };
    if (result?.behavior !== "allow") {
      throw new TypeError('canUseTool must return { behavior: "allow" } or { behavior: "deny" }');
    }
    return result.updatedInput ? { input: result.updatedInput } : {};
  };
}

/** Runs the hooks that fit, each with what those before it made of the input. */
export async function runHooks(
  event: string,
  entries: readonly AnyEntry[],
  given: Record<string, unknown>,
  context: HookContext,
): Promise<Record<string, unknown>> {
  let input = given;
  const answer: Record<string, unknown> = {};
  for (const entry of entries) {
    if (!matches(entry.matcher, input.tool)) continue;
    // a copy: what a hook changes in place would stay without effect
    const said = await withinTime(event, entry, structuredClone(input), context);
    if (said === undefined || said === null) continue;
    checkAnswer(event, said);
    const next = { ...said };
    if (event === "chatParams") {
      answer.params = { ...answer.params as object, ...next };
      input = { ...input, params: { ...input.params as object, ...next } };
      continue;
    }
    if (event === "shellEnv") next.env = { ...answer.env as object, ...next.env as object };
    const contexts = [answer.context, next.context].filter((text) => text);
    if (next.decision === "allow" && answer.decision === "ask") delete next.decision;
    Object.assign(answer, next);
    if (contexts.length > 0) answer.context = contexts.join("\n\n");
    if (answer.decision === "deny") return answer;
    for (const name of ["input", "output", "prompt", "system"]) {
      if (next[name] !== undefined && name in input) input = { ...input, [name]: next[name] };
    }
  }
  return answer;
}

/** The types of what an answer may hold. */
const ANSWER: Readonly<Record<string, (value: unknown) => boolean>> = {
  decision: (value) => ["allow", "deny", "ask"].includes(value as string),
  reason: (value) => typeof value === "string",
  context: (value) => typeof value === "string",
  output: (value) => typeof value === "string",
  prompt: (value) => typeof value === "string",
  input: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  env: (value) => typeof value === "object" && value !== null,
  system: (value) => Array.isArray(value) && value.every((one) => typeof one === "string"),
};

/** A hook that answers something else than it may is refused: it may have meant to deny. */
function checkAnswer(event: string, said: Record<string, unknown>): void {
  if (typeof said !== "object") throw new TypeError(`it answered ${typeof said}, not an object`);
  if (event === "chatParams") return;
  for (const [name, value] of Object.entries(said)) {
    if (value === undefined) continue;
    if (ANSWER[name]?.(value)) continue;
    throw new TypeError(
      name in ANSWER ? `its ${name} is not valid` : `it answered "${name}", which means nothing`,
    );
  }
}

async function withinTime(
  event: string,
  { hook, timeout = HOOK_TIMEOUT }: AnyEntry,
  input: Record<string, unknown>,
  context: HookContext,
): Promise<Record<string, unknown> | void> {
  const own = new AbortController();
  const signal = AbortSignal.any([context.signal, own.signal]);
  let cancel = () => {};
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
    if (!isBound(timeout)) return;
    cancel = startTimer(timeout, () => {
      own.abort(new DOMException(`${event} gave no answer within ${timeout} ms`, "TimeoutError"));
    });
  });
  ended.catch(() => {});
  try {
    return await Promise.race([
      Promise.resolve().then(() => hook(input, { ...context, signal })),
      ended,
    ]);
  } finally {
    cancel();
  }
}
