/** Archives made in memory, whole and broken, and a server that stands in for registry and GitHub. */
import { host } from "../../src/runtime/host.ts";
import type { Listener } from "../../src/runtime/port.ts";

const encoder = new TextEncoder();

/** A program that says its version, padded with what does not compress. */
export function program(version: string, size = 20_000): Uint8Array<ArrayBuffer> {
  const script = encoder.encode(`#!/bin/sh\necho ${version}\nexit 0\n`);
  const bytes = new Uint8Array(Math.max(size, script.length));
  for (let at = 0; at < bytes.length; at += 60_000) {
    crypto.getRandomValues(bytes.subarray(at, at + 60_000));
  }
  bytes.set(script);
  return bytes;
}

/** One entry of a tar archive. */
export interface TarEntry {
  name: string;
  data?: Uint8Array;
  /** `"0"` a file, `"2"` a symbolic link, `"5"` a directory, `"x"` the next one's POSIX header. */
  type?: string;
  link?: string;
}

/** A tar archive, not compressed. */
export function tar(entries: TarEntry[]): Uint8Array<ArrayBuffer> {
  const blocks: Uint8Array[] = [];
  for (const { name, data = new Uint8Array(), type = "0", link = "" } of entries) {
    const header = new Uint8Array(512);
    const put = (at: number, text: string) => header.set(encoder.encode(text), at);
    const octal = (value: number, length: number) => value.toString(8).padStart(length - 1, "0");
    put(0, name);
    put(100, octal(0o755, 8));
    put(124, octal(data.length, 12));
    put(136, octal(0, 12));
    put(148, "        ");
    put(156, type);
    put(157, link);
    put(257, "ustar\x0000");
    put(148, octal(header.reduce((sum, byte) => sum + byte, 0), 7));
    blocks.push(header, data, new Uint8Array((512 - data.length % 512) % 512));
  }
  blocks.push(new Uint8Array(1024));
  return join(blocks);
}

/** The archive of an npm package of the program. */
export function npmTar(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return tar([
    { name: "package/package.json", data: encoder.encode("{}") },
    { name: "package/bin/opencode", data },
    { name: "package/LICENSE", data: encoder.encode("MIT") },
  ]);
}

export function join(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Compressed. */
export async function pack(
  data: Uint8Array<ArrayBuffer>,
  format: "gzip" | "deflate-raw" = "gzip",
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([data]).stream().pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** One entry of a zip archive. */
export interface ZipEntry {
  name: string;
  data: Uint8Array<ArrayBuffer>;
  /** As it is, or deflated. @default {"deflate"} */
  method?: "store" | "deflate";
  /** Unix mode with the file's type. */
  mode?: number;
}

/** A zip archive; the sizes stand behind the data, as a writer that streams leaves them. */
export async function zip(entries: ZipEntry[], comment = ""): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, data, method = "deflate", mode = 0o100755 } of entries) {
    const packed = method === "store" ? data : await pack(data, "deflate-raw");
    const crc = crc32(data);
    const title = encoder.encode(name);
    const local = record(30, [[0, 4, 0x04034b50], [4, 2, 20], [6, 2, 8], [26, 2, title.length]]);
    const central = record(46, [
      [0, 4, 0x02014b50],
      [4, 2, 0x0314],
      [8, 2, 8],
      [10, 2, method === "store" ? 0 : 8],
      [16, 4, crc],
      [20, 4, packed.length],
      [24, 4, data.length],
      [28, 2, title.length],
      [38, 4, mode * 65536],
      [42, 4, offset],
    ]);
    new DataView(local.buffer).setUint16(8, method === "store" ? 0 : 8, true);
    const descriptor = record(16, [
      [0, 4, 0x08074b50],
      [4, 4, crc],
      [8, 4, packed.length],
      [12, 4, data.length],
    ]);
    parts.push(local, title, packed, descriptor);
    directory.push(central, title);
    offset += 30 + title.length + packed.length + 16;
  }
  const central = join(directory);
  const text = encoder.encode(comment);
  const end = record(22, [
    [0, 4, 0x06054b50],
    [8, 2, entries.length],
    [10, 2, entries.length],
    [12, 4, central.length],
    [16, 4, offset],
    [20, 2, text.length],
  ]);
  return join([...parts, central, end, text]);
}

function record(size: number, fields: [number, 2 | 4, number][]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (const [at, width, value] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value >>> 0, true);
  }
  return bytes;
}

function crc32(data: Uint8Array): number {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** A digest as npm writes it, or as GitHub does. */
export function digest(data: Uint8Array, style: "npm" | "github"): string {
  const hash = host().createHash(style === "npm" ? "sha512" : "sha256");
  hash.update(data);
  return style === "npm" ? `sha512-${hash.digest("base64")}` : `sha256:${hash.digest("hex")}`;
}

/** What a stand-in answers, by path; a function makes the answer anew. */
export type Routes = Record<string, unknown | ((request: Request) => Response | Promise<Response>)>;

/** A stand-in for the registry and GitHub. */
export interface StandIn {
  url: string;
  /** The paths asked for, in order. */
  asked: string[];
  close(): Promise<void>;
}

/** Serves JSON for objects, bytes for byte arrays. */
export async function standIn(routes: (url: string) => Routes): Promise<StandIn> {
  const asked: string[] = [];
  let known: Routes = {};
  const listener: Listener = await host().serve(async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const route = known[decodeURIComponent(pathname)];
    if (route === undefined) return new Response("no", { status: 404 });
    if (typeof route === "function") return await route(request);
    if (route instanceof Uint8Array) {
      const headers = { "content-length": String(route.length) };
      return new Response(route as Uint8Array<ArrayBuffer>, { headers });
    }
    return Response.json(route);
  });
  const url = `http://127.0.0.1:${listener.port}`;
  known = routes(url);
  return { url, asked, close: () => listener.close() };
}
