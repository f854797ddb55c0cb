/**
 * A conversation as a text to keep or to read.
 *
 * @module
 */
import type { Part, Session as SessionInfo, ToolPart } from "../api/types.gen.ts";
import type { StoredMessage } from "../dialect/types.ts";

/** What a transcript takes. */
export interface TranscriptOptions {
  /** `"markdown"` to read, or `"json"`: the session and its messages as the server stores them. @default {"markdown"} */
  format?: "markdown" | "json";
  /** Whether Markdown shows what the model reasoned. @default {false} */
  reasoning?: boolean;
  /** Whether Markdown shows tool calls, with what they gave. @default {true} */
  tools?: boolean;
}

/** Writes one. */
export function transcript(
  session: SessionInfo,
  messages: readonly StoredMessage[],
  options: TranscriptOptions = {},
): string {
  const { format = "markdown", reasoning = false, tools = true } = options;
  if (format === "json") return JSON.stringify({ session, messages }, null, 2) + "\n";
  const blocks = [`# ${session.title.replace(/\s+/g, " ").trim() || session.id}`];
  let speaker = "";
  for (const { info, parts } of messages) {
    const shown = parts.flatMap((part) => block(part, reasoning, tools));
    if (info.role === "assistant" && info.error) shown.push(failure(info.error));
    if (shown.length === 0) continue;
    const by = info.role === "user"
      ? "User"
      : `Assistant (${info.agent}, ${info.providerID}/${info.modelID})`;
    // the rounds of one answer are messages of their own on the server
    if (by !== speaker || info.role === "user") blocks.push(`## ${by}`);
    speaker = by;
    blocks.push(...shown);
  }
  return blocks.join("\n\n") + "\n";
}

function block(part: Part, reasoning: boolean, tools: boolean): string[] {
  switch (part.type) {
    case "text":
      return part.synthetic || part.ignored || part.text === "" ? [] : [part.text.trimEnd()];
    case "reasoning":
      return reasoning && part.text !== "" ? [quote(part.text.trimEnd())] : [];
    case "tool":
      return tools ? toolBlock(part) : [];
    case "file":
      // the bytes of an attachment are no reading
      return [`Attached: ${part.filename ?? part.url.slice(0, 200)} (${part.mime})`];
    case "agent":
      return [`Handed to: ${part.name}`];
    case "subtask":
      return [`Task for ${part.agent}: ${part.description}`];
    case "patch":
      return part.files.length > 0 ? [`Changed: ${part.files.join(", ")}`] : [];
    case "compaction":
      return ["(The conversation so far was summarised.)"];
    default:
      return [];
  }
}

function toolBlock({ tool, state }: ToolPart): string[] {
  const result = state.status === "completed"
    ? state.output
    : state.status === "error"
    ? `Error: ${state.error}`
    : `(${state.status})`;
  return [
    `Tool: ${tool}`,
    fence(JSON.stringify(state.input, null, 2), "json"),
    fence(result.trimEnd()),
  ];
}

/** A fence that nothing inside can close. */
function fence(text: string, language = ""): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const bar = "`".repeat(longest + 1);
  return `${bar}${language}\n${text}\n${bar}`;
}

function quote(text: string): string {
  return text.split("\n").map((line) => `> ${line}`.trimEnd()).join("\n");
}

function failure(error: { name: string; data?: unknown }): string {
  const { message } = (error.data ?? {}) as { message?: unknown };
  return `**${error.name}**${typeof message === "string" ? `: ${message}` : ""}`;
}
