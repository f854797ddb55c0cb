/**
 * What the page knows, and how events change it. No DOM, no network.
 *
 * @module
 */
import type {
  AgentView,
  FullMessageView,
  MessagesView,
  MessageView,
  ModelView,
  PageEvent,
  PartView,
  PermissionView,
  QuestionRequestView,
  SessionView,
  StateView,
  StatusView,
  TodoView,
} from "../protocol.ts";

/** The messages of a session, as far as they are loaded. */
export interface ConversationState {
  /** Oldest first. */
  messages: FullMessageView[];
  /** What to ask for to read what came before. */
  before?: string | undefined;
  todos: TodoView[];
  /** Whether the messages were read. */
  loaded?: boolean;
  /** Why the last turn failed. */
  error?: string | undefined;
}

/** Everything that the page shows. */
export interface PageState {
  directory: string;
  version: string;
  serverUp: boolean;
  sessions: Map<string, SessionView>;
  busy: Map<string, StatusView>;
  permissions: Map<string, PermissionView>;
  questions: Map<string, QuestionRequestView>;
  models: ModelView[];
  agents: AgentView[];
  defaultModel: string | undefined;
  conversations: Map<string, ConversationState>;
}

/** What of the view an event changes. */
export type Change =
  | "all"
  | "sessions"
  | "requests"
  | "files"
  | "server"
  | { sessionId: string; what: "messages" | "status" | "todo" | "error" }
  | { sessionId: string; what: "message"; messageId: string };

/** The state of a page that has read nothing yet. */
export function emptyState(): PageState {
  return {
    directory: "",
    version: "",
    serverUp: true,
    sessions: new Map(),
    busy: new Map(),
    permissions: new Map(),
    questions: new Map(),
    models: [],
    agents: [],
    defaultModel: undefined,
    conversations: new Map(),
  };
}

/** Takes what `GET state` says; loaded conversations stay. */
export function takeState(state: PageState, view: StateView): void {
  state.directory = view.directory;
  state.version = view.version;
  // it was asked for this
  state.serverUp = true;
  state.sessions = new Map(view.sessions.map((session) => [session.id, session]));
  state.busy = new Map(Object.entries(view.busy));
  state.permissions = new Map(view.permissions.map((request) => [request.id, request]));
  state.questions = new Map(view.questions.map((request) => [request.id, request]));
  state.models = view.models;
  state.agents = view.agents;
  state.defaultModel = view.defaultModel;
}

/**
 * Takes a page of messages: the newest, or with `older` those before the loaded ones. Text that
 * events brought meanwhile stays.
 */
export function takeMessages(
  state: PageState,
  sessionId: string,
  { messages, before }: MessagesView,
  older = false,
): void {
  const known = conversation(state, sessionId);
  known.loaded = true;
  if (older) {
    // those that came otherwise meanwhile stay where they are
    const there = new Set(known.messages.map(({ id }) => id));
    known.messages = [...messages.filter(({ id }) => !there.has(id)), ...known.messages];
  } else {
    const loaded = new Set(messages.map(({ id }) => id));
    keepNewer(known.messages, messages);
    const others = known.messages.filter(({ id }) => !loaded.has(id));
    const first = messages[0]?.created ?? Infinity;
    const meets = before === undefined || others.length < known.messages.length;
    known.messages = !meets ? [...messages, ...others.filter(({ created }) => created >= first)] : [
      ...others.filter(({ created }) => created < first),
      ...messages,
      ...others.filter(({ created }) => created >= first),
    ];
    if (meets && others.some(({ created }) => created < first)) return;
  }
  known.before = before;
}

/** Messages that were read while they were made may have less than events brought since. */
function keepNewer(known: readonly FullMessageView[], read: readonly FullMessageView[]): void {
  const before = new Map(known.map((message) => [message.id, message]));
  for (const message of read) {
    const { id, completed, parts } = message;
    const had = before.get(id);
    if (!had || completed !== undefined) continue;
    message.parts = parts.map((part) => {
      const older = had.parts.find((each) => each.id === part.id);
      const longer = older && "text" in older && "text" in part && older.text.startsWith(part.text);
      return longer ? older : part;
    });
    const ids = new Set(parts.map((part) => part.id));
    message.parts.push(...had.parts.filter((part) => !ids.has(part.id)));
  }
}

/** The conversation of a session; made where it is not known. */
export function conversation(state: PageState, sessionId: string): ConversationState {
  let found = state.conversations.get(sessionId);
  if (!found) state.conversations.set(sessionId, found = { messages: [], todos: [] });
  return found;
}

/** Changes the state by an event, and says what of the view that changes. */
export function apply(state: PageState, event: PageEvent): Change[] {
  switch (event.type) {
    case "session":
      state.sessions.set(event.session.id, event.session);
      return ["sessions", { sessionId: event.session.id, what: "messages" }];
    case "session-removed":
      state.sessions.delete(event.sessionId);
      state.conversations.delete(event.sessionId);
      return ["sessions"];
    case "message":
      return takeMessage(state, event.message);
    case "message-removed": {
      const known = state.conversations.get(event.sessionId);
      if (!known) return [];
      known.messages = known.messages.filter(({ id }) => id !== event.messageId);
      return [{ sessionId: event.sessionId, what: "messages" }];
    }
    case "part":
      return takePart(state, event.sessionId, event.messageId, event.part);
    case "part-removed": {
      const message = find(state, event.sessionId, event.messageId);
      if (!message) return [];
      message.parts = message.parts.filter(({ id }) => id !== event.partId);
      return changedMessage(event);
    }
    case "delta": {
      const message = find(state, event.sessionId, event.messageId);
      const part = message?.parts.find(({ id }) => id === event.partId);
      if (!part || !("text" in part)) return [];
      const { at = part.text.length, text } = event;
      // what was read with the message comes again as an event
      if (at + text.length <= part.text.length) return [];
      part.text = part.text.slice(0, at) + text;
      return changedMessage(event);
    }
    case "status":
      if (event.status.state === "idle") {
        state.busy.delete(event.sessionId);
        for (const waiting of [state.permissions, state.questions]) {
          for (const [id, each] of waiting) {
            if (each.sessionId === event.sessionId) waiting.delete(id);
          }
        }
      } else {
        if (!state.busy.has(event.sessionId)) {
          conversation(state, event.sessionId).error = undefined;
        }
        state.busy.set(event.sessionId, event.status);
      }
      return ["sessions", "requests", { sessionId: event.sessionId, what: "status" }];
    case "permission":
      state.permissions.set(event.request.id, event.request);
      return ["requests", "sessions"];
    case "question":
      state.questions.set(event.request.id, event.request);
      return ["requests", "sessions"];
    case "answered":
      state.permissions.delete(event.requestId);
      state.questions.delete(event.requestId);
      return ["requests", "sessions"];
    case "todo":
      conversation(state, event.sessionId).todos = event.todos;
      return [{ sessionId: event.sessionId, what: "todo" }];
    case "error":
      if (event.sessionId === undefined) return [];
      conversation(state, event.sessionId).error = event.message;
      return [{ sessionId: event.sessionId, what: "error" }];
    case "files":
      return ["files"];
    case "server":
      state.serverUp = event.up;
      return ["server"];
    case "reset":
      return ["all"];
    default:
      return [];
  }
}

function takeMessage(state: PageState, message: MessageView): Change[] {
  const known = conversation(state, message.sessionId);
  const at = known.messages.findLastIndex(({ id }) => id === message.id);
  if (at !== -1) {
    known.messages[at] = { ...message, parts: known.messages[at]!.parts };
    return changedMessage({ sessionId: message.sessionId, messageId: message.id });
  }
  const after = known.messages.findLastIndex(({ created }) => created <= message.created);
  known.messages.splice(after + 1, 0, { ...message, parts: [] });
  return [{ sessionId: message.sessionId, what: "messages" }];
}

function takePart(
  state: PageState,
  sessionId: string,
  messageId: string,
  part: PartView,
): Change[] {
  const message = find(state, sessionId, messageId);
  if (!message) return [];
  const at = message.parts.findIndex(({ id }) => id === part.id);
  if (at === -1) message.parts.push(part);
  else message.parts[at] = part;
  return changedMessage({ sessionId, messageId });
}

function changedMessage(
  { sessionId, messageId }: { sessionId: string; messageId: string },
): Change[] {
  return [{ sessionId, what: "message", messageId }];
}

function find(state: PageState, sessionId: string, messageId: string): FullMessageView | undefined {
  return state.conversations.get(sessionId)?.messages.findLast(({ id }) => id === messageId);
}

/** The sessions of the list: no subagents, the newest first, with a search in the titles. */
export function listed(state: PageState, search = ""): SessionView[] {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return [...state.sessions.values()]
    .filter(({ parentId, title }) =>
      parentId === undefined && words.every((word) => title.toLowerCase().includes(word))
    )
    .sort((a, b) => b.updated - a.updated);
}

/** A session and its subagents' sessions, as far as they are known. */
export function family(state: PageState, sessionId: string): Set<string> {
  const all = new Set([sessionId]);
  for (let before = 0; before < all.size;) {
    before = all.size;
    for (const { id, parentId } of state.sessions.values()) {
      if (parentId !== undefined && all.has(parentId)) all.add(id);
    }
  }
  return all;
}

/** What waits for an answer in a session or its subagents. */
export function waiting(
  state: PageState,
  sessionId: string,
): { permissions: PermissionView[]; questions: QuestionRequestView[] } {
  const all = family(state, sessionId);
  const ours = <T extends { sessionId: string }>(requests: Map<string, T>) =>
    [...requests.values()].filter((request) => all.has(request.sessionId));
  return { permissions: ours(state.permissions), questions: ours(state.questions) };
}

/** Whether anything waits there. */
export function waits(state: PageState, sessionId: string): boolean {
  const { permissions, questions } = waiting(state, sessionId);
  return permissions.length + questions.length > 0;
}

/** How many messages stand in a group. */
const GROUP = 20;

/** Messages that are drawn together, or not at all where they are out of view. */
export interface Group {
  number: number;
  messages: FullMessageView[];
}

/**
 * Messages in groups. A message stays in its group, whatever comes before and after it.
 *
 * @param numbers The groups of the messages that were seen before; new ones are added.
 */
export function grouped(
  messages: readonly FullMessageView[],
  numbers: Map<string, number>,
): Group[] {
  const first = Math.max(0, messages.findIndex(({ id }) => numbers.has(id)));
  let number = numbers.get(messages[first]?.id ?? "") ?? 0;
  for (let i = first - 1; i >= 0; i--) {
    numbers.set(messages[i]!.id, number - 1 - Math.floor((first - 1 - i) / GROUP));
  }
  const groups: Group[] = [];
  for (const message of messages) {
    const last = groups.at(-1);
    number = numbers.get(message.id) ??
      (last === undefined ? number : last.number + (last.messages.length < GROUP ? 0 : 1));
    // one that came late stands with those before it
    if (last && number < last.number) number = last.number;
    numbers.set(message.id, number);
    if (last?.number === number) last.messages.push(message);
    else groups.push({ number, messages: [message] });
  }
  return groups;
}

/** The messages that count: those from `undo` on are taken back. */
export function shownMessages(
  { messages }: ConversationState,
  revertedTo: string | undefined,
): { shown: FullMessageView[]; takenBack: number } {
  const at = revertedTo === undefined ? -1 : messages.findIndex(({ id }) => id === revertedTo);
  if (at === -1) return { shown: messages, takenBack: 0 };
  return { shown: messages.slice(0, at), takenBack: messages.length - at };
}
