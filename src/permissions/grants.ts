/**
 * What was allowed for good in a session.
 *
 * The server (1.18.33) keeps an answer "always" for the whole directory, for all of its sessions and
 * clients. So it is told "once", and what a person allowed is remembered here: for the session of the
 * turn and its subagents, as long as this program runs.
 *
 * @module
 */
import { matchesWildcard } from "../text/wildcard.ts";

/** A request for a permission, as far as it can be allowed for good. */
export interface Grantable {
  /** What it is about, such as `bash`. */
  readonly permission: string;
  /** What exactly: commands, paths, addresses. */
  readonly patterns: readonly string[];
  /** The patterns that an answer "always" allows. */
  readonly always: readonly string[];
}

/** What was allowed for good, for each session. */
export class Grants {
  readonly #granted = new Map<string, Map<string, Set<string>>>();

  /** Remembers an answer "always". */
  add(sessionId: string, { permission, always }: Grantable): void {
    let granted = this.#granted.get(sessionId);
    if (!granted) this.#granted.set(sessionId, granted = new Map());
    const patterns = granted.get(permission);
    if (!patterns) granted.set(permission, new Set(always));
    else for (const pattern of always) patterns.add(pattern);
  }

  /** Whether all that a request is about was allowed for good. */
  covers(sessionId: string, { permission, patterns }: Grantable): boolean {
    const granted = this.#granted.get(sessionId)?.get(permission);
    if (granted === undefined || patterns.length === 0) return false;
    return patterns.every((subject) =>
      [...granted].some((pattern) => matchesWildcard(pattern, subject))
    );
  }
}
