/**
 * A recording as a file: JSON lines, each value that repeats stored once.
 *
 * The first line is the header, each further line a definition or an exchange. A request names a
 * value that was stored before as `{ "$ref": "<digest>" }`: an agent sends its whole conversation
 * with each request, and without this a recording would grow with the square of its length.
 *
 * @module
 */
import { RecordingError } from "./error.ts";

/** A provider of a recording, as far as a replay needs it. */
export interface RecordedProvider {
  /** The package that the server speaks to it with, such as `"@ai-sdk/openai-compatible"`. */
  npm?: string;
  /** Its models, by id, without keys and headers. */
  models: Record<string, Record<string, unknown>>;
}

/** The first line of a recording. */
export interface RecordingHeader {
  /** The version of this format. */
  recording: 1;
  /** The providers that it holds answers of, by id. */
  providers: Record<string, RecordedProvider>;
  /** The default model, `"provider/model"`. */
  model?: string;
  /** The model for titles. */
  small_model?: string;
}

/** One request to a provider and its answer, with secrets masked and paths replaced. */
export interface Exchange {
  /** The provider's id. */
  provider: string;
  /** The path below the provider's base URL, such as `"/chat/completions"`. */
  path: string;
  /** The body of the request. */
  request: unknown;
  /** The answer. */
  response: RecordedResponse;
}

/** The answer of a provider. */
export interface RecordedResponse {
  /** The HTTP status. */
  status: number;
  /** The headers that matter to the server: the content type, and how long to wait. */
  headers: Record<string, string>;
  /** The pieces of the body in the order in which they came: milliseconds since the request, text. */
  chunks: [ms: number, text: string][];
  /** How it ended: whole, broken by the provider, or left by the server. */
  end: "complete" | "cut" | "left";
}

/** A recording in memory. */
export interface Recording {
  /** What it is of. */
  header: RecordingHeader;
  /** The exchanges, in the order in which the requests came. */
  exchanges: Exchange[];
}

/** A value that is longer than this, as JSON, is stored once. */
const INTERN_FROM = 160;

/** Turns exchanges into lines, and remembers which values it has defined. */
export class RecordingWriter {
  readonly #defined = new Set<string>();

  /** The first line. */
  header(header: RecordingHeader): string {
    return `${JSON.stringify(header)}\n`;
  }

  /** The lines of one exchange, definitions first. */
  async exchange({ provider, path, request, response }: Exchange): Promise<string> {
    let lines = "";
    const intern = async (value: unknown): Promise<unknown> => {
      const json = JSON.stringify(value);
      if (json === undefined || json.length < INTERN_FROM) return value;
      const id = await digest(json);
      if (!this.#defined.has(id)) {
        this.#defined.add(id);
        lines += `{"define":"${id}","value":${json}}\n`;
      }
      return { $ref: id };
    };
    const compact = await internBody(request, intern);
    return `${lines}${JSON.stringify({ provider, path, request: compact, response })}\n`;
  }
}

/** Stores the top-level values of a request, and each message of it, once. */
async function internBody(
  body: unknown,
  intern: (value: unknown) => Promise<unknown>,
): Promise<unknown> {
  if (body === null || typeof body !== "object" || Array.isArray(body)) return body;
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (Array.isArray(value) && name !== "tools") {
      const items: unknown[] = [];
      for (const item of value) items.push(await intern(item));
      out[name] = items;
    } else out[name] = await intern(value);
  }
  return out;
}

/**
 * Reads a recording.
 *
 * @param text The content of the file.
 * @param name The file's name, for the error.
 * @throws {RecordingError} It is no recording, or a newer one; the error names the line.
 */
export function parseRecording(text: string, name = "recording"): Recording {
  const values = new Map<string, unknown>();
  const exchanges: Exchange[] = [];
  let header: RecordingHeader | undefined;
  // an editor may have put a byte order mark before it, and git a CR before each LF
  text.replace(/^\uFEFF/, "").split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    const at = `${name}:${index + 1}`;
    const parsed = parseLine(line, at);
    if (header === undefined) return void (header = checkHeader(parsed, at));
    if (typeof parsed["define"] === "string") {
      values.set(parsed["define"], parsed["value"]);
      return;
    }
    const { request, response } = parsed;
    if (request === undefined || typeof response !== "object" || response === null) {
      throw new RecordingError(
        `Invalid recording ${at}: the line is neither a value nor an exchange`,
      );
    }
    checkExchange(parsed, at);
    exchanges.push({ ...parsed, request: expand(request, values, at) } as Exchange);
  });
  if (header === undefined) {
    throw new RecordingError(`Invalid recording ${name}: the file is empty`);
  }
  return { header, exchanges };
}

/** The recording as the content of a file. */
export async function formatRecording({ header, exchanges }: Recording): Promise<string> {
  const writer = new RecordingWriter();
  let text = writer.header(header);
  for (const exchange of exchanges) text += await writer.exchange(exchange);
  return text;
}

function parseLine(line: string, at: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new RecordingError(`Invalid recording ${at}: the line is not JSON`, { cause });
  }
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new RecordingError(`Invalid recording ${at}: the line is not a JSON object`);
}

function checkHeader(line: Record<string, unknown>, at: string): RecordingHeader {
  if (line["recording"] === 1) return line as unknown as RecordingHeader;
  const found = line["recording"] === undefined
    ? 'the first line has no "recording" version'
    : `version ${line["recording"]} is not supported, only 1`;
  throw new RecordingError(`Invalid recording ${at}: ${found}`);
}

/** An exchange that somebody edited is refused here, not in the middle of a turn. */
function checkExchange(line: Record<string, unknown>, at: string): void {
  const { status, headers, chunks, end } = line["response"] as Record<string, unknown>;
  const isText = (value: unknown) => typeof value === "string";
  const isPiece = (piece: unknown) =>
    Array.isArray(piece) && piece.length === 2 && typeof piece[0] === "number" && isText(piece[1]);
  const wrong = !isText(line["provider"])
    ? "provider"
    : !isText(line["path"])
    ? "path"
    : !(Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599)
    ? "response.status"
    : typeof headers !== "object" || headers === null || !Object.values(headers).every(isText)
    ? "response.headers"
    : !Array.isArray(chunks) || !chunks.every(isPiece)
    ? "response.chunks"
    : !["complete", "cut", "left"].includes(end as string)
    ? "response.end"
    : undefined;
  if (wrong) throw new RecordingError(`Invalid recording ${at}: ${wrong} is not valid`);
}

function expand(value: unknown, values: Map<string, unknown>, at: string): unknown {
  if (Array.isArray(value)) return value.map((item) => expand(item, values, at));
  if (value === null || typeof value !== "object") return value;
  const ref = (value as { $ref?: unknown }).$ref;
  if (typeof ref === "string" && Object.keys(value).length === 1) {
    if (values.has(ref)) return values.get(ref);
    throw new RecordingError(`Invalid recording ${at}: no line before it defines ${ref}`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, expand(inner, values, at)]),
  );
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(bytes, 0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}
