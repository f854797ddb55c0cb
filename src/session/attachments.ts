/**
 * Files that go with a prompt.
 *
 * @module
 */
import { isAbsolute, resolve, toFileUrl } from "../runtime/path.ts";
import { InvalidArgumentError } from "../errors.ts";
import { describe } from "../text/describe.ts";
import { checkGiven, checkShape, type Shape } from "../text/shape.ts";
import { host } from "../runtime/host.ts";
import type { FilePartInput } from "../api/types.gen.ts";

/** Bytes with a name. */
export interface DataAttachment {
  /** The bytes, or text. */
  data: Uint8Array | string;
  /** The media type, such as `"image/png"`. */
  mime: string;
  /** A name for the model to call it by. */
  filename?: string;
}

/** A file, or some lines of it, that the prompt's text may speak of. */
export interface FileReference {
  /** The path, relative to the session's directory or absolute. */
  path: string;
  /** The first and the last line, counted from 1. @default {all} */
  lines?: readonly [first: number, last: number];
  /** How the prompt's text calls it, such as `"@src/main.ts"`. */
  mention?: string;
}

/**
 * A file for a prompt: a path, an address (`file:`, `data:`), lines of a file, bytes, or a `Blob`. Text files are
 * read by the server; images reach a model that takes them (server 1.18.33).
 */
export type Attachment = string | URL | FileReference | DataAttachment | Blob;

const DATA: Shape<DataAttachment> = { data: "any", mime: "text", filename: "text" };
const REFERENCE: Shape<FileReference> = { path: "text", lines: "list", mention: "text" };

/**
 * The message part for one attachment.
 *
 * @throws {InvalidArgumentError} where there is no such file, or the server could not take it.
 */
export async function filePart(
  file: Attachment,
  directory: string,
  prompt = "",
): Promise<FilePartInput> {
  if (file instanceof Blob) {
    const name = (file as { name?: unknown }).name;
    return dataPart(
      new Uint8Array(await file.arrayBuffer()),
      file.type || "application/octet-stream",
      typeof name === "string" ? name : undefined,
    );
  }
  if (file instanceof URL || typeof file === "string") return await addressed(file, directory);
  if (typeof file !== "object" || file === null) {
    throw new InvalidArgumentError(
      `Cannot attach ${describe(file)}: give a path, or { data, mime }`,
    );
  }
  if ("path" in file) return await referenced(file, directory, prompt);
  checkShape("attachment", file, DATA);
  const { data, mime, filename } = file;
  checkGiven(data, "data of an attachment", "bytes or text");
  checkGiven(mime, "mime of an attachment", 'a media type, such as "image/png"');
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return dataPart(bytes, mime, filename);
}

async function referenced(
  file: FileReference,
  directory: string,
  prompt: string,
): Promise<FilePartInput> {
  checkShape("attachment", file, REFERENCE);
  const { path, lines, mention } = file;
  const part = await addressed(path, directory);
  if (lines) {
    const [first, last] = lines;
    if (!(Number.isInteger(first) && Number.isInteger(last) && first >= 1 && last >= first)) {
      throw new InvalidArgumentError(
        `Cannot attach lines ${first} to ${last} of ${path}: give the first and the last, counted from 1`,
      );
    }
    const url = new URL(part.url);
    url.searchParams.set("start", String(first));
    url.searchParams.set("end", String(last));
    part.url = url.href;
  }
  if (mention !== undefined) {
    const start = prompt.indexOf(mention);
    if (start === -1 || mention === "") {
      throw new InvalidArgumentError(
        `Cannot find the mention ${JSON.stringify(mention)} of ${path} in the prompt`,
      );
    }
    const text = { value: mention, start, end: start + mention.length };
    part.source = { type: "file", path, text };
  }
  return part;
}

async function addressed(file: string | URL, directory: string): Promise<FilePartInput> {
  const text = String(file);
  if (text.startsWith("data:")) {
    const mime = /^data:([^;,]+)/.exec(text)?.[1] ?? "text/plain";
    return { type: "file", mime, url: text };
  }
  if (/^https?:/.test(text)) {
    throw new InvalidArgumentError(
      `Cannot attach ${text}: the server takes no web addresses; fetch it, and attach its bytes`,
    );
  }
  const fromUrl = /^file:/.test(text);
  const url = fromUrl
    ? new URL(text)
    : toFileUrl(isAbsolute(text) ? text : resolve(directory, text));
  const { files, failureKind } = host();
  const path = decodeURIComponent(url.pathname).replace(/^\/([A-Za-z]:)/, "$1");
  let info;
  try {
    info = await files.stat(path);
  } catch (cause) {
    const kind = failureKind(cause);
    if (kind === "flag_missing") throw cause;
    const why = kind === "not_found" ? "there is no such file" : (cause as Error).message;
    throw new InvalidArgumentError(`Cannot attach ${path}: ${why}`, { cause });
  }
  const filename = path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
  const mime = info.isDirectory ? "application/x-directory" : mimeOf(filename);
  return { type: "file", mime, filename, url: url.href };
}

function dataPart(bytes: Uint8Array, mime: string, filename: string | undefined): FilePartInput {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  const part: FilePartInput = { type: "file", mime, url: `data:${mime};base64,${btoa(binary)}` };
  if (filename !== undefined) part.filename = filename;
  return part;
}

/** Media types that the server treats in a way of their own; everything else is read as text. */
const MIMES: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  svg: "image/svg+xml",
  pdf: "application/pdf",
};

function mimeOf(filename: string): string {
  return MIMES[filename.split(".").at(-1)!.toLowerCase()] ?? "text/plain";
}
