/**
 * Holds a policy where the server's configuration does not: by rules of the session.
 *
 * A session's rules come after all others, and hold for its own calls. Its subagents inherit what it
 * denies and nothing else (server 1.18.33), so that a session whose handler is to be asked may not
 * start any.
 *
 * @module
 */
import type { OpencodeClient } from "../client/client.ts";
import { InvalidArgumentError } from "../errors.ts";
import { refuseShell, type UsedCommand } from "./commands.ts";
import { equal, escaping, type Listed, type Overlay, withoutOurs } from "./overlay.ts";
import { type Policy, READING, restrict, type Rule } from "./restrict.ts";

/** What the server was started with. */
export interface Covered {
  /** The policy. */
  policy: Policy;
  /** What it added to the configuration. */
  overlay: Overlay;
}

/** What a turn is to be held to. */
export interface Wanted {
  /** The policy; `undefined` for the user's own rules. */
  policy: Policy | undefined;
  /** The agent that answers. @default {the session's, else the server's default} */
  agent?: string | undefined;
  /** The server's tools that the caller switches on or off. */
  serverTools?: Readonly<Record<string, boolean>> | undefined;
  /** Whether the prompt itself starts subagents. */
  starts?: boolean;
  /** The server's command that the prompt is. */
  command?: UsedCommand | undefined;
}

/** A session, as far as rules go. */
export interface Guarded {
  readonly id: string;
  readonly directory: string;
}

interface Place {
  agents: Listed["agents"];
  unasked: string[];
}

/**
 * The tools that the server always has; they ask its rules before they run (server 1.18.33). Where
 * another name is listed, a custom tool has it, which asks nothing.
 */
const ASKING = new Set([
  ...["invalid", "question", "bash", "read", "glob", "grep", "edit", "write", "task"],
  ...["webfetch", "todowrite", "websearch", "skill", "apply_patch"],
]);

/** How a block of rules of ours begins, to be known again. */
const BEGINS = "* *";

/** The agents and tools of a directory. */
export async function listed(
  client: OpencodeClient,
  directory: string,
  signal?: AbortSignal,
): Promise<Place> {
  const call = signal ? { signal } : {};
  const [agents, ids] = await Promise.all([
    client.app.agents({ directory }, call) as Promise<unknown> as Promise<Listed["agents"]>,
    client.tool.ids({ directory }, call),
  ]);
  const custom = ids.filter((id, at) => !ASKING.has(id) || ids.indexOf(id) !== at);
  return { agents, unasked: [...new Set(custom.map(permissionOf))] };
}

/** Keeps sessions to their policies. */
export class Guard {
  readonly #covered: Covered | undefined;
  readonly #client: OpencodeClient;
  readonly #warn: (message: string) => void;
  /** Directories where the configuration holds the server's policy. */
  readonly #safe = new Set<string>();
  /** Sessions with rules of ours. */
  readonly #marked = new Set<string>();

  constructor(
    client: OpencodeClient,
    covered: Covered | undefined,
    warn: (message: string) => void,
  ) {
    this.#client = client;
    this.#covered = covered;
    this.#warn = warn;
  }

  /** Sees to it, before a prompt is sent, that the policy holds for it. */
  async prepare(
    session: Guarded,
    rules: readonly Rule[],
    wanted: Wanted,
    signal: AbortSignal,
  ): Promise<void> {
    const { policy, serverTools } = wanted;
    const marked = this.#marked.has(session.id) || rules.some(isMark);
    // a prompt may be freer than the server that was started for it
    if (policy === undefined && !marked && this.#covered === undefined) return;
    const { id, directory } = session;
    if (policy !== undefined && wanted.command) {
      await refuseShell(this.#client, wanted.command, directory, signal);
    }
    const call = { sessionID: id, directory };
    // not what was known of it once: `serverTools` and other programs change a session's rules
    const { agent: its, permission: there = [] } = await this.#client.session.get(call, {
      signal,
    }) as { agent?: string; permission?: readonly Rule[] };
    let place: Place | undefined;
    const look = async () => place ??= await listed(this.#client, directory, signal);
    const covered = policy !== undefined && await this.#covers(policy, directory, look);
    const loose = there.some(({ action, permission }) =>
      action !== "deny" && !permission.startsWith("localtools_")
    );
    const held = marked || there.some(isMark);
    if (covered && serverTools === undefined && !loose && !held) return;
    if (policy === "ask" && !covered && wanted.starts) {
      throw new InvalidArgumentError(
        "Cannot start subagents here with a permission handler: this server would not ask it about their calls. Give the handler, or `permissions`, to the Opencode that starts the server",
      );
    }
    const { agents, unasked } = await look();
    const name = wanted.agent ?? its;
    const agent = agents.find((one) => one.name === name) ?? agents[0];
    const own = withoutOurs(agent?.permission ?? [], this.#covered?.overlay);
    const first = there.findIndex(isMark);
    const before = first === -1 ? there : there.slice(0, first);
    const base = policy === undefined
      ? [...own, ...before]
      : restrict([...own, ...before.filter(({ action }) => action === "deny")], policy, unasked);
    const block: Rule[] = [
      // a denial would be inherited
      { permission: BEGINS, pattern: "*", action: policy === undefined ? "allow" : "ask" },
      ...base,
      ...policy === undefined ? [] : switched(policy, serverTools),
      ...policy === "ask" && !covered
        ? [{ permission: "task", pattern: "*", action: "deny" } as const]
        : [],
    ];
    const last = there.findLastIndex(isMark);
    const present = last === -1
      ? []
      : there.slice(last).filter(({ permission }) => !permission.startsWith("localtools_"));
    this.#marked.add(id);
    if (equal(present, block)) return;
    await this.#client.session.update({ ...call, permission: block }, { signal });
  }

  async #covers(policy: Policy, directory: string, look: () => Promise<Place>): Promise<boolean> {
    const covered = this.#covered;
    if (covered?.policy !== policy) return false;
    if (this.#safe.has(directory)) return true;
    const place = await look();
    const names = escaping(covered.overlay, policy, place);
    if (names.length === 0 && place.unasked.length === 0) {
      this.#safe.add(directory);
      return true;
    }
    this.#warn(
      `The configuration of ${directory} has rules of its own for ${
        [...names, ...place.unasked].join(", ")
      }: sessions there are held by rules of the session`,
    );
    return false;
  }

  /** Says that the configuration holds the server's policy in a directory. */
  trust(directory: string): void {
    this.#safe.add(directory);
  }
}

/** The rules for tools that the caller switches on or off, under a policy. */
function switched(policy: Policy, tools: Readonly<Record<string, boolean>> = {}): Rule[] {
  return Object.entries(tools).flatMap(([tool, on]): Rule[] => {
    const permission = permissionOf(tool);
    if (!on) return [{ permission, pattern: "*", action: "deny" }];
    if (policy === "ask") return [{ permission, pattern: "*", action: "ask" }];
    const reads = policy === "readonly" && READING.includes(permission);
    return reads && permission !== "read" ? [{ permission, pattern: "*", action: "allow" }] : [];
  });
}

/** The permission that a tool of the server asks for. */
function permissionOf(tool: string): string {
  return ["write", "edit", "multiedit", "patch", "apply_patch"].includes(tool) ? "edit" : tool;
}

function isMark({ permission, pattern }: Rule): boolean {
  return permission === BEGINS && pattern === "*";
}
