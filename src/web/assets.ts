/**
 * The files of the page, from a generated module: nothing is read from the disk.
 *
 * @module
 */
import { ASSETS } from "./assets.gen.ts";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** One of the page's own files; nothing for any other path. */
export function asset(path: string, request: Request): Response | undefined {
  const name = path === "" ? "index.html" : path;
  const file = Object.hasOwn(ASSETS, name) ? ASSETS[name as keyof typeof ASSETS] : undefined;
  if (file === undefined) return undefined;
  const { content, etag } = file;
  const headers = {
    "content-type": TYPES[name.split(".").at(-1)!] ?? "application/octet-stream",
    etag: `"${etag}"`,
    "cache-control": "no-cache",
  };
  if (request.headers.get("if-none-match") === `"${etag}"`) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(request.method === "HEAD" ? null : content, { headers });
}
