/**
 * Sessions: their messages, prompts, and what is done with them.
 *
 * @module
 */
import { neededText, readJson, Refusal, textOf } from "../body.ts";
import type { FullMessageView, MessagesView, PromptBody } from "../protocol.ts";
import { messageView, partView, sessionView } from "../views.ts";
import type { MessageWithParts } from "../../dialect/types.ts";
import type { Session } from "../../session/session.ts";
import type { DataAttachment } from "../../session/attachments.ts";
import type { Call, Routes } from "./router.ts";

/** The longest body of a prompt with its attachments, in bytes. */
const PROMPT_MAX = 32_000_000;
/** How many messages are read at a time: at first, and of those before. */
const PAGE = { newest: 100, older: 200 };

/** Everything below `sessions`. */
export const sessionRoutes: Routes = {
  "POST sessions": async ({ ai, request }) => {
    const title = textOf(await readJson(request), "title");
    const session = await ai.createSession(title === undefined ? {} : { title });
    return sessionView(session.info);
  },
  "PATCH sessions/:id": async (call) => {
    const session = await open(call);
    await session.rename(neededText(await readJson(call.request), "title").slice(0, 500));
    return sessionView(session.info);
  },
  "DELETE sessions/:id": async (call) => void await (await open(call)).delete(),
  "GET sessions/:id/messages": messages,
  "GET sessions/:id/todo": async (call) => await (await open(call)).todo(),
  "POST sessions/:id/prompt": prompt,
  "POST sessions/:id/abort": async (call) => void await (await open(call)).abort(),
  "POST sessions/:id/fork": async (call) => {
    const { client, directory } = call.ai;
    const messageID = textOf(await readJson(call.request), "messageId");
    const info = await client.session.fork({
      sessionID: call.params["id"]!,
      directory,
      ...messageID !== undefined && { messageID },
    });
    return sessionView(info);
  },
  "POST sessions/:id/undo": async (call) => {
    const messageId = neededText(await readJson(call.request), "messageId");
    const session = await open(call);
    await session.revert(messageId);
    return sessionView(session.info);
  },
  "POST sessions/:id/redo": async (call) => {
    const session = await open(call);
    await session.unrevert();
    return sessionView(session.info);
  },
};

async function open({ ai, params }: Call): Promise<Session> {
  return await ai.session(params["id"]!);
}

async function messages({ ai, live, params, url }: Call): Promise<MessagesView> {
  const before = url.searchParams.get("before") ?? undefined;
  const { data, response } = await ai.client.raw.session.messages({
    sessionID: params["id"]!,
    directory: ai.directory,
    limit: before === undefined ? PAGE.newest : PAGE.older,
    before,
  });
  const cursor = response.headers.get("x-next-cursor");
  return {
    messages: live.texts.fill((data as MessageWithParts[]).map(full)),
    ...cursor !== null && { before: cursor },
  };
}

function full({ info, parts }: MessageWithParts): FullMessageView {
  return { ...messageView(info), parts: parts.flatMap((part) => partView(part) ?? []) };
}

async function prompt(call: Call): Promise<Response> {
  const body = await readJson(call.request, PROMPT_MAX);
  const text = textOf(body, "text") ?? "";
  const files = attachments(body["files"]);
  if (text.trim() === "" && files.length === 0) throw new Refusal(400, 'Missing "text"');
  const model = textOf(body, "model");
  const agent = textOf(body, "agent");
  await call.live.start();
  const messageId = await call.live.prompt(await open(call), text, {
    ...model !== undefined && { model },
    ...agent !== undefined && { agent },
    ...files.length > 0 && { files },
  });
  return Response.json({ messageId }, { status: 202 });
}

function attachments(given: unknown): DataAttachment[] {
  if (given === undefined) return [];
  if (!Array.isArray(given) || given.length > 50) {
    throw new Refusal(400, 'Expected "files" to be a list of at most 50');
  }
  return given.map((file: Partial<NonNullable<PromptBody["files"]>[number]> | null) => {
    const { name, mime, data } = file ?? {};
    if (typeof name !== "string" || typeof mime !== "string" || typeof data !== "string") {
      throw new Refusal(400, "Expected each file to have a name, a mime type and data");
    }
    if (!/^[\w.+-]+\/[\w.+-]+$/.test(mime)) throw new Refusal(400, `Invalid mime type: ${mime}`);
    return { filename: name.slice(0, 255), mime, data: decode(data) };
  });
}

function decode(base64: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(base64);
  } catch {
    throw new Refusal(400, "Expected the data of each file in base64");
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
