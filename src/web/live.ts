/**
 * What goes on now: the events of the server for the pages, the turns that the pages started, and
 * what waits for an answer.
 *
 * @module
 */
import type { Opencode } from "../facade/opencode.ts";
import type { PromptOptions } from "../session/options.ts";
import type { Permissions } from "../permissions/restrict.ts";
import type { Session } from "../session/session.ts";
import { EventLog } from "./event_log.ts";
import { Follower } from "./follower.ts";
import { Pending, PendingPermissions } from "./pending.ts";
import { Texts } from "./texts.ts";
import type { PageEvent, QuestionRequestView, StatusView } from "./protocol.ts";
import { pageEvent, permissionView, questionView, statusView } from "./views.ts";

/** Follows one agent for all pages. */
export class Live {
  /** The events, for the pages. */
  readonly log = new EventLog();
  /** What streams now. */
  readonly texts = new Texts();
  /** Sessions that do something now. */
  readonly busy = new Map<string, StatusView>();
  /** What waits for an answer. */
  readonly permissions: PendingPermissions;
  /** Questions that wait; `null` dismisses one. */
  readonly questions: Pending<QuestionRequestView, string[][] | null>;
  readonly #ai: Opencode;
  readonly #signal: AbortSignal;
  readonly #policy: Permissions;
  readonly #follower: Follower;

  /**
   * @param signal Ends it.
   * @param policy What the server's tools may do in turns of the page.
   */
  constructor(ai: Opencode, signal: AbortSignal, policy: Permissions) {
    this.#ai = ai;
    this.#policy = policy;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.log.end(), { once: true });
    this.#follower = new Follower(ai, signal, {
      events: (batch) => {
        for (const event of batch) {
          const shown = pageEvent(event);
          if (shown) this.#push(shown);
        }
      },
      up: (up) => this.#push({ type: "server", up }),
      resync: () => this.#resync(),
      reset: () => this.#push({ type: "reset" }),
    });
    this.permissions = new PendingPermissions((requestID, { reply, message }) =>
      ai.client.permission.reply({
        requestID,
        directory: ai.directory,
        // the server would take "always" for the whole directory
        reply: reply === "always" ? "once" : reply,
        ...message !== undefined && { message },
      })
    );
    this.questions = new Pending((requestID, answers) => {
      const { client, directory } = ai;
      return answers === null
        ? client.question.reject({ requestID, directory })
        : client.question.reply({ requestID, directory, answers });
    });
  }

  /**
   * Starts the agent where it has not started, and follows it; resolves once events are heard.
   *
   * @throws {Refusal} The server is gone, and not back yet.
   */
  async start(): Promise<void> {
    await this.#follower.start();
  }

  /** Sends a prompt; what comes of it is told by events. */
  async prompt(session: Session, text: string, options: PromptOptions): Promise<string> {
    const turn = session.stream(text, {
      ...options,
      permissions: this.#policy,
      // under the others the server asks nobody
      ...!/readonly|deny/.test(this.#policy) && { onPermission: this.permissions.handler },
      onQuestion: this.questions.handler,
      signal: this.#signal,
    });
    turn.settled.then(({ error, outcome }) => {
      if (error === undefined || outcome === "aborted") return;
      const message = error instanceof Error ? error.message : String(error);
      this.#push({ type: "error", sessionId: session.id, message });
    });
    return await Promise.resolve(turn.messageId);
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
    this.permissions.reset(permissions.map(permissionView));
    this.questions.reset(questions.map(questionView));
    this.#push({ type: "reset" });
  }

  #push(event: PageEvent): void {
    if (event.type === "permission") {
      if (!this.permissions.add(event.request)) return;
    } else if (event.type === "question") this.questions.add(event.request);
    else if (event.type === "answered") {
      this.permissions.remove(event.requestId);
      this.questions.remove(event.requestId);
    } else if (event.type === "status") {
      if (event.status.state === "idle") this.#idle(event.sessionId);
      else this.busy.set(event.sessionId, event.status);
    }
    this.log.push(this.texts.take(event));
  }

  /** A session that is idle waits for nothing. */
  #idle(sessionId: string): void {
    this.busy.delete(sessionId);
    this.permissions.removeSession(sessionId);
    this.questions.removeSession(sessionId);
  }
}
