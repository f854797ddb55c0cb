/**
 * Asking on the terminal whether a tool may run.
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import { inTurn } from "../runtime/question.ts";
import { safeText } from "../text/terminal.ts";

/** Whether a person can be asked: both standard input and standard error are a terminal. */
export function canAsk(): boolean {
  const { terminal } = host();
  return terminal.stdin.isTerminal() && terminal.stderr.isTerminal();
}

type Answer = "yes" | "no" | "always";

/**
 * Asks on standard error and reads a line; one question at a time.
 *
 * @param always The tools that need no question any more; an answer may add one.
 */
export function askOnTerminal(
  name: string,
  input: unknown,
  signal: AbortSignal,
  always: Set<string>,
): Promise<boolean> {
  return inTurn(async () => {
    if (always.has(name)) return true;
    const answer = await ask(name, input, signal);
    if (answer === "always") always.add(name);
    return answer !== "no";
  }, signal);
}

async function ask(name: string, input: unknown, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  const { stdin, stderr } = host().terminal;
  await stderr.write(
    `\n${name} ${describeInput(input)}\nAllow? [y]es, [N]o, [a]lways for ${name}: `,
  );
  const line = (await stdin.readLine({ signal }))?.trim().toLowerCase();
  if (line === "a" || line === "always") return "always";
  return line === "y" || line === "yes" ? "yes" : "no";
}

/** An input in one or some lines, without anything that a terminal would obey. */
export function describeInput(input: unknown, max = 2000): string {
  const record = input as Record<string, unknown> | null;
  const keys = typeof record === "object" && record !== null ? Object.keys(record) : [];
  const only = keys.length === 1 ? record![keys[0]!] : undefined;
  const text = typeof only === "string" ? only : JSON.stringify(input) ?? String(input);
  const safe = safeText(text);
  return safe.length > max ? `${safe.slice(0, max)}… (${safe.length} characters)` : safe;
}
