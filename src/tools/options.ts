/**
 * What a tool executor takes.
 *
 * @module
 */
import { checkShape, type Shape } from "../text/shape.ts";
import type { AnyTool } from "./define.ts";
import type { PermissionAction, PermissionReply, ToolPermissions } from "./permissions.ts";
import type { ToolResult } from "./types.ts";

/**
 * Says whether a tool may run: `true` or `"once"`, `"always"` for this executor's lifetime, `false` or
 * `"reject"`. Anything else is a no.
 */
export type Confirm = (
  name: string,
  input: unknown,
  options: { signal: AbortSignal },
) => boolean | PermissionReply | Promise<boolean | PermissionReply>;

/** One call, after it ended. */
export interface AuditRecord {
  /** When it began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** How long it took, questions included, in milliseconds. */
  readonly durationMs: number;
  /** The tool. */
  readonly name: string;
  /** Its input, as it came. */
  readonly input: unknown;
  /** What the rules said; `undefined` where it did not come to that. */
  readonly action: PermissionAction | undefined;
  /** Who was asked and what the answer was, where the rules said `ask`. */
  readonly answer: "yes" | "no" | "nobody_to_ask" | undefined;
  /** The result. */
  readonly result: ToolResult;
  /** The session, where known. */
  readonly sessionId: string | undefined;
  /** The call's id, where known. */
  readonly callId: string | undefined;
}

/** How a tool executor works. */
export interface ToolExecutorOptions {
  /** The directory that file tools stay in and commands start in. @default {the current one} */
  workdir?: string;
  /** Who may do what. @default {`bash` asks, the others are allowed} */
  permissions?: ToolPermissions;
  /** Answers where the rules say `ask`. @default {the terminal, or no where there is none} */
  confirm?: Confirm;
  /** Called after every call; what it throws is ignored. */
  audit?: (record: AuditRecord) => void;
  /** Tools of your own, beside the built-in ones; one of the same name takes its place. */
  tools?: readonly AnyTool[];
  /** Which built-in tools to have: all, none, or those named. @default {true} */
  builtins?: boolean | readonly string[];
  /** Variables added to the environment of commands, as they are. @default {{}} */
  env?: Readonly<Record<string, string>>;
  /** How long a built-in tool may run where its input does not say, in milliseconds. @default {30000} */
  timeout?: number;
  /** How long a question may stay open before it counts as no, in milliseconds. @default {300000} */
  confirmTimeout?: number;
  /** How much of an output or a file the model is shown, in bytes. @default {50000} */
  maxOutput?: number;
  /** ripgrep's path; `false` for never. @default {the one on the PATH} */
  rg?: string | false;
  /** Ends all running calls, and answers later ones with `aborted`. */
  signal?: AbortSignal;
}

/** Every option; one that is added and not named here does not compile. */
const SHAPE: Shape<ToolExecutorOptions> = {
  workdir: "text",
  permissions: "any",
  confirm: "function",
  audit: "function",
  tools: "list",
  builtins: "any",
  env: "object",
  timeout: "any",
  confirmTimeout: "any",
  maxOutput: "any",
  rg: "any",
  signal: "signal",
};

/** What a single call takes. */
export interface ExecuteOptions {
  /** Ends the call. */
  signal?: AbortSignal;
  /** Passed on to the tool and the audit. */
  sessionId?: string;
  /** Passed on to the tool and the audit. */
  callId?: string;
  /** Passed on to the tool, and to commands of `bash` as `TRACEPARENT`. */
  traceparent?: string;
  /** Called with the tool's progress. */
  progress?: (message: string) => void;
}

/** Refuses options that don't exist or have another type. @throws {InvalidArgumentError} */
export function checkOptions(options: object): void {
  checkShape("ToolExecutor", options, SHAPE);
}
