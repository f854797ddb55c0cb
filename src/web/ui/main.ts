/** The page: state from the handler, changes by events, one drawing for each frame. @module */
import type { PageEvent, PromptBody, SessionView } from "../protocol.ts";
import { apply, type Change, conversation, emptyState, takeState } from "../view/state.ts";
import { api, CallError } from "./api.ts";
import { ComposerView } from "./composer/composer_view.ts";
import { type ConversationActions, ConversationView } from "./conversation/conversation_view.ts";
import { askText, askYes, showKeys, showLink } from "./dialog.ts";
import { h, setText } from "./dom.ts";
import { Events } from "./events.ts";
import { HeaderView } from "./header.ts";
import { textOf } from "./conversation/message_view.ts";
import { Follow } from "./paging/follow.ts";
import { readOlder, takeNewest } from "./paging/older.ts";
import { PanelView } from "./panel_view.ts";
import { SidebarView } from "./sidebar_view.ts";

const state = emptyState();
let current: string | undefined;
let shown: ConversationView | undefined;
/** Conversations of subagents that are open in the shown one. */
const nested = new Map<string, ConversationView>();

const notice = h("p", { class: "notice", role: "alert", hidden: true });
const announcer = h("div", { class: "visually-hidden", "aria-live": "polite" });
const main = h("main", { id: "main", tabindex: -1 });
const follow = new Follow(main);

let noticeTimer: ReturnType<typeof setTimeout> | undefined;
function problem(message: string, stays = false): void {
  setText(notice, message);
  notice.hidden = message === "";
  clearTimeout(noticeTimer);
  if (!stays && message !== "") noticeTimer = setTimeout(() => problem(""), 8_000);
}

/** Runs a call, and shows why it failed. */
async function attempt<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    problem((error as Error).message, error instanceof CallError && error.status === 401);
    return undefined;
  }
}

const actions: ConversationActions = {
  undo: async (message) => {
    const session = await attempt(() => api.undo(message.sessionId, message.id));
    take(session);
    if (session && message.sessionId === current) composer.bringBack(textOf(message));
  },
  redo: async (sessionId) => {
    const session = await attempt(() => api.redo(sessionId));
    take(session);
    if (session && sessionId === current) composer.bringBack("");
  },
  fork: ({ id, sessionId }) => void attempt(() => api.fork(sessionId, id)).then(enter),
  openChild: (sessionId) => {
    let view = nested.get(sessionId);
    if (!view) nested.set(sessionId, view = new ConversationView(sessionId, state, actions, true));
    void load(sessionId);
    return view.element;
  },
  announce: (text) => {
    announcer.append(h("p", {}, text.slice(0, 2_000)));
    if (announcer.childElementCount > 20) announcer.firstElementChild!.remove();
  },
  permission: (id, reply, message) => api.permission(id, reply, message),
  question: (id, answers) => api.question(id, answers),
  inputOf: (callId, sessionId) => {
    for (const { parts } of [...conversation(state, sessionId).messages].reverse()) {
      const part = parts.find((each) => each.type === "tool" && each.callId === callId);
      if (part?.type === "tool" && Object.keys(part.input).length > 0) return part.input;
    }
    return undefined;
  },
  titleOf: (sessionId) => sessionId === current ? undefined : state.sessions.get(sessionId)?.title,
  older: (sessionId) => {
    const read = (before: string) => attempt(() => api.messages(sessionId, before));
    return readOlder(state, sessionId, read, () => showOlder(sessionId));
  },
};

const sidebar = new SidebarView(state, {
  open: (id) => go(id),
  create,
  rename: async (session) => {
    const title = await askText("Rename the session", session.title);
    if (title !== undefined) take(await attempt(() => api.rename(session.id, title)));
  },
  remove: async (session) => {
    if (!await askYes(`Delete “${session.title}”?`, "Delete")) return;
    await attempt(() => api.remove(session.id));
    state.sessions.delete(session.id);
    sidebar.update();
    if (current === session.id) go(undefined);
  },
  fork: (session) => void attempt(() => api.fork(session.id)).then(enter),
  find: async (text) => {
    for (const session of await attempt(() => api.search(text)) ?? []) {
      if (!state.sessions.has(session.id)) state.sessions.set(session.id, session);
    }
  },
});

const composer = new ComposerView(state, {
  send: async (body: PromptBody) => {
    if (current === undefined) {
      const session = await api.create(body.text.trim().split("\n")[0]!.slice(0, 60) || undefined);
      state.sessions.set(session.id, session);
      go(session.id);
      return await api.prompt(session.id, body);
    }
    conversation(state, current).error = undefined;
    follow.active = true;
    await api.prompt(current, body);
  },
  abort: () => void (current !== undefined && attempt(() => api.abort(current!))),
  problem,
});

const panel = new PanelView(state, problem);

const header = new HeaderView({
  menu: () => openMenu(!document.body.classList.contains("menu-open")),
  panel: togglePanel,
  link: async () => {
    const link = await attempt(() => api.link());
    if (!link) return;
    const url = new URL(location.pathname, location.href);
    url.searchParams.set("token", link.token);
    await showLink(url.href);
  },
  keys: () => void showKeys(),
});

function take(session: SessionView | undefined): void {
  if (session) handle({ type: "session", session });
}

function enter(session: SessionView | undefined): void {
  if (!session) return;
  take(session);
  go(session.id);
  composer.focus();
}

/** A session begins with its first prompt. */
function create(): void {
  go(undefined);
  composer.focus();
}

/** Shows a session, by the page's address. */
function go(sessionId: string | undefined): void {
  openMenu(false);
  const hash = sessionId === undefined ? "" : `#${sessionId}`;
  if (location.hash === hash) show(sessionId);
  else location.hash = hash;
}

function show(sessionId: string | undefined): void {
  current = sessionId;
  sidebar.current = sessionId;
  nested.clear();
  announcer.replaceChildren();
  if (sessionId === undefined) {
    shown = undefined;
    main.replaceChildren(
      h("p", { class: "empty" }, "Choose a session, or ask something to begin a new one."),
    );
  } else {
    shown = new ConversationView(sessionId, state, actions);
    main.replaceChildren(shown.element);
    follow.begin(shown.element, shown.older, async () => {
      const { before } = conversation(state, sessionId);
      await actions.older(sessionId);
      return conversation(state, sessionId).before !== before;
    });
    void load(sessionId);
  }
  updateTitle();
  sidebar.update();
  panel.update(sessionId);
  composer.updateBusy(isBusy());
}

function isBusy(): boolean {
  return current !== undefined && state.busy.has(current);
}

function updateTitle(): void {
  const title = current === undefined ? undefined : state.sessions.get(current)?.title;
  header.title(title);
}

async function load(sessionId: string): Promise<void> {
  const [page, todos] = await Promise.all([
    attempt(() => api.messages(sessionId)),
    api.todo(sessionId).catch(() => []),
  ]);
  if (!page) return;
  await takeNewest(state, sessionId, page, () => showOlder(sessionId));
  conversation(state, sessionId).todos = todos;
  viewOf(sessionId)?.update();
  if (sessionId === current) {
    panel.update(current);
    follow.stick();
  }
}

/** Shows earlier messages. */
function showOlder(sessionId: string): void {
  follow.keep(() => viewOf(sessionId)?.updateNew());
}

function viewOf(sessionId: string): ConversationView | undefined {
  return sessionId === current ? shown : nested.get(sessionId);
}

// --- drawing: changes are gathered, and drawn once a frame

const changed = new Set<string>();
const messages = new Map<string, Set<string>>();
let drawing = false;

function mark(change: Change): void {
  if (typeof change === "string") return void changed.add(change);
  const { sessionId, what } = change;
  if (what !== "message") return void changed.add(`${what} ${sessionId}`);
  let ids = messages.get(sessionId);
  if (!ids) messages.set(sessionId, ids = new Set());
  ids.add(change.messageId);
}

function handle(event: PageEvent): void {
  for (const change of apply(state, event)) mark(change);
  if (drawing) return;
  drawing = true;
  // a hidden page gets no frames
  if (document.hidden) setTimeout(draw, 100);
  else requestAnimationFrame(draw);
}

function draw(): void {
  drawing = false;
  if (changed.has("all")) void readState();
  if (changed.has("server")) {
    problem(state.serverUp ? "" : "The opencode server is gone; waiting for it …", true);
  }
  if (changed.has("sessions")) {
    sidebar.update();
    updateTitle();
  }
  if (changed.has("files")) panel.updateFiles();
  for (const [sessionId, view] of views()) {
    if (changed.has(`messages ${sessionId}`) || changed.has(`error ${sessionId}`)) view.update();
    else {
      for (const id of messages.get(sessionId) ?? []) view.update(id);
      if (changed.has(`status ${sessionId}`)) view.updateStatus();
    }
    if (changed.has("requests")) view.updateRequests();
  }
  if (current !== undefined) {
    if (changed.has(`status ${current}`)) composer.updateBusy(isBusy());
    const took = changed.has("sessions") || changed.has(`todo ${current}`) ||
      changed.has(`status ${current}`);
    if (took) panel.update(current);
  }
  changed.clear();
  messages.clear();
  follow.stick();
}

function views(): [string, ConversationView][] {
  return shown ? [[shown.sessionId, shown], ...nested] : [];
}

async function readState(): Promise<string | undefined> {
  const view = await attempt(() => api.state());
  if (!view) return undefined;
  if (!state.serverUp) problem("");
  takeState(state, view);
  header.directory(state.directory);
  composer.updateChoices();
  sidebar.update();
  updateTitle();
  for (const [sessionId, each] of views()) {
    each.update();
    void load(sessionId);
  }
  composer.updateBusy(isBusy());
  panel.update(current);
  panel.updateFiles();
  return view.seq;
}

// --- the frame around it

document.body.append(
  h("a", {
    class: "skip",
    href: "#main",
    onclick: (event: Event) => {
      event.preventDefault();
      main.focus();
    },
  }, "Skip to the conversation"),
  header.element,
  sidebar.element,
  main,
  h("section", { class: "foot", "aria-label": "Prompt" }, notice, composer.element),
  panel.element,
  announcer,
);

const KEYS: Record<string, () => void> = {
  n: create,
  s: () => header.menu.offsetParent === null ? sidebar.search.focus() : openMenu(true),
  p: togglePanel,
  i: () => composer.focus(),
  ArrowUp: () => step(-1),
  ArrowDown: () => step(1),
};

function togglePanel(): void {
  openMenu(false);
  document.body.classList.toggle("panel-closed");
}

/** The list of sessions, where the page is narrow. */
function openMenu(open: boolean): void {
  document.body.classList.toggle("menu-open", open);
  header.menu.setAttribute("aria-expanded", String(open));
  if (open) sidebar.search.focus();
}

function step(by: 1 | -1): void {
  const next = sidebar.neighbour(by);
  if (next !== undefined) go(next);
}

addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  const typing = /^(?:INPUT|TEXTAREA|SELECT)$/.test((event.target as HTMLElement).tagName);
  if (event.key === "Escape" && document.body.classList.contains("menu-open")) {
    openMenu(false);
    return header.menu.focus();
  }
  if (event.key === "Escape" && isBusy()) return void attempt(() => api.abort(current!));
  if (event.key === "?" && !typing) return void showKeys();
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  const run = KEYS[event.key] ?? KEYS[event.code.replace("Key", "").toLowerCase()];
  if (!run) return;
  event.preventDefault();
  run();
});

addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  void composer.attach([...event.dataTransfer?.files ?? []]);
});
addEventListener("hashchange", () => show(location.hash.slice(1) || undefined));

if (matchMedia("(max-width: 1100px)").matches) document.body.classList.add("panel-closed");

setInterval(() => {
  for (const [, view] of views()) view.updateStatus();
}, 1_000);

show(location.hash.slice(1) || undefined);
void begin();

/** Reads everything, as soon as there is a server, and follows it from there. */
async function begin(): Promise<void> {
  for (;;) {
    const seq = await readState();
    if (seq !== undefined) return void new Events(seq, handle, connected);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
  }
}

function connected(up: boolean): void {
  problem(up ? "" : "The connection is gone; trying again …", true);
  // a page's server that was started anew does not know this browser
  if (!up) api.state().catch((error) => error.status === 401 && problem(error.message, true));
}
