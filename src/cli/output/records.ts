/**
 * The records of `--output-format json` and `stream-json`, as `docs/stream-json.schema.json` describes
 * them. Field names are those of Claude Code's stream where the thing is the same; what is ours stands
 * below `opencode`, or in records of the type `opencode`.
 *
 * @module
 */
import { OpencodeError, StructuredOutputError, TurnLimitError } from "../../errors.ts";
import type { Usage } from "../../session/events.ts";
import { TESTED_VERSION } from "../../binary/versions.ts";
import { VERSION } from "../../version.ts";
import type { Ended, Opened } from "./output.ts";

/** The version of the records' form; a field that is added does not change it. */
export const FORMAT = 1;

/** One line. */
export type JsonRecord = { readonly type: string } & { readonly [name: string]: unknown };

/** A record as a line. */
export function lineOf(record: JsonRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** The first record of a session. */
export function initRecord(opened: Opened): JsonRecord {
  const { sessionId, directory, model, permission, tools, agents } = opened;
  return {
    type: "system",
    subtype: "init",
    session_id: sessionId,
    uuid: crypto.randomUUID(),
    cwd: directory,
    model,
    tools,
    agents,
    mcp_servers: [],
    permissionMode: modeOf(permission),
    apiKeySource: "none",
    slash_commands: [],
    output_style: "default",
    skills: [],
    plugins: [],
    opencode: { format: FORMAT, version: VERSION, tested_server: TESTED_VERSION, permission },
  };
}

/** The nearest of Claude Code's names for who decides; ours stands below `opencode`. */
function modeOf(permission: string): string {
  if (permission === "allow") return "bypassPermissions";
  return permission === "deny" || permission === "readonly" ? "dontAsk" : "default";
}

/** The last record of a turn, or of a call that had none. */
export function resultRecord(ended: Ended): JsonRecord {
  const { reply, error, exitCode, denials, duration, modelDuration } = ended;
  const subtype = error === undefined ? "success" : failureOf(error);
  const text = reply?.text ?? "";
  const model = reply?.model;
  const usage = reply?.usage ?? NO_USAGE;
  return {
    type: "result",
    subtype,
    is_error: error !== undefined,
    duration_ms: Math.round(duration),
    duration_api_ms: Math.round(modelDuration),
    num_turns: reply?.steps ?? 0,
    result: text,
    ...error === undefined && reply?.structured !== undefined &&
      { structured_output: reply.structured },
    stop_reason: stopReason(reply?.finish),
    session_id: ended.sessionId ?? reply?.sessionId ?? "",
    uuid: crypto.randomUUID(),
    total_cost_usd: reply?.cost ?? 0,
    usage: usageRecord(usage),
    modelUsage: model === undefined ? {} : { [model]: modelUsage(usage, reply?.cost ?? 0) },
    permission_denials: denials.map(({ tool, callId, input }) => ({
      tool_name: tool,
      tool_use_id: callId,
      tool_input: input,
    })),
    ...error !== undefined && { errors: [messageOf(error)] },
    opencode: {
      format: FORMAT,
      outcome: error === undefined ? "completed" : reply?.outcome ?? "error",
      exit_code: exitCode,
      ...model !== undefined && { model },
      ...reply !== undefined && { message_id: reply.messageId },
      ...error !== undefined && { error: describeError(error) },
    },
  };
}

const NO_USAGE: Usage = { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 };

/** Tokens under the names of the Messages API. */
export function usageRecord({ input, output, reasoning, cacheRead, cacheWrite }: Usage) {
  return {
    input_tokens: input,
    output_tokens: output + reasoning,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
  };
}

function modelUsage({ input, output, reasoning, cacheRead, cacheWrite }: Usage, cost: number) {
  return {
    inputTokens: input,
    outputTokens: output + reasoning,
    cacheReadInputTokens: cacheRead,
    cacheCreationInputTokens: cacheWrite,
    webSearchRequests: 0,
    costUSD: cost,
    contextWindow: 0,
    maxOutputTokens: 0,
  };
}

/** Why the model stopped, as the Messages API says it. */
export function stopReason(finish: string | undefined): string | null {
  const reasons: Record<string, string> = {
    stop: "end_turn",
    "tool-calls": "tool_use",
    length: "max_tokens",
    "content-filter": "refusal",
  };
  return finish === undefined ? null : reasons[finish] ?? finish;
}

function failureOf(error: unknown): string {
  if (error instanceof StructuredOutputError) return "error_max_structured_output_retries";
  if (!(error instanceof TurnLimitError)) return "error_during_execution";
  return /\(maxCost\)/.test(error.message) ? "error_max_budget_usd" : "error_max_turns";
}

/** An error as a value of JSON. */
export function describeError(error: unknown): { name: string; code?: string; message: string } {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  return {
    name: error.name,
    ...error instanceof OpencodeError && { code: error.code },
    message: error.message,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
