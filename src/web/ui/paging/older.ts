/** Earlier messages, as many in each frame as its time allows: the page stays smooth meanwhile. @module */
import type { MessagesView } from "../../protocol.ts";
import { conversation, type PageState, takeMessages } from "../../view/state.ts";

/** How long messages may be made in one frame, in milliseconds. */
const SLICE = 9;
/** How many messages are made in the first frame. */
const FIRST = 8;
/** How many messages are surely enough to fill a screen. */
const IN_VIEW = 20;

/** Sessions whose earlier messages are being read. */
const reading = new Map<string, Promise<void>>();
/** How many messages the last frames had time for. */
let fits = FIRST;

/**
 * Reads a page of earlier messages, and takes it, the newest first; once at a time for a session.
 *
 * @param show Shows what was taken.
 */
export function readOlder(
  state: PageState,
  sessionId: string,
  read: (before: string) => Promise<MessagesView | undefined>,
  show: () => void,
): Promise<void> {
  const { before } = conversation(state, sessionId);
  if (before === undefined) return Promise.resolve();
  return once(sessionId, async () => {
    const page = await read(before);
    if (page) await takeOlder(state, sessionId, page, before, show);
  });
}

/**
 * Takes the newest messages: those in view at once, the others as earlier ones are.
 *
 * @param show Shows what was taken.
 */
export async function takeNewest(
  state: PageState,
  sessionId: string,
  page: MessagesView,
  show: () => void,
): Promise<void> {
  await reading.get(sessionId);
  // what is drawn already comes first
  const { messages, before } = page;
  const rest = { messages: messages.slice(0, -IN_VIEW), ...before !== undefined && { before } };
  const first = conversation(state, sessionId).messages.length === 0 && rest.messages.length > 0;
  takeMessages(state, sessionId, first ? { ...rest, messages: messages.slice(-IN_VIEW) } : page);
  if (first) void once(sessionId, () => takeOlder(state, sessionId, rest, before, show));
}

function once(sessionId: string, run: () => Promise<void>): Promise<void> {
  let running = reading.get(sessionId);
  if (!running) {
    reading.set(sessionId, running = run().finally(() => reading.delete(sessionId)));
  }
  return running;
}

/** What was asked for stays in `before` until all of the page is shown. */
async function takeOlder(
  state: PageState,
  sessionId: string,
  page: MessagesView,
  before: string | undefined,
  show: () => void,
): Promise<void> {
  let start = page.messages.length;
  do {
    await nextFrame();
    const end = start;
    start = Math.max(0, end - fits);
    const messages = page.messages.slice(start, end);
    const more = start > 0 ? before : page.before;
    const began = performance.now();
    takeMessages(state, sessionId, { messages, ...more !== undefined && { before: more } }, true);
    show();
    const each = (performance.now() - began) / Math.max(1, messages.length);
    fits = Math.max(1, Math.min(fits * 2, Math.floor(SLICE / Math.max(each, 0.01))));
  } while (start > 0);
}

/** A hidden page gets no frames. */
function nextFrame(): Promise<unknown> {
  return new Promise((resolve) =>
    document.hidden ? setTimeout(resolve, 0) : requestAnimationFrame(resolve)
  );
}
