/**
 * The messages of the Model Context Protocol, as far as a server that offers tools needs them: JSON-RPC
 * 2.0 and the protocol's own version (modelcontextprotocol.io, up to 2025-11-25).
 *
 * @module
 */

/** The versions that are spoken, the newest first. */
export const PROTOCOL_VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const;

/** The id of a request. */
export type RequestId = string | number;

/** A request, or a notification where it has no id. */
export interface RpcMessage {
  /** Answered under this id; a notification has none. */
  readonly id: RequestId | undefined;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The codes of JSON-RPC. */
export const CODES = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
} as const;

/** A failure that is answered with a code. */
export class RpcError extends Error {
  readonly code: number;
  override get name(): string {
    return "RpcError";
  }
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** An answer. */
export type RpcReply = {
  readonly jsonrpc: "2.0";
  readonly id: RequestId | null;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
};

/** The answer that went well. */
export function resultOf(id: RequestId, result: unknown): RpcReply {
  return { jsonrpc: "2.0", id, result };
}

/** The answer that did not; what is no {@linkcode RpcError} is not told in detail. */
export function errorOf(id: RequestId | null, error: unknown): RpcReply {
  const code = error instanceof RpcError ? error.code : CODES.internal;
  const message = error instanceof RpcError ? error.message : "Internal error";
  return { jsonrpc: "2.0", id, error: { code, message } };
}

/**
 * Reads one message; `"reply"` is an answer of the client's, of which nothing is expected here.
 *
 * @throws {RpcError} Where it is no message.
 */
export function readMessage(value: unknown): RpcMessage | "reply" {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RpcError(CODES.invalidRequest, "A message is an object");
  }
  const { jsonrpc, id, method, params } = value as Record<string, unknown>;
  if (jsonrpc !== "2.0") throw new RpcError(CODES.invalidRequest, 'A message has "jsonrpc": "2.0"');
  if (method === undefined && id !== undefined && ("result" in value || "error" in value)) {
    return "reply";
  }
  if (typeof method !== "string") {
    throw new RpcError(CODES.invalidRequest, "A message has a method");
  }
  if (id !== undefined && typeof id !== "string" && typeof id !== "number") {
    throw new RpcError(CODES.invalidRequest, "An id is a string or a number");
  }
  if (params !== undefined && (typeof params !== "object" || params === null)) {
    throw new RpcError(CODES.invalidParams, "Parameters are an object");
  }
  return { id, method, params: (params ?? {}) as Record<string, unknown> };
}

/** The id that a value carries, for the answer to what could not be read. */
export function idIn(value: unknown): RequestId | null {
  const id = (value as { id?: unknown } | null)?.id;
  return typeof id === "string" || typeof id === "number" ? id : null;
}
