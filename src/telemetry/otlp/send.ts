/**
 * One delivery to a collector, tried again where that may help.
 *
 * @module
 */
import { linkSignals } from "../../async/abort.ts";
import { backoff } from "../../async/backoff.ts";
import { retryDelay } from "../../http/retry.ts";
import { directFetch } from "../../http/transport.ts";

/** How long one request may take, and how long a collector may ask to wait, in milliseconds. */
const REQUEST_TIMEOUT = 10_000;
const LONGEST_WAIT = 30_000;

/** How much of an answer is read, in characters. */
const LONGEST_ANSWER = 65_536;

/** How often one delivery is tried. */
const TRIES = 5;

/** The waits where a collector asks for none. */
const BACKOFF = { base: 1000 };

/** The answers after which the protocol wants another try. */
const AGAIN = new Set([429, 502, 503, 504]);

/** A delivery. */
export interface Delivery {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** Ends it. */
  signal: AbortSignal;
  /** Waits; cut short where there is no time left. */
  pause(ms: number): Promise<void>;
}

/** How it went: how many items the collector refused, or why none arrived. */
export type Delivered = { rejected: number; why?: string } | { failed: string };

/**
 * Sends; never rejects. Where no answer comes, the batch goes again: the protocol wants that, and
 * prefers spans that arrive twice to spans that are lost.
 * What it says of a failure holds no header and no body.
 */
export async function deliver(delivery: Delivery): Promise<Delivered> {
  for (let tries = 1;; tries++) {
    const { done, again } = await attempt(delivery);
    const last = tries === TRIES || again === undefined || delivery.signal.aborted;
    if (!("failed" in done) || last) return done;
    const wait = retryDelay(tries - 1, again, BACKOFF) ?? LONGEST_WAIT;
    // "at once" is too soon
    await delivery.pause(Math.min(wait || backoff(tries - 1, BACKOFF), LONGEST_WAIT));
    if (delivery.signal.aborted) return done;
  }
}

/** One try; `again` where another may help: the headers, which may say when. */
async function attempt(
  { url, headers, body, signal }: Delivery,
): Promise<{ done: Delivered; again?: Headers }> {
  const timeoutReason = () => new DOMException("It did not answer in time", "TimeoutError");
  const link = linkSignals([signal], { timeout: REQUEST_TIMEOUT, timeoutReason });
  try {
    const response = await directFetch(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body,
      redirect: "manual", // keys go to no other address
      signal: link.signal,
    });
    // one that has accepted a batch must not get it twice
    const text = await beginning(response).catch((error) => {
      if (response.ok) return "";
      throw error;
    });
    const { status } = response;
    if (response.ok) return { done: refusedIn(text) };
    const done = { failed: `it answered ${status || "with a redirect"}` };
    if (!AGAIN.has(status)) return { done };
    return { done, again: response.headers };
  } catch (error) {
    const timeout = error instanceof Error && error.name === "TimeoutError";
    const failed = timeout ? "it did not answer in time" : "it could not be reached";
    const done = { failed: signal.aborted ? "there was no time left" : failed };
    return { done, again: new Headers() };
  } finally {
    link.dispose();
  }
}

/** The first bytes of an answer; what a collector says is short. */
async function beginning({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  let text = "";
  try {
    while (text.length < LONGEST_ANSWER) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      text += decoder.decode(value, { stream: true });
    }
    return text;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** What an answer says was refused. */
function refusedIn(text: string): Delivered {
  try {
    const { partialSuccess } = JSON.parse(text) as {
      partialSuccess?: { rejectedSpans?: string | number; rejectedDataPoints?: string | number };
    };
    const rejected = Number(
      partialSuccess?.rejectedSpans ?? partialSuccess?.rejectedDataPoints ?? 0,
    );
    return { rejected: rejected > 0 ? rejected : 0, why: "it refused them" };
  } catch {
    return { rejected: 0 }; // an empty answer is one
  }
}
