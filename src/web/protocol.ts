/**
 * What the page and its handler say to each other. Types alone: the page imports them too.
 *
 * @module
 */

/** Tokens of a message or of a session. */
export interface TokensView {
  input: number;
  output: number;
  reasoning: number;
  cacheRead: number;
  cacheWrite: number;
}

/** A session in the list. */
export interface SessionView {
  id: string;
  /** Set where it is a subagent's. */
  parentId?: string;
  title: string;
  /** Milliseconds since 1970. */
  created: number;
  updated: number;
  /** US dollars. */
  cost: number;
  tokens: TokensView;
  /** The message that `undo` went back to, until the next prompt or `redo`. */
  revertedTo?: string;
}

/** A message without its parts. */
export interface MessageView {
  id: string;
  sessionId: string;
  role: "user" | "assistant";
  created: number;
  completed?: number;
  /** Why it failed, as text to read. */
  error?: string;
  /** `"provider/model"`. */
  model?: string;
  agent?: string;
  cost?: number;
  tokens?: TokensView;
  /** It is a summary of what came before. */
  summary?: boolean;
}

/** A tool call. */
export interface ToolPartView {
  id: string;
  type: "tool";
  tool: string;
  callId: string;
  status: "pending" | "running" | "completed" | "error";
  input: Record<string, unknown>;
  output?: string;
  error?: string;
  title?: string;
  /** A unified diff of what it changed. */
  diff?: string;
  /** The session of the subagent that it runs. */
  childId?: string;
  /** Pictures that it gave: `data:` URLs. */
  images?: string[];
  start?: number;
  end?: number;
}

/** A part of a message. */
export type PartView =
  | { id: string; type: "text"; text: string; synthetic?: boolean }
  | { id: string; type: "reasoning"; text: string; start?: number; end?: number }
  | ToolPartView
  | { id: string; type: "file"; mime: string; name: string; url?: string }
  | { id: string; type: "patch"; files: string[] }
  | { id: string; type: "note"; text: string };

/** A message with its parts. */
export interface FullMessageView extends MessageView {
  parts: PartView[];
}

/** A permission that waits for its answer. */
export interface PermissionView {
  id: string;
  sessionId: string;
  permission: string;
  /** What exactly: commands, paths, addresses. */
  patterns: string[];
  /** What "always" would allow from then on. */
  always: string[];
  /** The command, the diff and so on, where the server says them. */
  command?: string;
  diff?: string;
  path?: string;
  url?: string;
  callId?: string;
}

/** One question of the agent. */
export interface QuestionView {
  question: string;
  header: string;
  options: { label: string; description: string }[];
  multiple: boolean;
  custom: boolean;
}

/** Questions that wait for their answers. */
export interface QuestionRequestView {
  id: string;
  sessionId: string;
  questions: QuestionView[];
}

/** An item of the agent's list. */
export interface TodoView {
  content: string;
  status: string;
  priority: string;
}

/** What a session does. */
export type StatusView =
  | { state: "idle" | "busy" }
  | { state: "retry"; attempt: number; message: string; next: number };

/** What happens; each has a number, and a reader that was away asks for those after its last one. */
export type PageEvent =
  | { type: "session"; session: SessionView }
  | { type: "session-removed"; sessionId: string }
  | { type: "message"; message: MessageView }
  | { type: "message-removed"; sessionId: string; messageId: string }
  | { type: "part"; sessionId: string; messageId: string; part: PartView }
  | { type: "part-removed"; sessionId: string; messageId: string; partId: string }
  /** More of a text; `at` is how long it was before, where that is known. */
  | {
    type: "delta";
    sessionId: string;
    messageId: string;
    partId: string;
    text: string;
    at?: number;
  }
  | { type: "status"; sessionId: string; status: StatusView }
  | { type: "permission"; request: PermissionView }
  | { type: "question"; request: QuestionRequestView }
  /** A permission or question has its answer. */
  | { type: "answered"; sessionId: string; requestId: string }
  | { type: "todo"; sessionId: string; todos: TodoView[] }
  /** A turn failed; the message is text to read. */
  | { type: "error"; sessionId?: string; message: string }
  /** Files of the workspace changed. */
  | { type: "files" }
  /** The opencode server went away, or is back. */
  | { type: "server"; up: boolean }
  /** Events were lost: read everything anew. */
  | { type: "reset" }
  /** Nothing happened for a while: the connection stands. */
  | { type: "alive" };

/** A model to choose. */
export interface ModelView {
  /** `"provider/model"`. */
  id: string;
  name: string;
  provider: string;
  /** Tokens of context; 0 where unknown. */
  context: number;
  /** Whether it can read pictures. */
  images: boolean;
}

/** An agent to choose. */
export interface AgentView {
  name: string;
  description: string;
}

/** `GET api/state`: everything that a page needs at first. */
export interface StateView {
  directory: string;
  /** The version of this package. */
  version: string;
  sessions: SessionView[];
  /** Sessions that do something now. */
  busy: Record<string, StatusView>;
  permissions: PermissionView[];
  questions: QuestionRequestView[];
  models: ModelView[];
  agents: AgentView[];
  defaultModel?: string;
  /** The number of the last event that this state holds. */
  seq: string;
}

/** `GET api/sessions/:id/messages`. */
export interface MessagesView {
  messages: FullMessageView[];
  /** Ask for what came before with `?before=`. */
  before?: string;
}

/** `POST api/sessions/:id/prompt`. */
export interface PromptBody {
  text: string;
  model?: string;
  agent?: string;
  files?: { name: string; mime: string; /** Base64. */ data: string }[];
}

/** A file or directory of the workspace. */
export interface FileView {
  name: string;
  path: string;
  directory: boolean;
}

/** `GET file`. */
export interface FileContentView {
  path: string;
  binary: boolean;
  content: string;
  /** A picture that can be shown: a `data:` URL. */
  picture?: string;
}

/** A changed file of the workspace. */
export interface ChangeView {
  path: string;
  status: "added" | "deleted" | "modified";
  additions: number;
  deletions: number;
  patch?: string;
}
