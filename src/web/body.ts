/**
 * The bodies of the page's requests, within bounds.
 *
 * @module
 */

/** A request that the handler refuses, with its status. */
export class Refusal extends Error {
  /** @param status The HTTP status. */
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/** How long a body may take, in milliseconds. */
const MAX_TIME = 30_000;

/**
 * Reads a JSON object.
 *
 * @param max How long it may be, in bytes.
 * @throws {Refusal} 413, 408, 415 or 400.
 */
export async function readJson(
  request: Request,
  max = 256_000,
  time = MAX_TIME,
): Promise<Record<string, unknown>> {
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    throw new Refusal(415, "Expected a body of type application/json");
  }
  if (Number(request.headers.get("content-length") ?? 0) > max) throw tooLarge(max);
  const reader = request.body?.getReader();
  if (!reader) throw new Refusal(400, "Expected a body");
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    reader.cancel().catch(() => {});
  }, time);
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > max) throw tooLarge(max);
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    clearTimeout(timer);
    await reader.cancel().catch(() => {});
  }
  if (late) throw new Refusal(408, "The body took too long");
  try {
    const value: unknown = JSON.parse(text + decoder.decode());
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch { /* the same answer as for another value */ }
  throw new Refusal(400, "Expected a JSON object");
}

function tooLarge(max: number): Refusal {
  return new Refusal(413, `The body is longer than ${max} bytes`);
}

/** A text of a body, or nothing where it is left out. */
export function textOf(body: Record<string, unknown>, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  throw new Refusal(400, `Expected "${name}" to be a text`);
}

/** A text that must be there. */
export function neededText(body: Record<string, unknown>, name: string): string {
  const value = textOf(body, name);
  if (value === undefined) throw new Refusal(400, `Missing "${name}"`);
  return value;
}
