/**
 * What is asked of a server about stored sessions, and about what it offers.
 *
 * @module
 */
import type { Session, SnapshotFileDiff } from "../api/types.gen.ts";
import type { CallOptions } from "../http/options.ts";
import type { Todo } from "./events.ts";
import type { StoredMessage, Where } from "./types.ts";

/** A model, as the server takes it. */
export interface ModelRef {
  providerID: string;
  modelID: string;
}

/** Reads and settings of stored sessions. */
export interface SessionCalls {
  get(where: Where, call: CallOptions): Promise<Session>;
  update(where: Where, changes: { title: string }, call: CallOptions): Promise<Session>;
  delete(where: Where, call: CallOptions): Promise<unknown>;
  children(where: Where, call: CallOptions): Promise<Session[]>;
  /** A new session with the messages before one, or with all. */
  fork(where: Where, messageId: string | undefined, call: CallOptions): Promise<Session>;
  share(where: Where, call: CallOptions): Promise<Session>;
  unshare(where: Where, call: CallOptions): Promise<Session>;
  todo(where: Where, call: CallOptions): Promise<Todo[]>;
  /** Replaces the conversation by a summary. */
  compact(where: Where, model: ModelRef, call: CallOptions): Promise<unknown>;
  /**
   * Takes back a summary that was asked for and not finished: the server would write it in place of
   * its next answer (server 1.18.33).
   */
  cancelCompaction(where: Where, call: CallOptions): Promise<void>;
  /** Stores a message of the user without asking the model. */
  note(where: Where, text: string, call: CallOptions): Promise<unknown>;
  /** Runs a shell command as part of the conversation; never sent twice. */
  shell(
    where: Where,
    input: { agent: string; command: string },
    call: CallOptions,
  ): Promise<StoredMessage>;
  message(where: Where, messageId: string, call: CallOptions): Promise<StoredMessage>;
  /** All messages, oldest first. */
  messages(where: Where, call: CallOptions): Promise<StoredMessage[]>;
  /** The newest messages before a place, oldest first, and the place to go on from. */
  page(
    where: Where,
    of: { limit: number; before: string | undefined },
    call: CallOptions,
  ): Promise<{ messages: StoredMessage[]; before: string | undefined }>;
  deleteMessage(where: Where, messageId: string, call: CallOptions): Promise<unknown>;
  /** What the prompt of a message changed in the files. */
  diff(where: Where, messageId: string, call: CallOptions): Promise<SnapshotFileDiff[]>;
  /** Whether the server keeps what files were like in a directory. */
  keepsFiles(directory: string, call: CallOptions): Promise<boolean>;
  revert(
    where: Where,
    to: { messageId: string; partId: string | undefined },
    call: CallOptions,
  ): Promise<Session>;
  unrevert(where: Where, call: CallOptions): Promise<Session>;
}

/** A provider, and its models with their variants. */
export interface OfferedProvider {
  id: string;
  models: { name: string; variants: string[] }[];
}

/** An agent; it may have a model of its own. */
export interface OfferedAgent {
  name: string;
  mode: "primary" | "subagent" | "all";
  hidden?: boolean;
  model?: ModelRef;
}

/** Whether an agent can be the one of a prompt that names none: the first such in the server's list is. */
export function takesPrompts({ mode, hidden = false }: Pick<OfferedAgent, "mode" | "hidden">) {
  return mode !== "subagent" && !hidden;
}

/** What a server offers in a directory. */
export interface OfferCalls {
  /** Its providers with the names of their models, and the model that it takes by default. */
  providers(
    directory: string,
    call: CallOptions,
  ): Promise<{ providers: OfferedProvider[]; first: string | undefined }>;
  /** The model of the configuration. */
  configuredModel(directory: string, call: CallOptions): Promise<string | undefined>;
  /** Its agents, the one that takes a prompt without an agent before all others that could. */
  agents(directory: string, call: CallOptions): Promise<OfferedAgent[]>;
  /** The names of its commands (`/name`). */
  commands(directory: string, call: CallOptions): Promise<string[]>;
  /** The names of its own tools; those of MCP servers are not among them (server 1.18.33). */
  tools(directory: string, call: CallOptions): Promise<string[]>;
}
