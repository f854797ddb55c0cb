/**
 * Ctrl-C and its kin: the first asks the turn to end, and the exit code says which it was.
 *
 * @module
 */
import type { Io } from "./io.ts";

/** The user, or the system, wants the program to end. */
export class Interrupted extends Error {
  /** What the process ends with: 128 and the signal's number. */
  readonly exitCode: number;
  override get name(): string {
    return "Interrupted";
  }
  constructor(signal: "SIGINT" | "SIGTERM" | "SIGHUP") {
    super(`Interrupted by ${signal}`);
    this.exitCode = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal];
  }
}

/** A signal that aborts when the user interrupts, until it is disposed of. */
export function interruption(io: Io): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const dispose = io.onInterrupt((signal) => controller.abort(new Interrupted(signal)));
  return { signal: controller.signal, dispose };
}
