/**
 * From what the server tells (API generation 1, server 1.18.33) to what the page shows.
 *
 * @module
 */
import type {
  AssistantMessage,
  Message,
  Part,
  PermissionRequest,
  QuestionRequest,
  Session,
  ToolPart,
} from "../api/types.gen.ts";
import type { ServerEvent } from "../client/events.ts";
import type {
  MessageView,
  PageEvent,
  PartView,
  PermissionView,
  QuestionRequestView,
  SessionView,
  StatusView,
  TodoView,
  TokensView,
  ToolPartView,
} from "./protocol.ts";

type Tokens = AssistantMessage["tokens"];

function tokensOf(tokens: Tokens | undefined): TokensView {
  const { input = 0, output = 0, reasoning = 0, cache } = tokens ?? {};
  return { input, output, reasoning, cacheRead: cache?.read ?? 0, cacheWrite: cache?.write ?? 0 };
}

/** A session. */
export function sessionView(session: Session): SessionView {
  const { id, parentID, title, time, cost = 0, tokens, revert } = session;
  return {
    id,
    title,
    created: time.created,
    updated: time.updated,
    cost,
    tokens: tokensOf(tokens as Tokens | undefined),
    ...parentID !== undefined && { parentId: parentID },
    ...revert && { revertedTo: revert.messageID },
  };
}

/** A message without its parts. */
export function messageView(info: Message): MessageView {
  const { id, sessionID, role, time } = info;
  const base = { id, sessionId: sessionID, created: time.created };
  if (role === "user") {
    const { agent, model } = info;
    return { ...base, role, agent, ...model && { model: `${model.providerID}/${model.modelID}` } };
  }
  const { error, agent, cost, tokens, summary } = info;
  const { completed } = info.time;
  return {
    ...base,
    role,
    agent,
    model: `${info.providerID}/${info.modelID}`,
    cost,
    tokens: tokensOf(tokens),
    ...completed !== undefined && { completed },
    ...error && { error: errorText(error) },
    ...summary && { summary },
  };
}

/** The words of an error of the server. */
export function errorText(error: unknown): string {
  const { name, data } = (error ?? {}) as { name?: string; data?: { message?: string } };
  return data?.message ?? name ?? "The turn failed";
}

/** A part of a message; nothing for what the page does not show. */
export function partView(part: Part): PartView | undefined {
  const { id } = part;
  switch (part.type) {
    case "text":
      return { id, type: "text", text: part.text, ...part.synthetic && { synthetic: true } };
    case "reasoning": {
      const { start, end } = part.time;
      return { id, type: "reasoning", text: part.text, start, ...end !== undefined && { end } };
    }
    case "tool":
      return toolView(part);
    case "file": {
      const image = /^data:image\/(?:png|jpeg|gif|webp);/.test(part.url);
      const name = part.filename ?? part.url.slice(0, 80);
      return { id, type: "file", mime: part.mime, name, ...image && { url: part.url } };
    }
    case "patch":
      return { id, type: "patch", files: part.files };
    case "subtask":
      return { id, type: "note", text: `Subagent ${part.agent}: ${part.description}` };
    case "compaction":
      return { id, type: "note", text: "The conversation so far was summarised" };
    default:
      return undefined;
  }
}

function toolView({ id, tool, callID, state }: ToolPart): ToolPartView {
  const metadata = "metadata" in state ? state.metadata ?? {} : {};
  const view: ToolPartView = {
    id,
    type: "tool",
    tool,
    callId: callID,
    status: state.status,
    input: state.input,
  };
  const { diff, output, sessionId } = metadata as Record<string, unknown>;
  if (typeof diff === "string") view.diff = diff;
  if (typeof sessionId === "string") view.childId = sessionId;
  if ("title" in state && state.title) view.title = state.title;
  if ("time" in state) view.start = state.time.start;
  if (state.status === "running" && typeof output === "string") view.output = output;
  if (state.status === "completed") {
    view.output = state.output;
    view.end = state.time.end;
    const images = (state.attachments ?? []).map(({ url }) => url)
      .filter((url) => /^data:image\/(?:png|jpeg|gif|webp);/.test(url));
    if (images.length > 0) view.images = images;
  } else if (state.status === "error") {
    view.error = state.error;
    view.end = state.time.end;
  }
  return view;
}

/** A permission that waits. */
export function permissionView(request: PermissionRequest): PermissionView {
  const { id, sessionID, permission, patterns, always, metadata, tool } = request;
  const text = (...names: string[]) => {
    const found = names.map((name) => metadata[name]).find((value) => typeof value === "string");
    return found as string | undefined;
  };
  const [command, diff, path, url] = [
    text("command"),
    text("diff"),
    text("filepath", "parentDir"),
    text("url"),
  ];
  return {
    id,
    sessionId: sessionID,
    permission,
    patterns,
    always,
    ...command !== undefined && { command },
    ...diff !== undefined && { diff },
    ...path !== undefined && { path },
    ...url !== undefined && { url },
    ...tool && { callId: tool.callID },
  };
}

/** Questions that wait. */
export function questionView({ id, sessionID, questions }: QuestionRequest): QuestionRequestView {
  return {
    id,
    sessionId: sessionID,
    questions: questions.map(({ question, header, options, multiple, custom }) => ({
      question,
      header,
      options,
      multiple: multiple ?? false,
      custom: custom ?? true,
    })),
  };
}

/** What a session does. */
export function statusView(status: unknown): StatusView {
  const { type, attempt = 0, message = "", next = 0 } = (status ?? {}) as {
    type?: string;
    attempt?: number;
    message?: string;
    next?: number;
  };
  if (type === "retry") return { state: "retry", attempt, message, next };
  return { state: type === "idle" ? "idle" : "busy" };
}

/** An event for the page; nothing for those that it does not need. */
export function pageEvent(event: ServerEvent): PageEvent | undefined {
  const { type } = event;
  const given = event.properties as Record<string, unknown>;
  const text = (name: string) => String(given[name] ?? "");
  const sessionId = text("sessionID");
  switch (type) {
    case "session.created":
    case "session.updated":
      return { type: "session", session: sessionView(given["info"] as Session) };
    case "session.deleted":
      return { type: "session-removed", sessionId: (given["info"] as Session).id };
    case "message.updated":
      return { type: "message", message: messageView(given["info"] as Message) };
    case "message.removed":
      return { type: "message-removed", sessionId, messageId: text("messageID") };
    case "message.part.updated": {
      const source = given["part"] as Part;
      const part = partView(source);
      const { sessionID, messageID } = source;
      return part && { type: "part", sessionId: sessionID, messageId: messageID, part };
    }
    case "message.part.delta":
      if (given["field"] !== "text") return undefined;
      return {
        type: "delta",
        sessionId,
        messageId: text("messageID"),
        partId: text("partID"),
        text: text("delta"),
      };
    case "message.part.removed":
      return {
        type: "part-removed",
        sessionId,
        messageId: text("messageID"),
        partId: text("partID"),
      };
    case "session.status":
      return { type: "status", sessionId, status: statusView(given["status"]) };
    case "session.idle":
      return { type: "status", sessionId, status: { state: "idle" } };
    case "permission.asked":
      return { type: "permission", request: permissionView(given as unknown as PermissionRequest) };
    case "question.asked":
      return { type: "question", request: questionView(given as unknown as QuestionRequest) };
    case "permission.replied":
    case "question.replied":
    case "question.rejected":
      return { type: "answered", sessionId, requestId: text("requestID") };
    case "todo.updated":
      return { type: "todo", sessionId, todos: given["todos"] as TodoView[] };
    case "file.edited":
    case "file.watcher.updated":
      return { type: "files" };
    default:
      return undefined;
  }
}
