/**
 * What a turn reports to its caller, and the bounds that this can exceed.
 *
 * @module
 */
import type { ServerTurnEvent } from "../../dialect/events.ts";
import type { Progress, Taken, TurnReader } from "../../dialect/types.ts";
import type { Clock } from "../../async/clock.ts";
import type { TurnEvent } from "../events.ts";
import type { TurnLimits } from "../options.ts";
import { Bounds } from "./bounds.ts";

/** What an {@linkcode Output} needs. */
export interface OutputOptions {
  clock: Clock;
  limits: Required<TurnLimits>;
  /** Whether the events are kept. */
  collect: boolean;
  /** A tool's own name for the one that the server has for it. */
  ownName(name: string): string;
  emit(event: TurnEvent): void;
  /** Is told what the turn and its subagents have taken so far. */
  took(taken: Taken): void;
  fail(error: unknown): void;
}

/** Tells of events. */
export class Output {
  /** What was told, where it is kept. */
  readonly events: TurnEvent[] = [];
  readonly #options: OutputOptions;
  readonly #bounds: Bounds;

  constructor(options: OutputOptions, sessionId: string) {
    this.#options = options;
    this.#bounds = new Bounds(options.limits, sessionId);
  }

  /** Tells of one. */
  emit(event: TurnEvent): void {
    if (this.#options.collect) this.events.push(event);
    this.#options.emit(event);
  }

  /** Tells of what the server sent, and ends the turn at the first bound that it passes. */
  take(events: readonly ServerTurnEvent[], reader: TurnReader): void {
    const { clock, ownName, fail } = this.#options;
    const at = (): Progress => reader.progress;
    for (const event of events) {
      if (event.type === "tool") event.name = ownName(event.name);
      this.emit(event);
      const wait = event.type === "retry" ? event.next - clock.now() : 0;
      const error = this.#bounds.event(event, wait, at);
      if (error) fail(error);
    }
    const { taken } = reader;
    this.#options.took(taken);
    const error = this.#bounds.taken(taken, at);
    if (error) fail(error);
  }
}
