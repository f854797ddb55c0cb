/** Earlier messages, a few in each frame: making all of them at once would stop the scrolling. @module */
import type { MessagesView } from "../../protocol.ts";
import { type PageState, takeMessages } from "../../view/state.ts";

/** How many messages are made in one frame. */
const AT_ONCE = 10;

/**
 * Takes a page of earlier messages, the newest first.
 *
 * @param before What was asked for; it stays until all of the page is shown.
 * @param show Shows what was taken.
 */
export async function takeOlder(
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
