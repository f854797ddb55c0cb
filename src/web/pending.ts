/**
 * Requests that wait for an answer of the page: permissions, or questions.
 *
 * @module
 */
import { Grants } from "../permissions/grants.ts";
import { Answers } from "./answers.ts";
import type { PermissionView } from "./protocol.ts";

/** Requests of one kind, and their answers. */
export class Pending<R extends { id: string; sessionId: string }, A> {
  readonly #requests = new Map<string, R>();
  readonly #answers = new Answers<A>();

  /** @param send Sends an answer to the server, where no turn of this process waits for it. */
  constructor(readonly send: (id: string, answer: A) => Promise<unknown>) {}

  /** All that wait. */
  get all(): R[] {
    return [...this.#requests.values()];
  }

  /** One that waits. */
  get(id: string): R | undefined {
    return this.#requests.get(id);
  }

  /** Takes a request. Returns whether the page is to answer it. */
  add(request: R): boolean {
    this.#requests.set(request.id, request);
    return true;
  }

  /** Forgets a request that has its answer. */
  remove(id: string): void {
    this.#requests.delete(id);
  }

  /** Forgets those of a session that waits for nothing. */
  removeSession(sessionId: string): void {
    for (const [id, request] of this.#requests) {
      if (request.sessionId === sessionId) this.#requests.delete(id);
    }
  }

  /** Takes what the server says is pending, in place of all that was known. */
  reset(requests: readonly R[]): void {
    this.#requests.clear();
    for (const request of requests) this.#requests.set(request.id, request);
  }

  /** Answers a request, of a turn of this process or of another client's. */
  async answer(id: string, answer: A): Promise<void> {
    await this.#answers.give(id, answer, () => this.send(id, answer));
  }

  /** What a turn of this process asks; resolves with the page's answer. */
  readonly handler = ({ id }: { id: string }, { signal }: { signal: AbortSignal }): Promise<A> =>
    this.#answers.wait(id, signal);
}

/** The answer to a permission. */
export interface PermissionAnswer {
  reply: "once" | "always" | "reject";
  message?: string;
}

/** Permissions: what was allowed for good on the page is not asked again. */
export class PendingPermissions extends Pending<PermissionView, PermissionAnswer> {
  readonly #grants = new Grants();

  override add(request: PermissionView): boolean {
    if (!this.#grants.covers(request.sessionId, request)) return super.add(request);
    // a turn of this process may be faster
    this.send(request.id, { reply: "once" }).catch(() => {});
    return false;
  }

  override async answer(id: string, answer: PermissionAnswer): Promise<void> {
    const request = this.get(id);
    if (request && answer.reply === "always") this.#grants.add(request.sessionId, request);
    await super.answer(id, answer);
  }
}
