/**
 * Steps of a script in the form of the chat-completions API, streamed or whole.
 *
 * @module
 */
import { abortable, sleep } from "../async/abort.ts";
import type { WritableBody } from "./body.ts";
import {
  type ModelRequest,
  partsOf,
  type ScriptedUsage,
  type ScriptPart,
  type ScriptStep,
} from "./script.ts";

/** Answers a request with a step. `closing` ends it early; so does `ended` of the request. */
export function respond(
  step: ScriptStep,
  request: ModelRequest,
  body: WritableBody,
  closing: AbortSignal,
): Response | Promise<Response> {
  if (step.status !== undefined) return failed(step, step.status, body, closing);
  if (request.body["stream"] !== true) return whole(step, request, body, closing);
  stream(step, request, body).catch(() => body.end());
  if (closing.aborted) body.destroy();
  else {
    const onClose = () => body.destroy();
    closing.addEventListener("abort", onClose);
    body.ended.addEventListener("abort", () => closing.removeEventListener("abort", onClose));
  }
  const headers = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    ...step.headers,
  };
  return new Response(body.stream, { headers });
}

/** An answer in the form of an error of the API. */
export function apiError(status: number, type: string, message: string): Response {
  return Response.json({ error: { message, type, code: type } }, { status });
}

async function failed(
  step: ScriptStep,
  status: number,
  body: WritableBody,
  closing: AbortSignal,
): Promise<Response> {
  body.end();
  if (step.delay) await sleep(step.delay, closing);
  const message = `The script answered with status ${status}`;
  const content = step.body ?? { error: { message, type: "scripted", code: "scripted" } };
  const text = typeof content === "string" ? content : JSON.stringify(content);
  const type = typeof content === "string" ? "text/plain" : "application/json";
  return new Response(text, { status, headers: { "content-type": type, ...step.headers } });
}

async function stream(
  step: ScriptStep,
  request: ModelRequest,
  body: WritableBody,
): Promise<void> {
  const chunk = (delta: unknown, finish: string | null = null, usage?: unknown) =>
    body.write(
      `data: ${
        JSON.stringify({
          ...head(request, "chat.completion.chunk"),
          choices: delta === undefined ? [] : [{ index: 0, delta, finish_reason: finish }],
          ...(usage === undefined ? {} : { usage }),
        })
      }\n\n`,
    );
  let calls = 0;
  const send = async (part: ScriptPart): Promise<void> => {
    if ("delay" in part) return await sleep(part.delay, body.ended);
    if ("until" in part) return void await abortable(Promise.resolve(part.until), body.ended);
    if ("raw" in part) return body.write(part.raw);
    if ("text" in part) return chunk({ content: part.text });
    if ("reasoning" in part) return chunk({ reasoning_content: part.reasoning });
    const index = calls++;
    const call = toolCall(part, request, index);
    const named = { ...call, function: { name: call.function.name, arguments: "" } };
    chunk({ tool_calls: [{ index, ...named }] });
    chunk({ tool_calls: [{ index, function: { arguments: call.function.arguments } }] });
  };
  const parts = partsOf(step);
  // A first pause comes before anything is said.
  while (parts.length > 0 && ("delay" in parts[0]! || "until" in parts[0]!)) {
    await send(parts.shift()!);
  }
  if (parts.length > 0) chunk({ role: "assistant", content: "" });
  for (const part of parts) await send(part);
  if (step.ending === "cut") return body.cut();
  if (step.ending === "hang") return;
  if (step.ending !== "unfinished") {
    chunk({}, step.finishReason ?? (calls > 0 ? "tool_calls" : "stop"));
    chunk(undefined, null, usageOf(step.usage));
  }
  body.write("data: [DONE]\n\n");
  body.end();
}

async function whole(
  step: ScriptStep,
  request: ModelRequest,
  body: WritableBody,
  closing: AbortSignal,
): Promise<Response> {
  let content = "";
  let reasoning = "";
  const calls: unknown[] = [];
  for (const part of partsOf(step)) {
    if ("delay" in part) await sleep(part.delay, closing);
    else if ("until" in part) await abortable(Promise.resolve(part.until), closing);
    else if ("text" in part) content += part.text;
    else if ("reasoning" in part) reasoning += part.reasoning;
    else if ("toolCall" in part) calls.push(toolCall(part, request, calls.length));
  }
  body.end();
  const message = {
    role: "assistant",
    content,
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  const finish = step.finishReason ?? (calls.length > 0 ? "tool_calls" : "stop");
  return Response.json({
    ...head(request, "chat.completion"),
    choices: [{ index: 0, message, finish_reason: finish }],
    usage: usageOf(step.usage),
  }, { headers: step.headers ?? {} });
}

function head(request: ModelRequest, object: string): Record<string, unknown> {
  return { id: `scripted-${request.index}`, object, created: 0, model: request.model };
}

function toolCall(
  { toolCall }: { toolCall: { name: string; input?: unknown; id?: string } },
  request: ModelRequest,
  index: number,
) {
  const { name, input = {}, id = `call_${request.index}_${index}` } = toolCall;
  const args = typeof input === "string" ? input : JSON.stringify(input);
  return { id, type: "function", function: { name, arguments: args } };
}

function usageOf(usage: ScriptedUsage = {}): Record<string, unknown> {
  const { input = 10, output = 5, reasoning = 0, cached = 0 } = usage;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}
