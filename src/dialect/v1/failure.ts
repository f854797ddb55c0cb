/**
 * From the server's errors to ours.
 *
 * @module
 */
import { TurnAbortedError, TurnError } from "../../errors.ts";
import type { Progress } from "../types.ts";
import type { ServerError } from "./wire.ts";

/** The model that was asked. */
export interface Asked {
  providerID: string;
  modelID: string;
}

/** The typed error for what a message or `session.error` says; it names the model and the next step. */
export function turnError(
  error: ServerError | undefined,
  progress: Progress,
  asked?: Asked,
): TurnError {
  const name = error?.name ?? "UnknownError";
  const said = typeof error?.data?.message === "string" ? error.data.message : "";
  if (name === "MessageAbortedError") {
    return new TurnAbortedError("The turn was aborted on the server", progress);
  }
  const status = error?.data?.statusCode;
  const words = firstLine(said) || "the server gave no reason";
  const from = asked ? ` from ${asked.providerID}/${asked.modelID}` : "";
  const kind = typeof status === "number" ? `${name}, status ${status}` : name;
  const message = `The turn failed: ${words} (${kind})${from}${
    hint(name, said, status, asked?.providerID)
  }`;
  return new TurnError(message, {
    ...progress,
    serverName: name,
    cause: error,
    ...typeof status === "number" && { status },
  });
}

/** Where each provider's key is read from. */
const KEYS: Readonly<Record<string, string>> = {
  anthropic: "ANTHROPIC_API_KEY",
  openai: "OPENAI_API_KEY",
  openrouter: "OPENROUTER_API_KEY",
  google: "GOOGLE_GENERATIVE_AI_API_KEY",
  groq: "GROQ_API_KEY",
  mistral: "MISTRAL_API_KEY",
  deepseek: "DEEPSEEK_API_KEY",
  xai: "XAI_API_KEY",
};

function hint(name: string, said: string, status: unknown, provider = ""): string {
  if (/model not found/i.test(said)) {
    return '; list what there is with client.provider.list(), and write it as "provider/model"';
  }
  if (/no providers|NoProviders/i.test(said)) {
    return "; set one up with `opencode auth login`, a key in the environment, or `config`";
  }
  if (name === "ProviderAuthError" || status === 401 || status === 403) {
    const key = Object.hasOwn(KEYS, provider) ? KEYS[provider] : "the provider's key";
    return `; log in with \`opencode auth login\`, or set ${key}`;
  }
  if (/unable to connect|ENOTFOUND|ECONNREFUSED|fetch failed/i.test(said)) {
    return "; the provider could not be reached: look at the network, or choose another `model`";
  }
  return "";
}

/** Stack texts have more lines; what went wrong is in the first. */
function firstLine(text: string): string {
  return text.split("\n").find((line) => line.trim() !== "")?.trim() ?? "";
}
