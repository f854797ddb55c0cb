/**
 * The sessions of a turn: its own, and those of the subagents below it.
 *
 * @module
 */
import type { AssistantMessage } from "../../../api/types.gen.ts";
import type { SubagentEvent, Usage } from "../../events.ts";
import { usageOf } from "../../usage.ts";

/** Which sessions are of a turn, and what they have taken. */
export class Tree {
  readonly #sessions = new Map<string, { parentId: string; title: string; busy: boolean }>();
  readonly #spent = new Map<string, { usage: Usage; cost: number }>();

  constructor(root: string) {
    this.#sessions.set(root, { parentId: "", title: "", busy: true });
  }

  /** Whether a session is of the turn. */
  has(sessionId: string): boolean {
    return this.#sessions.has(sessionId);
  }

  /** Takes what the server says of a session; the event where it is a subagent that begins. */
  adopt(info: unknown): SubagentEvent | undefined {
    const { id, parentID, title } = (info ?? {}) as {
      id: string;
      parentID?: string;
      title: string;
    };
    if (!parentID || !this.has(parentID) || this.has(id)) return undefined;
    this.#sessions.set(id, { parentId: parentID, title, busy: true });
    return { type: "subagent", status: "started", sessionId: id, parentId: parentID, title };
  }

  /** A subagent is idle; its event, once. */
  finish(sessionId: string): SubagentEvent | undefined {
    const child = this.#sessions.get(sessionId);
    if (!child?.busy) return undefined;
    child.busy = false;
    const { parentId, title } = child;
    return { type: "subagent", status: "finished", sessionId, parentId, title };
  }

  /** Takes what a message took. */
  spend(info: AssistantMessage): void {
    if (this.has(info.sessionID)) this.#spent.set(info.id, usageOf(info));
  }

  /** Tokens and dollars of the whole tree. */
  get spent(): { usage: Usage; cost: number } {
    const usage: Usage = { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 };
    let cost = 0;
    for (const one of this.#spent.values()) {
      for (const key of Object.keys(usage) as (keyof Usage)[]) usage[key] += one.usage[key];
      cost += one.cost;
    }
    return { usage, cost };
  }
}
