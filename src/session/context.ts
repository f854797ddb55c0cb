/**
 * What the sessions of one server share.
 *
 * @module
 */
import type { Dialect } from "../dialect/types.ts";
import type { Ledger } from "../budget/ledger.ts";
import type { Grants } from "../permissions/grants.ts";
import type { Guard } from "../permissions/guard.ts";
import type { Choices } from "./choices.ts";
import type { Clock } from "../async/clock.ts";
import type { TurnObserver } from "./turn/observer.ts";
import type { PromptOptions } from "./options.ts";

/** What a session needs to know of a server that we started. */
export interface OwnedServer {
  readonly running: boolean;
  /** What to throw when it ended during a turn, with the last lines that it wrote. */
  exitError(): Error;
}

/** A turn on its way. */
export interface RunningTurn {
  readonly sessionId: string;
  abort(reason?: unknown): Promise<void>;
}

/** Shared by all sessions of one facade. */
export interface SessionContext {
  /** How the server is spoken to. */
  readonly dialect: Dialect;
  /** Where relative paths start, and the directory of new sessions. */
  readonly directory: string;
  readonly defaults: PromptOptions;
  readonly clock: Clock;
  /** Holds sessions to their policies. */
  readonly guard?: Guard | undefined;
  /** What was allowed for good in each session. */
  readonly grants: Grants;
  /** Counts what all turns take. */
  readonly ledger?: Ledger | undefined;
  /** Knows the models and agents that the server has. */
  readonly choices?: Choices | undefined;
  /** Watches turns. */
  readonly observer?: TurnObserver | undefined;
  /** The server, where it is ours. */
  readonly server?: OwnedServer | undefined;
  /** Aborts when the facade is closed, with what calls are told from then on. */
  readonly closing?: AbortSignal | undefined;
  /** Called when our server ends unexpectedly. */
  readonly exitListeners: Set<(error: Error) => void>;
  /** Says what a caller should know and no error can carry. */
  warn(message: string): void;
  /** Turns that run now, to end them at the close. */
  readonly turns: Set<RunningTurn>;
  /** The tail of each session's queue: prompts of one session go one after another. */
  readonly queues: Map<string, Promise<void>>;
}

/**
 * Waits for this session's turn before, and returns the function that releases the next one: the server
 * merges prompts that come while it is busy into one answer (server 1.18.33).
 */
export async function takeTurn(context: SessionContext, sessionId: string): Promise<() => void> {
  const { queues } = context;
  const before = queues.get(sessionId);
  let release!: () => void;
  const mine = new Promise<void>((resolve) => release = resolve);
  queues.set(sessionId, mine);
  await before;
  return () => {
    if (queues.get(sessionId) === mine) queues.delete(sessionId);
    release();
  };
}
