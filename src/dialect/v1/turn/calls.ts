/**
 * The tool calls and the rounds of a turn, subagents included.
 *
 * @module
 */
import type { ToolPart } from "../../../api/types.gen.ts";
import type { ToolEvent } from "../../events.ts";
import { callInput, toolEvent, waitsForSubagent } from "../parts.ts";

/** Tool calls, known by their part: providers repeat the ids of their calls. */
export class ToolCalls {
  /** Calls that run now; one that waits for a subagent is none: the subagent is. */
  readonly running: Set<string> = new Set();
  readonly #known = new Map<string, { part: ToolPart; shown: string }>();

  /** Takes a call's present state; returns its event where that is new. */
  take(part: ToolPart): ToolEvent | undefined {
    const { status } = part.state;
    const shown = JSON.stringify(part.state);
    const known = this.#known.get(part.id);
    if (known?.shown === shown) return undefined;
    const before = known?.part.state.status;
    if (before === "completed" || before === "error") return undefined;
    this.#known.set(part.id, { part, shown });
    if (status === "running" && !waitsForSubagent(part)) this.running.add(part.id);
    else this.running.delete(part.id);
    return toolEvent(part);
  }

  /** The arguments of a call, once they are known. */
  inputOf(messageId: string, callId: string): Record<string, unknown> | undefined {
    return callInput([...this.#known.values()].map(({ part }) => part), messageId, callId);
  }
}

/** Rounds of the model. */
export class Rounds {
  /** How many have begun. */
  begun = 0;
  readonly #seen = new Set<string>();
  /** How many of a session's last rounds gave nothing at all. */
  readonly #empty = new Map<string, number>();

  /** A round begins; `false` where it is known. */
  begin(sessionId: string, partId: string): boolean {
    if (this.#seen.has(partId)) return false;
    this.#seen.add(partId);
    this.begun++;
    this.#empty.set(sessionId, (this.#empty.get(sessionId) ?? 0) + 1);
    return true;
  }

  /** The present round of a session gave something. */
  filled(sessionId: string): void {
    this.#empty.set(sessionId, 0);
  }

  /** How many rounds in a row gave nothing at all, in the session where it is worst. */
  get empty(): number {
    return Math.max(0, ...this.#empty.values());
  }
}
