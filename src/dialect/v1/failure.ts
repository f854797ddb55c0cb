/**
 * From the server's errors to ours.
 *
 * @module
 */
import { TurnAbortedError, TurnError } from "../../errors.ts";
import type { Progress } from "../types.ts";
import type { ServerError } from "./wire.ts";

/** The typed error for what a message or `session.error` says. */
export function turnError(error: ServerError | undefined, progress: Progress): TurnError {
  const name = error?.name ?? "UnknownError";
  const said = typeof error?.data?.message === "string" ? error.data.message : "";
  if (name === "MessageAbortedError") {
    return new TurnAbortedError("The turn was aborted on the server", progress);
  }
  const status = error?.data?.statusCode;
  const options = { ...progress, serverName: name, cause: error };
  const words = firstLine(said) || "the server gave no reason";
  if (typeof status === "number") {
    return new TurnError(`The turn failed: ${words} (${name}, status ${status})`, {
      ...options,
      status,
    });
  }
  return new TurnError(`The turn failed: ${words} (${name})${hint(name, said)}`, options);
}

function hint(name: string, said: string): string {
  if (/model not found/i.test(said)) {
    return '; list what there is with client.provider.list(), and write it as "provider/model"';
  }
  if (/no providers|NoProviders/i.test(said)) {
    return "; set one up with `opencode auth login`, a key in the environment, or `config`";
  }
  if (name === "ProviderAuthError") {
    return "; set the provider's key, or log in with `opencode auth login`";
  }
  return "";
}

/** Stack texts have more lines; what went wrong is in the first. */
function firstLine(text: string): string {
  return text.split("\n").find((line) => line.trim() !== "")?.trim() ?? "";
}
