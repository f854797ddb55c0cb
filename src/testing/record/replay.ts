/**
 * Answering a server from a recording.
 *
 * @module
 */
import { sleep } from "../../async/abort.ts";
import { host } from "../../runtime/host.ts";
import { checkGiven, checkShape, type Shape } from "../../text/shape.ts";
import { type WritableBody, writableBody } from "../body.ts";
import { RecordingError } from "./error.ts";
import type { Exchange, RecordedResponse } from "./format.ts";
import { replaceInChunks } from "./fragments.ts";
import { keyOf, type Match, nearest } from "./match.ts";
import { Requests, toValues, type Values } from "./normalize.ts";
import { type RecordedConfig, replayConfig } from "./providers.ts";
import { knownSecrets } from "./secrets.ts";
import { readRecording } from "./tools.ts";

/** What {@linkcode replayModel} takes. */
export interface ReplayModelOptions {
  /** The path of a recording of `recordModel`. */
  file: string;
  /**
   * How a request must be like the recorded one. `"exact"`: the whole body, with paths, ids and dates
   * replaced. `"shape"`: the model, the tools' names, the roles, the tools called, the user's texts;
   * so a new version of the server, or another output of a tool, still replays.
   *
   * @default {"exact"}
   */
  match?: Match;
  /** How fast answers come: at once, or with the recorded pauses. @default {"instant"} */
  pace?: "instant" | "recorded";
  /** The texts and paths that the recording was made with; see `recordModel`. */
  secrets?: readonly string[];
  /** Further paths that differ between machines; see `recordModel`. */
  paths?: Readonly<Record<string, string>>;
}

const SHAPE: Shape<ReplayModelOptions> = {
  file: "text",
  match: ["exact", "shape"],
  pace: ["instant", "recorded"],
  secrets: "list",
  paths: "object",
};

/** A replay that runs. */
export interface ModelReplay extends AsyncDisposable {
  /** Give this to `Opencode` or `createOpencodeServer` as `config`; no key is needed. */
  readonly config: RecordedConfig;
  /** How many recorded exchanges no request has asked for yet. */
  readonly remaining: number;
  /** What was asked and not found: each with its difference from the nearest recorded request. */
  readonly misses: readonly string[];
  /**
   * Checks that every request found its answer and every recorded exchange was asked for.
   *
   * @throws {RecordingError} One was missed, or some are left.
   */
  assertDone(): void;
  /** Stops it. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a model that answers from a recording: the same bytes in the same pieces, without a key and
 * without a network. Each recorded exchange answers once, and where several fit, the oldest.
 *
 * A request that the recording doesn't hold is answered with HTTP 400 and the difference from the
 * nearest recorded one, which fails the turn at once.
 *
 * @throws {RecordingError} The file can't be read, or is no recording.
 *
 * @example
 * ```ts ignore
 * import { Opencode } from "@x/opencode";
 * import { replayModel } from "@x/opencode/testing";
 *
 * await using replay = await replayModel({ file: "tests/review.jsonl" });
 * await using ai = new Opencode({ isolated: true, config: replay.config });
 * console.log(await ai.ask("Review this diff"));
 * replay.assertDone();
 * ```
 */
export async function replayModel(options: ReplayModelOptions): Promise<ModelReplay> {
  checkShape("replay", options, SHAPE);
  checkGiven(options.file, "file", "the path of a recording");
  const { file, match = "exact", pace = "instant" } = options;
  const { header, exchanges } = await readRecording(file);
  const requests = new Requests(options.paths, knownSecrets(options.secrets));
  const left = new Set(exchanges);
  const byKey = new Map<string, Exchange[]>();
  for (const exchange of exchanges) {
    const key = keyOf(exchange, match);
    byKey.set(key, [...byKey.get(key) ?? [], exchange]);
  }
  const misses: string[] = [];
  const closing = new AbortController();

  const answer = async (incoming: Request): Promise<Response> => {
    const [, word, provider = "", ...rest] = new URL(incoming.url).pathname.split("/");
    if (word !== token) return problem("The replay has no such provider");
    const text = await incoming.text();
    const { values, body } = requests.take(incoming.headers, text);
    const asked = { provider, path: `/${rest.join("/")}`, request: body() };
    const found = byKey.get(keyOf(asked, match))?.shift();
    if (found === undefined) {
      const why = `The recording ${file} holds no answer to this request (match: ${match}). ${
        nearest(asked, [...left], match)
      }`;
      misses.push(why);
      return problem(why);
    }
    left.delete(found);
    return play(found.response, values, pace, closing.signal);
  };

  const token = crypto.randomUUID();
  const listener = await host().serve(answer);
  const base = `http://${listener.hostname}:${listener.port}/${token}`;
  const close = async () => {
    closing.abort();
    await listener.close();
  };
  return {
    config: replayConfig(header, exchanges, (id) => `${base}/${id}`),
    get remaining() {
      return left.size;
    },
    misses,
    assertDone() {
      if (misses.length > 0) throw new RecordingError(misses[0]!);
      if (left.size === 0) return;
      throw new RecordingError(
        `${left.size} of ${exchanges.length} recorded exchanges of ${file} were not requested`,
      );
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function play(
  { status, headers, chunks, end }: RecordedResponse,
  values: Values,
  pace: "instant" | "recorded",
  closing: AbortSignal,
): Response {
  const texts = replaceInChunks(chunks.map(([, text]) => text), toValues(values));
  const body = writableBody();
  const onClose = () => body.destroy();
  closing.addEventListener("abort", onClose, { once: true });
  body.ended.addEventListener("abort", () => closing.removeEventListener("abort", onClose));
  const times = pace === "recorded" ? chunks.map(([ms]) => ms) : [];
  write(texts, times, end, body).catch(() => body.destroy());
  return new Response(body.stream, { status, headers });
}

async function write(
  texts: readonly string[],
  times: readonly number[],
  end: RecordedResponse["end"],
  body: WritableBody,
): Promise<void> {
  const started = performance.now();
  for (const [i, text] of texts.entries()) {
    const wait = (times[i] ?? 0) - (performance.now() - started);
    if (wait > 0) await sleep(wait, body.ended);
    body.write(text);
  }
  if (end === "complete") body.end();
  else if (end === "cut") body.cut();
  // "left": the server went away in the middle, and will again
}

function problem(message: string): Response {
  const error = { message, type: "invalid_request_error", code: "replay_miss" };
  return Response.json({ type: "error", error }, { status: 400 });
}
