/**
 * What standard error says while the answer is on its way, and after it.
 *
 * @module
 */
import type { PermissionEvent, QuestionEvent, RetryEvent } from "../../session/events.ts";
import { describe } from "../../session/policies.ts";
import type { Reply } from "../../session/reply.ts";
import { safeLine } from "../../text/terminal.ts";
import type { Paint } from "./color.ts";

/** A permission that was refused; `undefined` for the others. */
export function permissionLine(event: PermissionEvent, paint: Paint): string | undefined {
  if (event.status === "asked" || event.reply !== "reject") return undefined;
  const { request, message } = event;
  return `${paint("red", "✗")} ${safeLine(request.permission, 60)} ${
    safeLine(describe(request), 100)
  }: ${safeLine(message ?? "refused", 200)}`;
}

/** A question that nobody answered; `undefined` for the others. */
export function questionLine(event: QuestionEvent, paint: Paint): string | undefined {
  if (event.status === "asked") return undefined;
  const asked = event.request.questions.map(({ question }) => question).join(" ");
  const answers = event.answers?.flat().join(", ") ?? "no answer";
  return `${paint("yellow", "?")} ${safeLine(asked, 150)} ${paint("dim", safeLine(answers, 100))}`;
}

/** A provider that failed. */
export function retryLine({ attempt, message }: RetryEvent, paint: Paint): string {
  return `${paint("yellow", "…")} the provider failed (${attempt}): ${safeLine(message, 150)}`;
}

/** How long until the next try. */
export function countdown(next: number, now: number): string {
  const seconds = Math.ceil((next - now) / 1000);
  return seconds > 0 ? `next try in ${seconds} s` : "trying again";
}

/** The last line: model, tokens, dollars, seconds. */
export function summaryLine(reply: Reply, ms: number, paint: Paint): string {
  const { usage, cost, model } = reply;
  const input = usage.input + usage.cacheRead + usage.cacheWrite;
  const parts = [
    ...model === undefined ? [] : [safeLine(model, 80)],
    `${count(input)} in, ${count(usage.output + usage.reasoning)} out`,
    ...cost > 0 ? [dollars(cost)] : [],
    seconds(ms),
  ];
  return paint("dim", parts.join(" · "));
}

/** `1 234`. */
export function count(tokens: number): string {
  return String(tokens).replace(/\B(?=(\d{3})+$)/g, " ");
}

/** `$0.0123`. */
export function dollars(amount: number): string {
  return `$${amount.toFixed(amount < 1 ? 4 : 2)}`;
}

/** `3.2 s`, `2 min 5 s`. */
export function seconds(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

const FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/** The line that is redrawn while nothing else comes; never wider than the terminal. */
export function spinnerLine(what: string, elapsed: number, columns: number, paint: Paint): string {
  const frame = FRAMES[Math.floor(elapsed / 100) % FRAMES.length]!;
  const time = `${Math.floor(elapsed / 1000)} s`;
  const room = Math.max(8, columns - time.length - 6);
  return `${paint("cyan", frame)} ${paint("dim", `${time} ${safeLine(what, room)}`)}`;
}

/** How a download stands, in one line. */
export function downloadLine(received: number, total: number | undefined): string {
  const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1);
  return total === undefined
    ? `Downloading opencode: ${megabytes(received)} MB`
    : `Downloading opencode: ${megabytes(received)} of ${megabytes(total)} MB`;
}
