/**
 * Recording what a server asks its providers, and what they answer.
 *
 * @module
 */
import { linkSignals } from "../../async/abort.ts";
import { host } from "../../runtime/host.ts";
import { bypassProxyForLoopback } from "../../runtime/loopback.ts";
import { resolve } from "../../runtime/path.ts";
import { checkGiven, checkShape, type Shape } from "../../text/shape.ts";
import { type WritableBody, writableBody } from "../body.ts";
import {
  type Exchange,
  formatRecording,
  type RecordedResponse,
  RecordingWriter,
} from "./format.ts";
import { replaceInChunks } from "./fragments.ts";
import { fromValues, Requests } from "./normalize.ts";
import { RecordingPlace } from "./place.ts";
import { headerOf, type RecordedConfig, redirected, upstreams } from "./providers.ts";
import { addKeysOf, knownSecrets, maskSecrets, secretsIn } from "./secrets.ts";

/** What {@linkcode recordModel} takes. */
export interface RecordModelOptions {
  /** The path of the recording. It is written beside, and put in place by `close`. */
  file: string;
  /**
   * The configuration that you give to `Opencode`: its providers are recorded. Keys in it reach the
   * provider, never the file.
   */
  config?: RecordedConfig;
  /** The base URL of each further provider, such as `{ openai: "https://api.openai.com/v1" }`. */
  upstream?: Readonly<Record<string, string>>;
  /** Texts to keep out of the file, beside keys, well-known forms and secrets of the environment. */
  secrets?: readonly string[];
  /** Further paths that differ between machines, by a name for each, such as `{ data: "/mnt/x" }`. */
  paths?: Readonly<Record<string, string>>;
  /** In place of the global `fetch`. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

const SHAPE: Shape<RecordModelOptions> = {
  file: "text",
  config: "object",
  upstream: "object",
  secrets: "list",
  paths: "object",
  fetch: "function",
};

/** A recorder that runs. */
export interface ModelRecorder extends AsyncDisposable {
  /** Give this to `Opencode` or `createOpencodeServer` as `config`. */
  readonly config: RecordedConfig;
  /** How many exchanges it has recorded. */
  readonly exchanges: number;
  /**
   * Stops it, and puts the file in place. Idempotent.
   *
   * @throws {RecordingError} Another recorder put one there meanwhile; this one stays beside it.
   */
  close(): Promise<void>;
}

/** Headers that belong to one connection, or that `fetch` sets by itself. */
const HOP = ["host", "connection", "content-length", "transfer-encoding", "accept-encoding"];

/** Headers of an answer that a replay sends too. */
const KEPT = ["content-type", "retry-after", "retry-after-ms"];

/** Times are rounded to this, in milliseconds, so that two recordings differ as little as they can. */
const TICK = 10;

/**
 * Starts a recorder between a server and its providers: requests go on to the provider with their
 * keys, and each exchange is written to a file without them.
 *
 * Works with every provider that has a `baseURL`: OpenAI-compatible ones, OpenAI, Anthropic. Play the
 * file back with `replayModel`.
 *
 * @throws {InvalidArgumentError} No provider is named, an upstream is no HTTP URL, or the file's
 * directory does not exist.
 *
 * @example
 * ```ts ignore
 * import { Opencode } from "@x/opencode";
 * import { recordModel } from "@x/opencode/testing";
 *
 * await using recorder = await recordModel({
 *   file: "tests/review.jsonl",
 *   config: { model: "anthropic/claude-sonnet-4" },
 * });
 * await using ai = new Opencode({ config: recorder.config });
 * console.log(await ai.ask("Review this diff"));
 * ```
 */
export async function recordModel(options: RecordModelOptions): Promise<ModelRecorder> {
  checkShape("recording", options, SHAPE);
  checkGiven(options.file, "file", "the path of the recording");
  bypassProxyForLoopback();
  const { config = {}, fetch: send = globalThis.fetch } = options;
  const targets = upstreams(config, options.upstream);
  const file = resolve(host().platform.cwd(), options.file);
  const header = headerOf(config, targets.keys());
  const writer = new RecordingWriter();
  const place = await RecordingPlace.begin(file, writer.header(header));
  const secrets = knownSecrets(options.secrets);
  const requests = new Requests(options.paths, secrets);
  const recorded: { index: number; exchange: Exchange }[] = [];
  const closing = new AbortController();
  const open = new Set<Promise<void>>();
  let count = 0;
  let writing = Promise.resolve();

  const keep = (index: number, exchange: Exchange) => {
    recorded.push({ index, exchange });
    // appended as it comes, so that a process that is killed leaves what it had
    writing = writing.then(async () => await place.append(await writer.exchange(exchange)));
    return writing;
  };

  const answer = async (incoming: Request): Promise<Response> => {
    const [, word, id = "", ...rest] = new URL(incoming.url).pathname.split("/");
    const target = word === token ? targets.get(id) : undefined;
    if (target === undefined) return problem(404, "The recorder has no such provider");
    const index = count++;
    const path = `/${rest.join("/")}`;
    const url = new URL(target.href.replace(/\/$/, "") + path);
    url.search = new URL(incoming.url).search;
    const headers = new Headers(incoming.headers);
    for (const name of HOP) headers.delete(name);
    addKeysOf(headers, url, secrets);
    const text = await incoming.text();
    const asked = requests.take(incoming.headers, text);
    const started = performance.now();
    const link = linkSignals([incoming.signal, closing.signal]);
    const bodyInit = incoming.method === "GET" || incoming.method === "HEAD" ? {} : { body: text };
    let response: Response;
    try {
      response = await send(url.href, {
        method: incoming.method,
        headers,
        signal: link.signal,
        redirect: "manual",
        ...bodyInit,
      });
    } catch (error) {
      link.dispose();
      const why = error instanceof Error ? error.message : String(error);
      return problem(502, `The recorder can't reach provider ${id}: ${maskSecrets(why, secrets)}`);
    }
    const out = writableBody();
    const store = async (got: Omit<RecordedResponse, "status" | "headers">) => {
      const joined = got.chunks.map(([, chunk]) => chunk).join("");
      const changes = [...secretsIn(joined, secrets), ...fromValues(asked.values)];
      const texts = replaceInChunks(got.chunks.map(([, chunk]) => chunk), changes)
        .map((chunk) => maskSecrets(chunk, secrets));
      const kept = KEPT.flatMap((name) => {
        const value = response.headers.get(name);
        return value === null ? [] : [[name, value] as const];
      });
      await keep(index, {
        provider: id,
        path,
        request: asked.body(),
        response: {
          status: response.status,
          headers: Object.fromEntries(kept),
          chunks: got.chunks.map(([ms], i) => [ms, texts[i]!]),
          end: got.end,
        },
      });
    };
    const done = pass(response, out, started, link.signal)
      .then(store)
      .finally(() => {
        link.dispose();
        open.delete(done);
      });
    open.add(done);
    const answered = new Headers(response.headers);
    for (const name of ["content-encoding", "content-length", "transfer-encoding", "connection"]) {
      answered.delete(name);
    }
    return new Response(out.stream, { status: response.status, headers: answered });
  };

  const token = crypto.randomUUID();
  const listener = await host().serve(answer);
  const base = `http://${listener.hostname}:${listener.port}/${token}`;
  const urls = new Map([...targets.keys()].map((id) => [id, `${base}/${id}`]));

  let closed: Promise<void> | undefined;
  const close = async () => {
    closing.abort();
    await listener.close();
    await Promise.allSettled([...open]);
    await writing;
    const exchanges = recorded.sort((a, b) => a.index - b.index).map(({ exchange }) => exchange);
    await place.finish(await formatRecording({ header, exchanges }));
  };
  return {
    config: redirected(config, urls),
    get exchanges() {
      return recorded.length;
    },
    close: () => closed ??= close(),
    [Symbol.asyncDispose]: () => closed ??= close(),
  };
}

/** Hands a body on as it comes, and keeps it in pieces of whole events. */
async function pass(
  response: Response,
  out: WritableBody,
  started: number,
  gone: AbortSignal,
): Promise<Pick<RecordedResponse, "chunks" | "end">> {
  const chunks: [number, string][] = [];
  const decoder = new TextDecoder();
  let rest = "";
  const streamed = response.headers.get("content-type")?.includes("text/event-stream") ?? false;
  const add = (text: string) => {
    if (text === "") return;
    chunks.push([Math.round((performance.now() - started) / TICK) * TICK, text]);
  };
  const take = (text: string, last = false) => {
    rest += text;
    const end = last ? rest.length : streamed ? lastEvent(rest) : 0;
    add(rest.slice(0, end));
    rest = rest.slice(end);
  };
  let end: RecordedResponse["end"] = "complete";
  const reader = response.body?.getReader();
  const leave = () => void reader?.cancel().catch(() => {});
  out.ended.addEventListener("abort", leave, { once: true });
  try {
    for (;;) {
      const { value, done } = await reader?.read() ?? { done: true, value: undefined };
      if (done) break;
      out.write(value);
      take(decoder.decode(value, { stream: true }));
    }
    if (out.ended.aborted) end = "left";
    out.end();
  } catch {
    end = out.ended.aborted || gone.aborted ? "left" : "cut";
    out.cut();
  } finally {
    out.ended.removeEventListener("abort", leave);
  }
  take(decoder.decode(), true);
  return { chunks, end };
}

/** Where the last whole event ends. */
function lastEvent(text: string): number {
  const lf = text.lastIndexOf("\n\n");
  const crlf = text.lastIndexOf("\r\n\r\n");
  return Math.max(lf === -1 ? 0 : lf + 2, crlf === -1 ? 0 : crlf + 4);
}

function problem(status: number, message: string): Response {
  return Response.json({ error: { message, type: "recorder", code: "recorder" } }, { status });
}
