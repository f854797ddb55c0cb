/**
 * The calls of API generation 1 (server 1.18.33).
 *
 * @module
 */
import type { OpencodeClient } from "../../client/client.ts";
import { BadRequestError, ConflictError, NotFoundError } from "../../errors.ts";
import type { CallOptions } from "../../http/options.ts";
import { type RegisteredTools, registerTools } from "../../mcp/register.ts";
import type { ToolServer } from "../../mcp/serve.ts";
import type { AssistantMessage } from "../../api/types.gen.ts";
import type { PermissionRequest, QuestionRequest } from "../requests.ts";
import type { Dialect, Listener, ToolCallRef, TurnPlace, TurnRequest, Where } from "../types.ts";
import type { OfferCalls, SessionCalls } from "../sessions.ts";
import { promptBody } from "./body.ts";
import { callInput } from "./parts.ts";
import { pendingEvents } from "./pending.ts";
import { offerCalls, sessionCalls } from "./sessions.ts";
import { TurnState } from "./turn/state.ts";
import { storedMessages } from "./stored.ts";
import { wire } from "./wire.ts";

/** API generation 1. */
export class Dialect1 implements Dialect {
  readonly sessions: SessionCalls;
  readonly offers: OfferCalls;

  constructor(readonly client: OpencodeClient) {
    this.sessions = sessionCalls(client);
    this.offers = offerCalls(client);
  }

  answersAtEnd({ command }: TurnRequest): boolean {
    return command !== undefined;
  }

  subscribe(listener: Listener, options: { directory: string; signal: AbortSignal }) {
    return this.client.subscribe(listener, options);
  }

  turn({ sessionId, messageId }: { sessionId: string; messageId: string }): TurnState {
    return new TurnState(sessionId, messageId);
  }

  send(place: TurnPlace, request: TurnRequest, call: CallOptions): Promise<unknown> {
    const { session } = this.client;
    const ids = { ...wire(place), messageID: place.messageId };
    const { command, text, agent, variant, model, files } = request;
    if (command === undefined) {
      return session.promptAsync({ ...promptBody(request), ...ids }, { maxRetries: 0, ...call });
    }
    return session.command({
      ...ids,
      command,
      arguments: text,
      ...agent !== undefined && { agent },
      ...variant !== undefined && { variant },
      ...model && { model: `${model.providerID}/${model.modelID}` },
      ...files.length > 0 && { parts: files },
    }, { maxRetries: 0, ...call });
  }

  abort(where: Where, call: CallOptions): Promise<unknown> {
    return this.client.session.abort(wire(where), call);
  }

  async isBusy({ sessionId, directory }: Where, call: CallOptions): Promise<boolean> {
    return sessionId in await this.client.session.status({ directory }, call);
  }

  /**
   * An abort whose connection breaks may leave a session "busy" until its next prompt, though nothing
   * runs. A message can be removed only where nothing does, also one that isn't there (server 1.18.33).
   */
  async isRunning(where: Where, call: CallOptions): Promise<boolean> {
    try {
      await this.client.session.deleteMessage({ ...wire(where), messageID: "msg_none" }, call);
      return false;
    } catch (error) {
      if (error instanceof ConflictError) return true;
      throw error;
    }
  }

  history({ sessionId, directory }: Where, state: TurnState, call: CallOptions) {
    const limit = state.taken.steps + 20;
    return storedMessages(this.client, { sessionId, directory, limit }, call);
  }

  async isStored(place: TurnPlace, call: CallOptions): Promise<boolean> {
    try {
      await this.client.session.message({ ...wire(place), messageID: place.messageId }, call);
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      // one with a `format` is stored, and can't be read (server 1.18.33)
      if (!(error instanceof BadRequestError)) throw error;
    }
    return true;
  }

  pending({ directory }: Where, state: TurnState, call: CallOptions) {
    return pendingEvents(this.client, directory, state.tree, call);
  }

  async inputOf(
    { sessionId, messageId, callId }: ToolCallRef,
    directory: string,
    call: CallOptions,
  ): Promise<Record<string, unknown> | undefined> {
    const where = { sessionID: sessionId, messageID: messageId, directory };
    const { parts } = await this.client.session.message(where, call);
    return callInput(parts, messageId, callId);
  }

  answerPermission(
    { id: requestID }: PermissionRequest,
    answer: { reply: "once" | "always" | "reject"; message?: string },
    directory: string,
    call: CallOptions,
  ): Promise<unknown> {
    return this.client.permission.reply({ requestID, directory, ...answer }, call);
  }

  answerQuestion(
    { id: requestID }: QuestionRequest,
    answers: string[][] | null,
    directory: string,
    call: CallOptions,
  ): Promise<unknown> {
    const { question } = this.client;
    return answers === null
      ? question.reject({ requestID, directory }, call)
      : question.reply({ requestID, directory, answers }, call);
  }

  /** Storing our message once more, without format and part, takes away what can't be encoded. */
  repairFormat(
    place: TurnPlace,
    message: AssistantMessage | undefined,
    call: CallOptions,
  ): Promise<unknown> {
    const { agent, providerID, modelID } = message ?? {};
    return this.client.session.prompt({
      ...wire(place),
      messageID: place.messageId,
      noReply: true,
      parts: [],
      ...agent !== undefined && { agent },
      ...providerID !== undefined && modelID !== undefined && { model: { providerID, modelID } },
    }, call);
  }

  registerTools(
    { sessionId, directory }: Where,
    endpoint: ToolServer,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<RegisteredTools> {
    // the names of earlier turns, which the model has in mind
    return registerTools(this.client, endpoint, names, { directory, signal, key: sessionId });
  }
}
