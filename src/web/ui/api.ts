/** Calls to the handler. @module */
import type {
  ChangeView,
  FileContentView,
  FileView,
  MessagesView,
  PromptBody,
  SessionView,
  StateView,
} from "../protocol.ts";

/** A call that the handler refused, with its words. */
export class CallError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`api/${path}`, {
    method,
    ...body !== undefined && {
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    },
  }).catch(() => {
    throw new CallError(0, "The page's server does not answer");
  });
  if (response.status === 204) return undefined as T;
  const value = await response.json().catch(() => ({})) as { error?: string };
  if (response.ok) return value as T;
  throw new CallError(response.status, value.error ?? `The call failed (${response.status})`);
}

const at = (sessionId: string) => `sessions/${sessionId}`;

/** Every call of the page. */
export const api = {
  link: () => call<{ token: string }>("POST", "link", {}),
  state: () => call<StateView>("GET", "state"),
  search: (text: string) =>
    call<SessionView[]>("GET", `sessions?search=${encodeURIComponent(text)}`),
  create: (title?: string) => call<SessionView>("POST", "sessions", { title }),
  rename: (id: string, title: string) => call<SessionView>("PATCH", at(id), { title }),
  remove: (id: string) => call<void>("DELETE", at(id)),
  fork: (id: string, messageId?: string) =>
    call<SessionView>("POST", `${at(id)}/fork`, { messageId }),
  messages: (id: string, before?: string) =>
    call<MessagesView>(
      "GET",
      `${at(id)}/messages${before === undefined ? "" : `?before=${encodeURIComponent(before)}`}`,
    ),
  todo: (id: string) => call<never[]>("GET", `${at(id)}/todo`),
  prompt: (id: string, body: PromptBody) => call<void>("POST", `${at(id)}/prompt`, body),
  abort: (id: string) => call<void>("POST", `${at(id)}/abort`),
  undo: (id: string, messageId: string) =>
    call<SessionView>("POST", `${at(id)}/undo`, { messageId }),
  redo: (id: string) => call<SessionView>("POST", `${at(id)}/redo`),
  permission: (id: string, reply: "once" | "always" | "reject", message?: string) =>
    call<void>("POST", `permissions/${id}`, { reply, message }),
  question: (id: string, answers: string[][] | null) =>
    call<void>("POST", `questions/${id}`, { answers }),
  files: (path: string) => call<FileView[]>("GET", `files?path=${encodeURIComponent(path)}`),
  file: (path: string) => call<FileContentView>("GET", `file?path=${encodeURIComponent(path)}`),
  changes: () => call<ChangeView[]>("GET", "changes"),
};
