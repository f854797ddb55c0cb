/**
 * What the facade takes.
 *
 * @module
 */
import type { Config, PermissionRuleset } from "../api/types.gen.ts";
import type { ClientOptions } from "../client/client.ts";
import type { ServerOptions } from "../server/options.ts";
import { defined, type PromptOptions } from "../session/options.ts";

/** What an {@linkcode Opencode} takes; everything that a prompt takes is the default of its prompts. */
export interface OpencodeOptions extends PromptOptions {
  /** The directory to work in. @default {the working directory} */
  directory?: string;
  /** The workspace of the sessions. */
  workspace?: string;
  /** The server's address to bind. @default {"127.0.0.1"} */
  hostname?: string;
  /** The server's port. @default {a free one} */
  port?: number;
  /** How long the server may take to start, in milliseconds. @default {30_000} */
  serverTimeout?: number;
  /** How long a request may take, in milliseconds. @default {300_000} */
  clientTimeout?: number;
  /** The server's configuration, over that of the user and the project. */
  config?: Config;
  /** The path of the opencode program. @default {the first that is found} */
  binary?: string;
  /**
   * Where the server ends by itself, the next call starts another with the same options; sessions go
   * on, but for those of an `isolated` one. `false` makes each call fail. @default {true}
   */
  restart?: boolean;
  /** Variables added to the server's environment. */
  env?: Record<string, string>;
  /** Attach to this server instead of starting one; it is left running. */
  baseUrl?: string;
  /** For `baseUrl`, or for the server that is started. @default {"opencode"} */
  username?: string;
  /** For `baseUrl`, or for the server that is started. @default {a random one} */
  password?: string;
  /** How often a failed request is sent again. @default {2} */
  maxRetries?: number;
  /** In place of the global `fetch`. */
  fetch?: ClientOptions["fetch"];
  /** Told of requests and of what no error can carry. */
  logger?: ClientOptions["logger"];
  /** Whether answers are compared with the server's own document. */
  validate?: ClientOptions["validate"];
  /** A home of its own for the server, removed at the end: none of the user's configuration. */
  isolated?: boolean;
  /** Closes it, as `close` does, and ends what it is at with its reason. */
  signal?: AbortSignal;
  /** Told of the download of the program, where it is needed. */
  onProgress?: ServerOptions["onProgress"];
}

/** What a new session takes. */
export interface CreateSessionOptions {
  /** Its title. @default {the model makes one in the first turn, with a call of its own} */
  title?: string;
  /** A directory other than the facade's. */
  directory?: string;
  /**
   * Permission rules of the session; they come after the configuration's, and the last that fits
   * wins. Rules that deny hold for its subagents too, rules that ask don't (server 1.18.33): put
   * those into `config.permission`, which holds for both.
   */
  permission?: PermissionRuleset;
  /** Any data that goes with it. */
  metadata?: Record<string, unknown>;
  /** Cuts it short. */
  signal?: AbortSignal;
}

/** What a list of sessions takes. */
export interface ListSessionsOptions {
  /** How many at most. */
  limit?: number;
  /** A part of the title. */
  search?: string;
  /** Cuts it short. */
  signal?: AbortSignal;
}

const PROMPT = [
  "model",
  "agent",
  "system",
  "variant",
  "files",
  "agents",
  "tools",
  "serverTools",
  "format",
  "permissions",
  "onPermission",
  "onQuestion",
  "answerTimeout",
  "collect",
  "signal",
  "timeout",
  "idleTimeout",
  "maxProviderRetries",
  "maxSteps",
  "maxToolRounds",
  "maxCost",
  "maxTokens",
] as const satisfies readonly (keyof PromptOptions)[];

/** What belongs to a prompt, not to the server. */
export function promptOptions(options: OpencodeOptions): PromptOptions {
  return defined(Object.fromEntries(PROMPT.map((name) => [name, options[name]])));
}
