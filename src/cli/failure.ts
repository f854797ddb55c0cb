/**
 * An error in one line: what failed, and what to do.
 *
 * @module
 */
import { InvalidArgumentError, OpencodeError } from "../errors.ts";
import { safeLine, safeText } from "../text/terminal.ts";

/**
 * The line, or with `verbose` all that is known: causes, stacks, the server's last lines.
 *
 * @param error What was thrown.
 * @param verbose Whether details are wanted.
 */
export function failureText(error: unknown, verbose: boolean): string {
  const line = `opencode-ts: ${safeLine(summary(error))}`;
  if (verbose) return safeText(`${line}\n${details(error)}`);
  const expected = error instanceof InvalidArgumentError;
  return expected || !hasMore(error) ? line : `${line} (details: --verbose)`;
}

function summary(error: unknown): string {
  if (!(error instanceof Error)) return `Unexpected: ${String(error)}`;
  const text = error.message.trim().replace(/\s*\n\s*/g, " ");
  return error instanceof OpencodeError ? withFlag(text) : `Unexpected ${error.name}: ${text}`;
}

/** The flags for the options that errors name. */
const FLAGS = [
  ["(timeout)", "(--timeout)"],
  ["(idleTimeout)", "(--idle-timeout)"],
  ["(maxSteps)", "(--max-turns)"],
  ["(maxCost)", "(--max-budget-usd)"],
  ["(maxTokens)", "(--max-tokens)"],
  ["(the option binary)", "(--binary)"],
  ["name one with `model`", "name one with `--model`"],
] as const;

/** A text with the flag that somebody can type, in place of the option that it stands for. */
function withFlag(text: string): string {
  return FLAGS.reduce((text, [option, flag]) => text.replace(option, flag), text);
}

function logsOf(error: unknown): readonly string[] {
  const { logs } = error as { logs?: unknown };
  return Array.isArray(logs) ? logs : [];
}

function hasMore(error: unknown): boolean {
  if (!(error instanceof OpencodeError)) return true;
  return error.cause !== undefined || logsOf(error).length > 0;
}

/** A cause that is no error, such as what a server answered. */
function valueText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? String(value);
  return text.slice(0, 2000);
}

function details(error: unknown): string {
  const parts: string[] = [];
  let one: unknown = error;
  for (let depth = 0; one !== undefined && depth < 5; depth++) {
    const text = one instanceof Error ? one.stack ?? `${one.name}: ${one.message}` : valueText(one);
    parts.push(depth === 0 ? text : `caused by ${text}`);
    const logs = one instanceof Error ? logsOf(one) : [];
    if (logs.length > 0) parts.push(`last lines of the server:\n${logs.join("\n")}`);
    one = one instanceof Error ? one.cause : undefined;
  }
  return parts.join("\n");
}
