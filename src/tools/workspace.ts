/**
 * What the built-in tools share: the boundary, the environment, the permissions by file, the locks.
 *
 * @module
 */
import { mayShow as mayShowUnder, type ToolPermissions } from "./permissions.ts";
import type { Ripgrep } from "./search/ripgrep.ts";
import type { CommandSet } from "../process/tree.ts";
import type { Sandbox } from "./files/sandbox.ts";
import type { JsonSchemaObject } from "../schema/types.ts";

/** The surroundings of the built-in tools of one executor. */
export interface Workspace {
  readonly sandbox: Sandbox;
  readonly permissions: ToolPermissions | undefined;
  /** Added to the scrubbed environment of commands. */
  readonly env: Readonly<Record<string, string>>;
  /** The default bound of a command, in milliseconds. */
  readonly timeout: number;
  /** How many bytes of a command's output, or of a file, the model is shown. */
  readonly maxOutput: number;
  readonly ripgrep: Ripgrep;
  readonly commands: CommandSet;
}

/** One after the other for each key, side by side for different ones. */
class Locks {
  #last = new Map<string, Promise<unknown>>();

  /** Runs after all that came before with this key. */
  async run<T>(key: string, action: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(action, action);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}

/** By a file's real path: of all executors of this process one at a time changes it. */
export const fileLocks: Locks = new Locks();

/** Tells which of the files that a search finds may be shown, by their paths from the working directory. */
export function mayShow(workspace: Workspace, tool: "glob" | "grep"): (path: string) => boolean {
  return mayShowUnder(workspace.permissions, tool);
}

/** A path as a list of lines shows it: quoted where it holds what could pass for another line. */
export function shownPath(path: string): string {
  // deno-lint-ignore no-control-regex
  return /[\0-\x1f\x7f-\x9f\u2028\u2029]/.test(path) ? JSON.stringify(path) : path;
}

/** A JSON Schema for an object with these properties; others are refused. */
export function objectSchema(
  properties: Record<string, JsonSchemaObject>,
  required: readonly string[],
): JsonSchemaObject {
  return { type: "object", properties, required: [...required], additionalProperties: false };
}

/** `"1 file"`, `"3 files"`. */
export function count(n: number, noun: string, plural: string = noun + "s"): string {
  return `${n} ${n === 1 ? noun : plural}`;
}
