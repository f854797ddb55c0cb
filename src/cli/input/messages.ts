/**
 * What may stand on a line of `--input-format stream-json`.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.ts";
import type { Attachment } from "../../session/attachments.ts";
import { safeLine } from "../../text/terminal.ts";

/** A line, understood. */
export type InputMessage =
  | { type: "prompt"; text: string; files: Attachment[] }
  | { type: "request"; id: string; subtype: string; request: Record<string, unknown> }
  | { type: "answer"; id: string; response?: Record<string, unknown>; error?: string }
  | { type: "nothing" };

/** Reads a line. @throws {InvalidArgumentError} where it is none of these. */
export function readMessage(line: string): InputMessage {
  if (line.trim() === "") return { type: "nothing" };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw wrong(line, "it is not JSON");
  }
  const record = object(value);
  switch (record?.["type"]) {
    case "user":
      return prompt(line, object(record["message"]));
    case "control_request": {
      const request = object(record["request"]);
      const { request_id: id } = record;
      if (typeof id !== "string" || typeof request?.["subtype"] !== "string") {
        throw wrong(line, "a control_request needs request_id and request.subtype");
      }
      return { type: "request", id, subtype: request["subtype"], request };
    }
    case "control_response": {
      const response = object(record["response"]);
      const id = response?.["request_id"];
      if (typeof id !== "string") throw wrong(line, "a control_response needs response.request_id");
      const { error } = response!;
      if (typeof error === "string") return { type: "answer", id, error };
      return { type: "answer", id, response: object(response!["response"]) ?? {} };
    }
    case "control_cancel_request":
    case "keep_alive":
      return { type: "nothing" };
    default:
      throw wrong(line, 'its type is none of "user", "control_request", "control_response"');
  }
}

function prompt(line: string, message: Record<string, unknown> | undefined): InputMessage {
  const role = message?.["role"];
  if (role !== undefined && role !== "user") throw wrong(line, 'message.role must be "user"');
  const content = message?.["content"];
  if (typeof content === "string") return { type: "prompt", text: content, files: [] };
  if (!Array.isArray(content)) {
    throw wrong(line, "message.content must be a text or a list of blocks");
  }
  const texts: string[] = [];
  const files: Attachment[] = [];
  for (const block of content.map(object)) {
    const source = object(block?.["source"]);
    if (block?.["type"] === "text" && typeof block["text"] === "string") texts.push(block["text"]);
    else if (source?.["type"] === "base64" && typeof source["data"] === "string") {
      const type = String(source["media_type"] ?? "application/octet-stream");
      files.push(bytes(line, source["data"], type));
    } else throw wrong(line, "a block is a text, or an image or document with a base64 source");
  }
  return { type: "prompt", text: texts.join("\n\n"), files };
}

function bytes(line: string, data: string, type: string): Attachment {
  try {
    return new Blob([Uint8Array.from(atob(data), (char) => char.charCodeAt(0))], { type });
  } catch {
    throw wrong(line, "the data of a block is not base64");
  }
}

function object(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : undefined;
}

function wrong(line: string, why: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `Cannot use this line of standard input: ${why}: ${safeLine(line, 120)}`,
  );
}
