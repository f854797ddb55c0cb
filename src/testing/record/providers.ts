/**
 * The providers of a configuration, sent through a recorder or a replay.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.ts";
import type { Exchange, RecordedProvider, RecordingHeader } from "./format.ts";

/** A provider of a configuration. */
type ProviderConfig = Record<string, unknown>;

/** The parts of opencode's configuration that name its providers and models. */
export interface RecordedConfig {
  /** The providers, by id. */
  provider?: Record<string, Record<string, unknown>>;
  /** The default model, `"provider/model"`. */
  model?: string;
  /** The model for titles. */
  small_model?: string;
  /** The same index as any configuration has. */
  [key: string]: unknown;
}

/** Where well-known providers are. */
const KNOWN: Readonly<Record<string, string>> = {
  anthropic: "https://api.anthropic.com/v1",
  deepseek: "https://api.deepseek.com",
  groq: "https://api.groq.com/openai/v1",
  mistral: "https://api.mistral.ai/v1",
  openai: "https://api.openai.com/v1",
  openrouter: "https://openrouter.ai/api/v1",
  xai: "https://api.x.ai/v1",
};

/**
 * The base URL of each provider that is to be recorded: those given, and those of the configuration.
 *
 * @throws {InvalidArgumentError} There is none, or one is no HTTP URL.
 */
export function upstreams(
  config: RecordedConfig,
  given: Readonly<Record<string, string>> = {},
): Map<string, URL> {
  const found = new Map<string, URL>();
  const add = (id: string, url: unknown) => {
    if (typeof url !== "string" || !URL.canParse(url) || !/^https?:/.test(url)) {
      throw new InvalidArgumentError(
        `Invalid upstream of provider ${id}: expected an http(s) URL such as https://api.example.com/v1`,
      );
    }
    found.set(id, new URL(url));
  };
  for (const [id, provider] of Object.entries(config.provider ?? {})) {
    const url = baseUrlOf(provider) ?? KNOWN[id];
    if (url !== undefined) add(id, url);
  }
  for (const [id, url] of Object.entries(given)) add(id, url);
  const [named] = config.model?.split("/") ?? [];
  if (named && !found.has(named) && KNOWN[named]) add(named, KNOWN[named]);
  if (found.size > 0) return found;
  throw new InvalidArgumentError(
    'Nothing to record: give `upstream` such as { openai: "https://api.openai.com/v1" }, or a `config` with a provider',
  );
}

function baseUrlOf(provider: ProviderConfig): unknown {
  return (provider["options"] as Record<string, unknown> | undefined)?.["baseURL"];
}

/** The configuration with these providers at other addresses; all else stays. */
export function redirected(
  config: RecordedConfig,
  urls: ReadonlyMap<string, string>,
): RecordedConfig {
  const provider: Record<string, ProviderConfig> = { ...config.provider };
  for (const [id, baseURL] of urls) {
    provider[id] = {
      ...provider[id],
      options: { ...provider[id]?.["options"] as object | undefined, baseURL },
    };
  }
  return { ...config, provider };
}

/** What the header of a recording says of the configuration: no keys, no headers, no addresses. */
export function headerOf(config: RecordedConfig, ids: Iterable<string>): RecordingHeader {
  const providers: Record<string, RecordedProvider> = {};
  for (const id of ids) {
    const { npm, models = {} } = (config.provider?.[id] ?? {}) as {
      npm?: string;
      models?: Record<string, Record<string, unknown>>;
    };
    const plain = Object.entries(models).map(([name, model]) => {
      const { headers: _, options: __, provider: ___, ...rest } = model;
      return [name, rest] as const;
    });
    providers[id] = { ...npm !== undefined && { npm }, models: Object.fromEntries(plain) };
  }
  const { model, small_model } = config;
  return {
    recording: 1,
    providers,
    ...model !== undefined && { model },
    ...small_model !== undefined && { small_model },
  };
}

/** The configuration that makes a server ask a replay: no key and no catalogue of models needed. */
export function replayConfig(
  header: RecordingHeader,
  exchanges: readonly Exchange[],
  urlOf: (id: string) => string,
): RecordedConfig {
  const provider: Record<string, ProviderConfig> = {};
  for (const [id, { npm, models }] of Object.entries(header.providers)) {
    const own = exchanges.filter((exchange) => exchange.provider === id);
    const asked = own.map(({ request }) => (request as { model?: unknown } | null)?.model)
      .filter((name) => typeof name === "string");
    provider[id] = {
      npm: npm ?? packageFor(own[0]?.path ?? ""),
      name: `${id} (replay)`,
      options: { baseURL: urlOf(id), apiKey: "replay" },
      models: { ...Object.fromEntries(asked.map((name) => [name, MODEL])), ...models },
    };
  }
  const { model, small_model } = header;
  const first = Object.entries(provider)[0];
  const fallback = first && `${first[0]}/${Object.keys(first[1]["models"] as object)[0]}`;
  const chosen = model ?? fallback;
  return {
    provider,
    ...chosen !== undefined && { model: chosen, small_model: small_model ?? chosen },
  };
}

/** A model of which the recording says nothing. */
const MODEL = {
  tool_call: true,
  reasoning: true,
  attachment: true,
  limit: { context: 200_000, output: 32_000 },
  modalities: {
    input: ["text", "image", "pdf"],
    output: ["text"],
  },
};

/** Which package speaks the API whose path this is. */
function packageFor(path: string): string {
  if (path.endsWith("/messages")) return "@ai-sdk/anthropic";
  return path.endsWith("/responses") ? "@ai-sdk/openai" : "@ai-sdk/openai-compatible";
}
