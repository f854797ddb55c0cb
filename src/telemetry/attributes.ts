/**
 * Values of attributes. Names are those of the semantic conventions for generative AI; what they
 * have no name for begins with `opencode.`.
 *
 * @module
 */
import type { Usage } from "../dialect/events.ts";
import type { Given } from "./recorder.ts";

/** The server's names of providers that the conventions name otherwise. */
const PROVIDERS: Readonly<Record<string, string>> = {
  "amazon-bedrock": "aws.bedrock",
  "azure": "azure.ai.openai",
  "google": "gcp.gemini",
  "google-vertex": "gcp.vertex_ai",
  "google-vertex-anthropic": "gcp.vertex_ai",
  "mistral": "mistral_ai",
  "xai": "x_ai",
};

/** How much of a text is recorded, in characters. */
const MAX_TEXT = 32_000;

/** A provider and a model. */
export function modelAttributes(provider: string, model: string): Given {
  const name = PROVIDERS[provider] ?? provider;
  // the older name as well: many backends still look for it
  return {
    "gen_ai.provider.name": name,
    "gen_ai.system": name,
    "gen_ai.request.model": model,
  };
}

/** All tokens of the prompt: the conventions count those of the cache too. */
export function inputTokens({ input, cacheRead, cacheWrite }: Usage): number {
  return input + cacheRead + cacheWrite;
}

/** All tokens of the answer: the conventions count those of the reasoning too. */
export function outputTokens({ output, reasoning }: Usage): number {
  return output + reasoning;
}

/** Tokens and dollars. */
export function usageAttributes(usage: Usage, cost: number): Given {
  const more = (count: number) => count > 0 ? count : undefined;
  return {
    "gen_ai.usage.input_tokens": inputTokens(usage),
    "gen_ai.usage.output_tokens": outputTokens(usage),
    "gen_ai.usage.cache_read.input_tokens": more(usage.cacheRead),
    "gen_ai.usage.cache_creation.input_tokens": more(usage.cacheWrite),
    "gen_ai.usage.reasoning.output_tokens": more(usage.reasoning),
    "opencode.cost.usd": cost,
  };
}

/** A text, or the beginning of a long one. */
export function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** A value as JSON, or the beginning of a long one. */
export function json(value: unknown): string {
  try {
    return cut(JSON.stringify(value) ?? "");
  } catch {
    return "";
  }
}

/** A message in the conventions' form. */
export function message(
  role: "user" | "assistant",
  text: string,
  calls: readonly { callId: string; name: string; input: unknown }[] = [],
  finish?: string,
): string {
  const parts = [
    ...text === "" ? [] : [{ type: "text", content: cut(text) }],
    ...calls.map(({ callId, name, input }) => ({
      type: "tool_call",
      id: callId,
      name,
      arguments: json(input),
    })),
  ];
  return JSON.stringify([{ role, parts, ...finish !== undefined && { finish_reason: finish } }]);
}

/** The kind of an error. */
export function errorType(error: unknown): string {
  return error instanceof Error ? error.name : "_OTHER";
}
