/**
 * Termination signals such as Ctrl-C: the first ends the turn, the second leaves at once.
 *
 * @module
 */
import type { InterruptSignal, Io } from "./io.ts";

const NUMBERS: Record<InterruptSignal, number> = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

/** The user, or the system, wants the program to end. */
export class Interrupted extends Error {
  /** What the process ends with: 128 and the signal's number. */
  readonly exitCode: number;
  override get name(): string {
    return "Interrupted";
  }
  constructor(signal: InterruptSignal) {
    super(`Interrupted by ${signal}`);
    this.exitCode = 128 + NUMBERS[signal];
  }
}

/** What a call makes of signals. */
export interface Interruption {
  /** Aborts at the first. */
  readonly signal: AbortSignal;
  /** Rejects at the second. */
  readonly left: Promise<never>;
  /** Sends Ctrl-C to this listener instead, until the returned function is called. */
  claim(listener: () => void): () => void;
  /** Listens no longer. */
  dispose(): void;
}

/**
 * Listens for termination signals.
 *
 * @param onFirst Called at the first.
 */
export function interruption(io: Io, onFirst: () => void = () => {}): Interruption {
  const controller = new AbortController();
  let leave!: (reason: Interrupted) => void;
  const left = new Promise<never>((_, reject) => leave = reject);
  left.catch(() => {}); // there need not be a second
  const claims: (() => void)[] = [];
  const dispose = io.onInterrupt((signal) => {
    const claimed = claims.at(-1);
    if (signal === "SIGINT" && claimed && !controller.signal.aborted) return claimed();
    const reason = new Interrupted(signal);
    if (controller.signal.aborted) return leave(reason);
    controller.abort(reason);
    onFirst();
  });
  const claim = (listener: () => void) => {
    claims.push(listener);
    return () => void claims.splice(claims.lastIndexOf(listener), 1);
  };
  return { signal: controller.signal, left, claim, dispose };
}
