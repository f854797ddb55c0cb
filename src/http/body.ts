/**
 * The body of an answer, read as what it is, up to a bound.
 *
 * @module
 */
import { APIResponseValidationError } from "../errors.ts";
import { mask } from "./mask.ts";

/** How much of an answer is read into memory, in bytes (256 MiB). */
const LARGEST_BODY = 256 * 2 ** 20;

/** How much of a failure's body is read, in bytes (1 MiB): it only goes into messages. */
const LARGEST_FAILURE = 2 ** 20;

/** How a body is read. */
export interface ReadOptions {
  /** The most bytes that are read. @default {LARGEST_BODY} */
  limit?: number;
  /** What an error must not repeat of the body. */
  secrets?: readonly (string | undefined)[];
}

/** Nothing is read: for operations without an answer. */
export async function readNothing(response: Response): Promise<void> {
  await response.body?.cancel();
}

/**
 * The body as text.
 *
 * @throws {APIResponseValidationError} It is longer than `limit`, in bytes.
 */
export async function readText(
  response: Response,
  what: string,
  { limit = LARGEST_BODY }: ReadOptions = {},
): Promise<string> {
  if (announced(response, limit)) return await response.text();
  const { text, whole } = await decoded(response, limit);
  if (!whole) throw tooLong(what, limit);
  return text;
}

/**
 * The body as bytes.
 *
 * @throws {APIResponseValidationError} It is longer than `limit`, in bytes.
 */
export async function readBytes(
  response: Response,
  what: string,
  { limit = LARGEST_BODY }: ReadOptions = {},
): Promise<Uint8Array> {
  if (announced(response, limit)) return new Uint8Array(await response.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let length = 0;
  const whole = await readChunks(response, limit, (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
  });
  if (!whole) throw tooLong(what, limit);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** The text of a failure's body; what is beyond the bound is left out. */
export async function readStart(
  response: Response,
  limit: number = LARGEST_FAILURE,
): Promise<string> {
  return (await decoded(response, limit)).text;
}

async function decoded(response: Response, limit: number) {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  const whole = await readChunks(response, limit, (chunk) => {
    parts.push(decoder.decode(chunk, { stream: true }));
  });
  return { text: parts.join("") + decoder.decode(), whole };
}

/**
 * The body as JSON; what is not JSON is an error that says what it is.
 *
 * @throws {APIResponseValidationError} It is no JSON, or longer than `limit`, in bytes.
 */
export async function readJson(
  response: Response,
  what: string,
  options: ReadOptions = {},
): Promise<unknown> {
  const type = contentType(response);
  if (response.status === 204) return void await response.body?.cancel();
  if (type === "text/html") return await refusePage(response, what);
  const text = await readText(response, what, options);
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own error quotes the body, and so would be a place for a secret.
    const seen = text === ""
      ? "an empty body"
      : `${type || "something"} (${mask(text, options.secrets, 80)})`;
    throw new APIResponseValidationError(`${what} was answered with ${seen} instead of JSON`);
  }
}

async function refusePage(response: Response, what: string): Promise<never> {
  await response.body?.cancel();
  // Server 1.18.33 answers its web page for every path and method that it doesn't know.
  throw new APIResponseValidationError(
    `${what} was answered with a web page: this server has no such route`,
  );
}

/** Reads what the content type says: JSON, text, or bytes; a web page is refused. */
export async function readByType(
  response: Response,
  what: string,
  options: ReadOptions = {},
): Promise<unknown> {
  const type = contentType(response);
  if (response.status === 204) return void await response.body?.cancel();
  if (/[/+]json$/.test(type)) return await readJson(response, what, options);
  if (type === "text/html") return await refusePage(response, what);
  if (type.startsWith("text/")) return await readText(response, what, options);
  return await readBytes(response, what, options);
}

/** The content type without its parameters, in lower case. */
export function contentType(response: Response): string {
  return (response.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
}

/** Whether the answer says that it is short enough: the runtime's own reading is the fastest. */
function announced({ headers }: Response, limit: number): boolean {
  const length = headers.get("content-length");
  // The length of what is compressed says nothing of what comes out of it.
  return length !== null && /^\d+$/.test(length) && Number(length) <= limit &&
    !headers.has("content-encoding");
}

/** Hands on the chunks up to the limit; `false` where there was more, which is cancelled. */
async function readChunks(
  response: Response,
  limit: number,
  take: (chunk: Uint8Array) => void,
): Promise<boolean> {
  const reader = response.body?.getReader();
  if (!reader) return true;
  let length = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return true;
    const room = limit - length;
    take(value.length > room ? value.subarray(0, room) : value);
    length += value.length;
    if (length <= limit) continue;
    await reader.cancel().catch(() => {});
    return false;
  }
}

function tooLong(what: string, limit: number): APIResponseValidationError {
  return new APIResponseValidationError(
    `${what} was answered with more than ${
      limit / 2 ** 20
    } MiB: read it in pieces, with request(…, { as: "response" })`,
  );
}
