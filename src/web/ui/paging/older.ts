/** Earlier messages, a few in each frame: making all of them at once would stop the scrolling. @module */
import type { MessagesView } from "../../protocol.ts";
import { conversation, type PageState, takeMessages } from "../../view/state.ts";

/** How many messages are made in one frame. */
const AT_ONCE = 10;

/** Sessions whose earlier messages are being read. */
const reading = new Set<string>();

/**
 * Reads a page of earlier messages, and takes it, the newest first; once at a time for a session.
 *
 * @param show Shows what was taken.
 */
export async function readOlder(
  state: PageState,
  sessionId: string,
  read: (before: string) => Promise<MessagesView | undefined>,
  show: () => void,
): Promise<void> {
  const { before } = conversation(state, sessionId);
  if (before === undefined || reading.has(sessionId)) return;
  reading.add(sessionId);
  try {
    const page = await read(before);
    if (page) await takeOlder(state, sessionId, page, before, show);
  } finally {
    reading.delete(sessionId);
  }
}

/** What was asked for stays in `before` until all of the page is shown. */
async function takeOlder(
  state: PageState,
  sessionId: string,
  page: MessagesView,
  before: string,
  show: () => void,
): Promise<void> {
  let start = page.messages.length;
  do {
    const end = start;
    start = Math.max(0, end - AT_ONCE);
    const messages = page.messages.slice(start, end);
    const more = start > 0 ? before : page.before;
    takeMessages(state, sessionId, { messages, ...more !== undefined && { before: more } }, true);
    show();
    if (start > 0) await nextFrame();
  } while (start > 0);
}

/** A hidden page gets no frames. */
function nextFrame(): Promise<unknown> {
  return new Promise((resolve) =>
    document.hidden ? setTimeout(resolve, 0) : requestAnimationFrame(resolve)
  );
}
