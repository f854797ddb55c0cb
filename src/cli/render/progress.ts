/**
 * What standard error says while the answer is on its way.
 *
 * @module
 */
import { safeLine } from "../../text/terminal.ts";
import type { TurnEvent } from "../../session/events.ts";
import { describe } from "../../session/policies.ts";

/** One line for an event that a person wants to see; `undefined` for the others. */
export function eventLine(event: TurnEvent, color: boolean): string | undefined {
  switch (event.type) {
    case "tool": {
      if (event.status === "running" || event.status === "pending") return undefined;
      const mark = event.status === "completed" ? paint("●", 32, color) : paint("✗", 31, color);
      const about = event.status === "error" ? event.error : event.title;
      return `${mark} ${event.name} ${short(about ?? JSON.stringify(event.input))}`;
    }
    case "permission": {
      if (event.status === "asked" || event.reply !== "reject") return undefined;
      const { request, message } = event;
      return `${paint("✗", 31, color)} ${request.permission} ${short(describe(request))}: ${
        message ?? "refused"
      }`;
    }
    case "retry":
      return `${paint("…", 33, color)} the provider failed (${event.attempt}): ${
        short(event.message)
      }`;
    case "subagent":
      return event.status === "started"
        ? `${paint("▸", 36, color)} ${short(event.title)}`
        : undefined;
    default:
      return undefined;
  }
}

/** How a download stands, in one line. */
export function downloadLine(received: number, total: number | undefined): string {
  const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1);
  return total === undefined
    ? `Downloading opencode: ${megabytes(received)} MB`
    : `Downloading opencode: ${megabytes(received)} of ${megabytes(total)} MB`;
}

/** The first line of a text, cut. */
export function short(text: string, length = 100): string {
  const [first = ""] = text.trim().split("\n");
  return safeLine(first, length);
}

/** Text in a colour, where colours are wanted. */
export function paint(text: string, code: number, color: boolean): string {
  return color ? `\u001b[${code}m${text}\u001b[0m` : text;
}
