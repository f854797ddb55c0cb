/**
 * What goes on now: the events of the server for the pages, the turns that the pages started, and
 * what waits for an answer.
 *
 * @module
 */
import type { Opencode } from "../facade/opencode.ts";
import type { ServerEvent } from "../client/events.ts";
import type { PermissionHandler, QuestionHandler } from "../session/requests.ts";
import type { PromptOptions } from "../session/options.ts";
import type { Permissions } from "../permissions/restrict.ts";
import type { Session } from "../session/session.ts";
import { Grants } from "../permissions/grants.ts";
import { sleep } from "../async/abort.ts";
import { Answers } from "./answers.ts";
import { Refusal } from "./body.ts";
import { EventLog } from "./event_log.ts";
import { Texts } from "./texts.ts";
import type { PageEvent, PermissionView, QuestionRequestView, StatusView } from "./protocol.ts";
import { pageEvent, permissionView, questionView, statusView } from "./views.ts";

/** The answer to a permission. */
export interface PermissionAnswer {
  reply: "once" | "always" | "reject";
  message?: string;
}

/** How long to wait before the server is asked for again, in milliseconds: at first, at most. */
const AGAIN = [300, 5_000] as const;

/** Follows one agent for all pages. */
export class Live {
  /** The events, for the pages. */
  readonly log = new EventLog();
  /** What streams now. */
  readonly texts = new Texts();
  /** What waits for an answer. */
  readonly permissions = new Map<string, PermissionView>();
  readonly questions = new Map<string, QuestionRequestView>();
  /** Sessions that do something now. */
  readonly busy = new Map<string, StatusView>();
  /** What was allowed for good on the page. */
  readonly #grants = new Grants();
  readonly #permissionAnswers = new Answers<PermissionAnswer>();
  readonly #questionAnswers = new Answers<string[][] | null>();
  readonly #ai: Opencode;
  readonly #signal: AbortSignal;
  readonly #permissions: Permissions;
  #following: Promise<void> | undefined;
  #lost = false;

  /**
   * @param signal Ends it.
   * @param permissions What the server's tools may do in turns of the page.
   */
  constructor(ai: Opencode, signal: AbortSignal, permissions: Permissions) {
    this.#ai = ai;
    this.#permissions = permissions;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.log.end(), { once: true });
  }

  /**
   * Starts the agent where it has not started, and follows it; resolves once events are heard.
   *
   * @throws {Refusal} The server is gone, and not back yet.
   */
  async start(): Promise<void> {
    if (this.#lost) throw new Refusal(503, "The opencode server is gone; waiting for it …");
    await this.#follow();
  }

  #follow(): Promise<void> {
    return this.#following ??= this.#connect().catch((error) => {
      this.#following = undefined;
      throw error;
    });
  }

  /** Sends a prompt; what comes of it is told by events. */
  async prompt(session: Session, text: string, options: PromptOptions): Promise<string> {
    const turn = session.stream(text, {
      ...options,
      permissions: this.#permissions,
      // under the others the server asks nobody
      ...!/readonly|deny/.test(this.#permissions) && { onPermission: this.#onPermission },
      onQuestion: this.#onQuestion,
      signal: this.#signal,
    });
    turn.settled.then(({ error, outcome }) => {
      if (error === undefined || outcome === "aborted") return;
      const message = error instanceof Error ? error.message : String(error);
      this.#push({ type: "error", sessionId: session.id, message });
    });
    return await Promise.resolve(turn.messageId);
  }

  /** Answers a permission, of a turn of this process or of another client's. */
  async answerPermission(id: string, answer: PermissionAnswer): Promise<void> {
    const request = this.permissions.get(id);
    if (request && answer.reply === "always") this.#grants.add(request.sessionId, request);
    await this.#permissionAnswers.give(id, answer, () => this.#reply(id, answer));
  }

  /** The server would take "always" for the whole directory: it hears "once". */
  async #reply(requestID: string, { reply, message }: PermissionAnswer): Promise<void> {
    await this.#ai.client.permission.reply({
      requestID,
      directory: this.#ai.directory,
      reply: reply === "always" ? "once" : reply,
      ...message !== undefined && { message },
    });
  }

  /** Whether a request was allowed for good; then it is answered. */
  #isGranted(request: PermissionView): boolean {
    if (!this.#grants.covers(request.sessionId, request)) return false;
    // a turn of this process may be faster
    this.#reply(request.id, { reply: "once" }).catch(() => {});
    return true;
  }

  /** Answers questions; `null` dismisses them. */
  async answerQuestion(id: string, answers: string[][] | null): Promise<void> {
    const { client, directory } = this.#ai;
    await this.#questionAnswers.give(
      id,
      answers,
      () =>
        answers === null
          ? client.question.reject({ requestID: id, directory })
          : client.question.reply({ requestID: id, directory, answers }),
    );
  }

  readonly #onPermission: PermissionHandler = ({ id }, { signal }) =>
    this.#permissionAnswers.wait(id, signal);

  readonly #onQuestion: QuestionHandler = ({ id }, { signal }) =>
    this.#questionAnswers.wait(id, signal);

  async #connect(): Promise<void> {
    await this.#ai.start();
    const { client, directory } = this.#ai;
    const lost = () => {
      this.#lost = true;
      this.#push({ type: "server", up: false });
      this.#following = this.#again();
    };
    const subscription = await client.subscribe({
      events: (batch) => this.#take(batch),
      // at once, not only when the connection is given up: who watches a turn sees it stand still
      down: () => this.#push({ type: "server", up: false }),
      gap: () => {
        this.#push({ type: "server", up: true });
        void this.#resync().catch(() => this.#push({ type: "reset" }));
      },
      lost,
    }, { directory, signal: this.#signal });
    try {
      await this.#resync();
    } catch (error) {
      // it is tried again, and nothing may come twice then
      subscription.close();
      throw error;
    }
  }

  /** Tries until the server is back, or the page's server is closed. */
  async #again(): Promise<void> {
    for (let wait: number = AGAIN[0];; wait = Math.min(wait * 2, AGAIN[1])) {
      try {
        await sleep(wait, this.#signal);
        await this.#connect();
        return this.#push({ type: "server", up: true });
      } catch {
        if (this.#signal.aborted) return;
      }
    }
  }

  /** Events may be missing: pages read everything anew, and what waits is asked for. */
  async #resync(): Promise<void> {
    const { client, directory } = this.#ai;
    const call = { signal: this.#signal };
    const [status, permissions, questions] = await Promise.all([
      client.session.status({ directory }, call),
      // the server can fail to say what is pending (1.18.33)
      client.permission.list({ directory }, call).catch(() => []),
      client.question.list({ directory }, call).catch(() => []),
    ]);
    this.busy.clear();
    for (const [id, state] of Object.entries(status)) this.busy.set(id, statusView(state));
    this.permissions.clear();
    for (const request of permissions) this.permissions.set(request.id, permissionView(request));
    this.questions.clear();
    for (const request of questions) this.questions.set(request.id, questionView(request));
    this.#lost = false;
    this.#push({ type: "reset" });
  }

  #take(batch: readonly ServerEvent[]): void {
    for (const event of batch) {
      const shown = pageEvent(event);
      if (shown) this.#push(shown);
    }
  }

  #push(event: PageEvent): void {
    if (event.type === "permission") {
      if (this.#isGranted(event.request)) return;
      this.permissions.set(event.request.id, event.request);
    } else if (event.type === "question") this.questions.set(event.request.id, event.request);
    else if (event.type === "answered") {
      this.permissions.delete(event.requestId);
      this.questions.delete(event.requestId);
    } else if (event.type === "status") {
      if (event.status.state === "idle") this.#idle(event.sessionId);
      else this.busy.set(event.sessionId, event.status);
    }
    this.log.push(this.texts.take(event));
  }

  /** A session that is idle waits for nothing. */
  #idle(sessionId: string): void {
    this.busy.delete(sessionId);
    for (const waiting of [this.permissions, this.questions]) {
      for (const [id, request] of waiting) {
        if (request.sessionId === sessionId) waiting.delete(id);
      }
    }
  }
}
