/**
 * `read`: a text file, a part of one, a picture, or the names in a directory.
 *
 * @module
 */
import { host } from "../../runtime/host.ts";
import type { OpenFile } from "../../runtime/port.ts";
import { printable } from "../../process/output.ts";
import { decideSearch } from "../permissions.ts";
import { openChecked, PinnedDirectory } from "./pinned.ts";
import type { SafePath } from "./sandbox.ts";
import { readAll } from "./text_file.ts";
import { READ_LINES } from "../catalog.ts";
import { ToolFault, type ToolOutput } from "../types.ts";
import { count, mayShow, shownPath, type Workspace } from "../workspace.ts";

/** The longest line that is shown whole, in characters. */
const MAX_LINE = 2000;

/** The largest picture that is handed on, in bytes. */
const MAX_IMAGE = 5 * 1024 * 1024;

/** The input of `read`. */
export interface ReadInput {
  /** The file. */
  path: string;
  /** The first line to show, from 1. */
  offset?: number;
  /** How many lines to show. */
  limit?: number;
}

/** Reads a file. */
export async function runRead(
  workspace: Workspace,
  input: ReadInput,
  signal: AbortSignal,
): Promise<ToolOutput> {
  const path = await workspace.sandbox.resolve(input.path);
  if (!path.exists) throw new ToolFault(`${path.shown} does not exist`);
  if ((await host().files.lstat(path.real)).isDirectory) return await list(workspace, path);
  const { file, info } = await openChecked(workspace.sandbox, path);
  try {
    const start = new Uint8Array(8192);
    const first = start.subarray(0, await file.read(start) ?? 0);
    const mimeType = imageType(first);
    if (mimeType) return await picture(path, file, first, info.size, mimeType);
    return await lines(path, file, first, input, workspace.maxOutput, signal);
  } finally {
    await file.close();
  }
}

async function list(workspace: Workspace, path: SafePath): Promise<ToolOutput> {
  if (decideSearch(workspace.permissions, "glob", [path.shown]).action === "deny") {
    throw new ToolFault(`${path.shown} is a directory, and a permission rule forbids to list it`, {
      status: "refused",
      metadata: { reason: "denied" },
    });
  }
  const prefix = path.shown === "." ? "" : `${path.shown}/`;
  const directory = await PinnedDirectory.open(workspace.sandbox, path.real);
  const entries = await host().files.readDir(directory.path).finally(() => directory.close());
  const shows = mayShow(workspace, "glob");
  const names = entries
    .filter((entry) => shows(prefix + entry.name))
    .map((entry) => shownPath(entry.name) + (entry.isDirectory ? "/" : entry.isSymlink ? "@" : ""))
    .sort();
  const shown = names.slice(0, READ_LINES);
  const rest = names.length - shown.length;
  const body = shown.join("\n") +
    (rest > 0 ? `\n[${count(rest, "more entry", "more entries")}]` : "");
  return {
    content: body || "(an empty directory)",
    metadata: { path: path.shown, directory: true, entries: names.length, truncated: rest > 0 },
  };
}

/** The type of a picture by its first bytes. */
function imageType(start: Uint8Array): string | undefined {
  const text = latin1(start.subarray(0, 12));
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (/^GIF8[79]a/.test(text)) return "image/gif";
  if (/^RIFF[^]{4}WEBP/.test(text)) return "image/webp";
  return undefined;
}

async function picture(
  path: SafePath,
  file: OpenFile,
  first: Uint8Array,
  size: number,
  mimeType: string,
): Promise<ToolOutput> {
  if (size > MAX_IMAGE) {
    throw new ToolFault(
      `${path.shown} is a picture of ${size} bytes; at most ${MAX_IMAGE} can be shown`,
    );
  }
  const rest = await readAll(file, size - first.length);
  const binary = [first, rest].map((part) => latin1(part)).join("");
  return {
    content: [
      { type: "text", text: `${path.shown}: ${mimeType}, ${count(size, "byte")}` },
      { type: "image", data: btoa(binary), mimeType },
    ],
    metadata: { path: path.shown, bytes: size, mimeType },
  };
}

/** Each byte as the character with its number; the decoder called latin1 is Windows-1252 in truth. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) {
    text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  }
  return text;
}

/** Some lines of a file of any size, in bounded memory. */
async function lines(
  path: SafePath,
  file: OpenFile,
  first: Uint8Array,
  input: ReadInput,
  maxBytes: number,
  signal: AbortSignal,
): Promise<ToolOutput> {
  const from = input.offset ?? 1;
  const limit = input.limit ?? READ_LINES;
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  const kept: string[] = [];
  let keptLength = 0;
  let line = 1;
  let partial = "";
  let partialCut = false;
  let full = false;
  let cutLines = 0;
  /** Takes one line with its end; returns `false` when there are enough. */
  const take = (text: string): boolean => {
    if (line >= from && !full) {
      if (kept.length >= limit || (keptLength + text.length > maxBytes && kept.length > 0)) {
        full = true;
      } else {
        kept.push(text);
        keptLength += text.length;
      }
    }
    if (!full) line++;
    return !full;
  };
  const takeText = (text: string): boolean => {
    let at = 0;
    for (let next = text.indexOf("\n"); next >= 0; next = text.indexOf("\n", at)) {
      const piece = partial + (partialCut ? "" : text.slice(at, next));
      const whole = shorten(piece, partialCut);
      if (whole.cut) cutLines++;
      partial = "";
      partialCut = false;
      at = next + 1;
      if (!take(whole.text + "\n")) return false;
    }
    if (!partialCut) {
      partial += text.slice(at);
      // What is longer than any line that is shown need not be kept.
      if (partial.length > MAX_LINE + 2) {
        partial = partial.slice(0, MAX_LINE + 2);
        partialCut = true;
      }
    }
    return true;
  };
  let chunk: Uint8Array | null = first;
  let more = true;
  while (more && chunk && chunk.length > 0) {
    signal.throwIfAborted();
    if (chunk.includes(0)) throw new ToolFault(`${path.shown} is a binary file`);
    more = takeText(decoder.decode(chunk, { stream: true }));
    if (!more) break;
    const n: number | null = await file.read(buffer);
    chunk = n === null ? null : buffer.subarray(0, n);
  }
  if (more) {
    partial += decoder.decode();
    const whole = shorten(partial, partialCut);
    if (whole.cut) cutLines++;
    if (partial !== "") more = take(whole.text);
  }
  const total = more ? line - 1 : undefined;
  if (kept.length === 0 && from > 1) {
    throw new ToolFault(`${path.shown} has only ${count(total ?? 0, "line")}`, {
      metadata: { path: path.shown, totalLines: total },
    });
  }
  const body = printable(kept.join(""));
  const last = from + kept.length - 1;
  const note = total === undefined
    ? `[lines ${from} to ${last}; go on with offset ${last + 1}]`
    : cutLines > 0
    ? `[${count(cutLines, "line")} longer than ${MAX_LINE} characters cut]`
    : "";
  const content = body === ""
    ? "(an empty file)"
    : body + (note && !body.endsWith("\n") ? "\n" : "") + note;
  return {
    content,
    metadata: {
      path: path.shown,
      offset: from,
      lines: kept.length,
      truncated: total === undefined || cutLines > 0,
      ...(total === undefined ? {} : { totalLines: total }),
    },
  };
}

function shorten(text: string, known: boolean): { text: string; cut: boolean } {
  if (!known && text.length <= MAX_LINE + 1) return { text, cut: false };
  return { text: `${text.slice(0, MAX_LINE)}…`, cut: true };
}
