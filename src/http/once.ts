/**
 * Requests that must not be sent twice. Deno's fetch repeats one automatically when a kept connection
 * breaks after the server received it, unless its body is a stream or a Blob. (Node's never does,
 * Bun's and browsers' only what is idempotent.)
 *
 * @module
 */
import { guarded } from "./process.ts";

/** What a request may carry. */
export type Body = NonNullable<RequestInit["body"]>;

/**
 * The body in a form that the runtime's fetch sends at most once. On Deno that is a `Blob` in place
 * of text, bytes, and nothing; everywhere else it is the body itself.
 */
export function sentOnce(body: Body | undefined): Body | undefined {
  if (guarded() === undefined) return body;
  if (typeof body === "string") return new Blob([body], { type: "text/plain;charset=UTF-8" });
  if (body instanceof URLSearchParams) {
    const type = "application/x-www-form-urlencoded;charset=UTF-8";
    return new Blob([body.toString()], { type });
  }
  if (body === undefined) return new Blob([]);
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return new Blob([body as BlobPart]);
  return body;
}

/** The same for a request that a middleware made; its body is read. */
export async function requestOnce(request: Request): Promise<Request> {
  if (guarded() === undefined) return request;
  return new Request(request, { body: await request.blob() });
}
