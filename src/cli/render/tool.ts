/**
 * Tool calls, for people: one line each, and the diff of an edit.
 *
 * @module
 */
import { relative } from "../../runtime/path.ts";
import type { ToolEvent } from "../../session/events.ts";
import { safeLine, safeText } from "../../text/terminal.ts";
import type { Paint } from "./color.ts";

/** What says most about a call, in this order. */
const TELLING = [
  "command",
  "filePath",
  "file_path",
  "path",
  "pattern",
  "query",
  "url",
  "description",
  "name",
];

/** The input of a call in short: its command, path or pattern. */
export function inputLine(input: Record<string, unknown>, directory: string): string {
  const key = TELLING.find((name) => typeof input[name] === "string" && input[name] !== "");
  if (key === undefined) return Object.keys(input).length === 0 ? "" : JSON.stringify(input);
  const text = String(input[key]);
  const path = key.toLowerCase().endsWith("path") && text.startsWith(`${directory}/`);
  return path ? relative(directory, text) : text;
}

/** One line for a call that ended: its name, its input in short, and how it ended. */
export function toolLine(event: ToolEvent, directory: string, width: number, paint: Paint): string {
  const failed = event.status === "error";
  const exit = event.metadata?.["exit"];
  const bad = failed || (typeof exit === "number" && exit !== 0);
  const mark = paint(bad ? "red" : "green", bad ? "✗" : "●");
  const end = failed
    ? `: ${firstLine(event.error ?? "failed")}`
    : typeof exit === "number" && exit !== 0
    ? ` (exit ${exit})`
    : "";
  const room = Math.max(20, width - 3 - event.name.length);
  const about = safeLine(inputLine(event.input, directory) || event.title || "", room);
  return `${mark} ${safeLine(event.name, 60)}${about === "" ? "" : ` ${about}`}${
    safeLine(end, 300)
  }`;
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}

/** The diff of an edit, where the call has one: added and removed lines with the headers left out. */
export function diffLines(event: ToolEvent, paint: Paint, most = 40): string[] {
  const diff = event.metadata?.["diff"];
  return event.status === "completed" && typeof diff === "string"
    ? patchLines(diff, paint, most)
    : [];
}

/** The lines of a unified diff in colour, the headers left out. */
export function patchLines(patch: string, paint: Paint, most = 40): string[] {
  const lines = safeText(patch).split("\n").filter((line) =>
    /^[-+ @]/.test(line) && !/^(---|\+\+\+) /.test(line)
  );
  const shown = lines.slice(0, most).map((line) =>
    `  ${
      line.startsWith("+")
        ? paint("green", line)
        : line.startsWith("-")
        ? paint("red", line)
        : paint("dim", line)
    }`
  );
  const rest = lines.length - shown.length;
  return rest > 0 ? [...shown, paint("dim", `  … ${rest} more lines`)] : shown;
}
