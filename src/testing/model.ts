/**
 * The scripted model: an OpenAI-compatible endpoint on loopback that says what a script tells it to,
 * and keeps what it was asked.
 *
 * @module
 */
import { identify, OpencodeError } from "../errors/base.ts";
import { abortable, linkSignals } from "../async/abort.ts";
import { host } from "../runtime/host.ts";
import { writableBody } from "./body.ts";
import { apiError, respond } from "./completion.ts";
import { InvalidArgumentError } from "../errors/base.ts";
import { describe } from "../text/describe.ts";
import { checkShape, type Shape } from "../text/shape.ts";
import { type ModelRequest, modelRequest, type Script, type ScriptStep, stepOf } from "./script.ts";

/** What {@linkcode scriptedModel} takes. */
export interface ScriptedModelOptions {
  /** Gives each session its own run through a list of steps. @default {false} */
  perSession?: boolean;
  /** What it answers when the server asks for a session's title. @default {"Scripted session"} */
  title?: string;
  /** The provider's id. @default {"scripted"} */
  provider?: string;
  /** The model's id. @default {"model"} */
  model?: string;
  /** Dollars for a million tokens. @default free */
  cost?: { input: number; output: number };
  /** Limits of its context and its output, in tokens. @default 200 000 and 32 000 */
  limit?: { context: number; output: number };
  /** What it can read besides text. @default {["image", "pdf"]} */
  inputs?: readonly ("image" | "pdf" | "audio" | "video")[];
  /** Further options of the provider, such as `timeout` in milliseconds. */
  providerOptions?: Record<string, unknown>;
}

const SHAPE: Shape<ScriptedModelOptions> = {
  perSession: "flag",
  title: "text",
  provider: "text",
  model: "text",
  cost: "object",
  limit: "object",
  inputs: "list",
  providerOptions: "object",
};

/** The part of opencode's configuration that makes a server use a scripted model. */
export interface ScriptedModelConfig {
  /** The provider, with its one model. */
  provider: Record<string, Record<string, unknown>>;
  /** `"scripted/model"`. */
  model: string;
  /** The same: the server asks it for titles. */
  small_model: string;
  /** The same index as any configuration has. */
  [key: string]: unknown;
}

/** A running scripted model. */
export interface ScriptedModel extends AsyncDisposable {
  /** Its address, such as `http://127.0.0.1:40001/v1`. */
  readonly url: string;
  /** `"scripted/model"`, as the `model` option wants it. */
  readonly model: string;
  /** What the `config` option of `Opencode` and `createOpencodeServer` needs. */
  readonly config: ScriptedModelConfig;
  /** What it was asked, titles left out, oldest first. */
  readonly requests: readonly ModelRequest[];
  /** The requests for titles. */
  readonly titleRequests: readonly ModelRequest[];
  /** The requests that found no step. */
  readonly unanswered: readonly ModelRequest[];
  /** How many steps of a list are left; 0 for a function, and with `perSession`. */
  readonly remaining: number;
  /** Adds steps to the end of a list. */
  add(...steps: (string | ScriptStep)[]): void;
  /**
   * Resolves with the request of that number (from 0) as soon as it has come.
   *
   * @throws {ScriptError} It did not come in time; `timeout` is in milliseconds, 10 000 by default.
   */
  request(
    index: number,
    options?: { timeout?: number; signal?: AbortSignal },
  ): Promise<ModelRequest>;
  /**
   * Checks that the script and the requests came out even.
   *
   * @throws {ScriptError} Steps are left, a request found none, or the script failed.
   */
  assertDone(): void;
  /** Stops it; open answers are cut. Idempotent. */
  close(): Promise<void>;
}

/**
 * A script does not match what the server asked: steps are left, or a request found none.
 *
 * The message lists the request and the steps; add a step, or give `when` to those that must wait.
 */
export class ScriptError extends OpencodeError {
  static {
    identify(this, "ScriptError", "script_mismatch");
  }
}

/**
 * Starts a scripted model: no key, no network, no language model.
 *
 * A request takes the first step of the list that is left and whose `when` fits. One that finds none
 * is answered with HTTP 400, which the server reports at once as the failure of the turn. Requests
 * for the title of a session never take a step. Tried with server 1.18.33.
 *
 * @throws {InvalidArgumentError} A step or an option can't be used.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { scriptedModel } from "@x/opencode/testing";
 *
 * await using model = await scriptedModel([
 *   { toolCalls: [{ name: "bash", input: { command: "date" } }] },
 *   "It is late.",
 * ]);
 * assertEquals(model.config.model, "scripted/model");
 * assertEquals(model.remaining, 2);
 * ```
 */
export async function scriptedModel(
  script: Script,
  options: ScriptedModelOptions = {},
): Promise<ScriptedModel> {
  checkShape("scripted model", options, SHAPE);
  const { title = "Scripted session", provider = "scripted", model = "model" } = options;
  const key = crypto.randomUUID();
  const player = new Player(script, options.perSession ?? false);
  const requests: ModelRequest[] = [];
  const titleRequests: ModelRequest[] = [];
  const unanswered: ModelRequest[] = [];
  const failures: unknown[] = [];
  const arrivals = new Set<() => void>();
  const closing = new AbortController();

  const answer = async (incoming: Request): Promise<Response> => {
    if (incoming.headers.get("authorization") !== `Bearer ${key}`) {
      return apiError(401, "unauthorized", "The key is not this scripted model's");
    }
    const { pathname } = new URL(incoming.url);
    if (incoming.method !== "POST" || pathname !== "/v1/chat/completions") {
      return apiError(404, "not_found", `The scripted model has no ${incoming.method} ${pathname}`);
    }
    const body = writableBody();
    const request = modelRequest(
      requests.length,
      incoming.headers,
      await incoming.json(),
      body.ended,
    );
    if (request.isTitle) {
      titleRequests.push(request);
      return respond({ text: title }, request, body, closing.signal);
    }
    requests.push(request);
    for (const notice of [...arrivals]) notice();
    let step: ScriptStep | undefined;
    try {
      step = await player.next(request);
    } catch (error) {
      failures.push(error);
      body.end();
      return apiError(400, "script_failed", `The script failed: ${wordsOf(error)}`);
    }
    if (step === undefined) {
      unanswered.push(request);
      body.end();
      return apiError(400, "script_exhausted", exhausted(request));
    }
    return respond(step, request, body, closing.signal);
  };
  const listener = await host().serve(answer);
  const url = `http://${listener.hostname}:${listener.port}/v1`;

  const close = async () => {
    closing.abort();
    await listener.close();
  };
  return {
    url,
    model: `${provider}/${model}`,
    config: configOf(url, key, provider, model, options),
    requests,
    titleRequests,
    unanswered,
    get remaining() {
      return player.remaining;
    },
    add: (...steps) => player.add(steps),
    async request(index, { timeout = 10_000, signal } = {}) {
      const link = linkSignals([signal, closing.signal], {
        timeout,
        timeoutReason: () =>
          new ScriptError(
            `The server sent ${requests.length} requests within ${timeout} ms, not ${index + 1}`,
          ),
      });
      try {
        while (requests[index] === undefined) {
          let notice = () => {};
          const arrival = new Promise<void>((resolve) => arrivals.add(notice = resolve));
          await abortable(arrival, link.signal).finally(() => arrivals.delete(notice));
        }
        return requests[index];
      } finally {
        link.dispose();
      }
    },
    assertDone() {
      if (failures.length > 0) {
        throw new ScriptError(`The script failed: ${wordsOf(failures[0])}`, { cause: failures[0] });
      }
      if (unanswered.length > 0) throw new ScriptError(exhausted(unanswered[0]!));
      if (player.remaining > 0) {
        throw new ScriptError(
          `The script has ${player.remaining} steps left after ${requests.length} requests`,
        );
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Goes through a script. */
class Player {
  readonly #script: Script;
  readonly #perSession: boolean;
  readonly #added: (string | ScriptStep)[] = [];
  /** How often each step was used, by session. */
  readonly #used = new Map<string, number[]>();

  constructor(script: Script, perSession: boolean) {
    if (Array.isArray(script)) script.forEach(stepOf);
    else if (typeof script !== "function") {
      throw new InvalidArgumentError(
        `Cannot use ${describe(script)} as a script: give a list of steps, or a function`,
      );
    }
    this.#script = script;
    this.#perSession = perSession;
  }

  get remaining(): number {
    if (this.#perSession) return 0;
    const used = this.#used.get("") ?? [];
    const left = this.#steps().map((step, i) => (step.times ?? 1) - (used[i] ?? 0));
    return left.filter((times) => times > 0 && times !== Infinity).length;
  }

  add(steps: (string | ScriptStep)[]): void {
    this.#added.push(...steps.map(stepOf));
  }

  async next(request: ModelRequest): Promise<ScriptStep | undefined> {
    if (typeof this.#script === "function") {
      const step = await this.#script(request);
      if (step !== undefined) return stepOf(step);
    }
    const scope = this.#perSession ? request.sessionId ?? "" : "";
    let used = this.#used.get(scope);
    if (used === undefined) this.#used.set(scope, used = []);
    const steps = this.#steps();
    const found = steps.findIndex((step, i) =>
      (used[i] ?? 0) < (step.times ?? 1) && fits(step, request)
    );
    if (found === -1) return undefined;
    used[found] = (used[found] ?? 0) + 1;
    return steps[found];
  }

  #steps(): ScriptStep[] {
    const own = typeof this.#script === "function" ? [] : this.#script;
    return [...own, ...this.#added].map(stepOf);
  }
}

function fits({ when }: ScriptStep, request: ModelRequest): boolean {
  if (when === undefined) return true;
  return typeof when === "string" ? when === request.sessionId : when(request);
}

function exhausted(request: ModelRequest): string {
  const asked = JSON.stringify(request.prompt.slice(0, 80));
  return `The script is exhausted: no step is left for request ${request.index}, whose prompt is ${asked}`;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function configOf(
  url: string,
  key: string,
  provider: string,
  model: string,
  options: ScriptedModelOptions,
): ScriptedModelConfig {
  const { limit = { context: 200_000, output: 32_000 }, inputs = ["image", "pdf"], cost } = options;
  const name = `${provider}/${model}`;
  return {
    provider: {
      [provider]: {
        npm: "@ai-sdk/openai-compatible",
        name: "Scripted model",
        options: { baseURL: url, apiKey: key, ...options.providerOptions },
        models: {
          [model]: {
            name: "Scripted model",
            tool_call: true,
            reasoning: true,
            attachment: true,
            limit,
            modalities: { input: ["text", ...inputs], output: ["text"] },
            ...(cost === undefined ? {} : { cost }),
          },
        },
      },
    },
    model: name,
    small_model: name,
  };
}
