/**
 * The shell commands in the text of the server's commands: the server runs them before the model is
 * asked, and asks no rule (server 1.18.33).
 *
 * @module
 */
import type { OpencodeClient } from "../client/client.ts";
import { InvalidArgumentError } from "../errors.ts";

/** A command of the server (`/name`) that a prompt runs. */
export interface UsedCommand {
  name: string;
  /** Its arguments; the server puts them into the text first. */
  args: string;
}

/**
 * Refuses a command whose text, or whose arguments, the server's shell would run.
 *
 * @throws {InvalidArgumentError} for such a command.
 */
export async function refuseShell(
  client: OpencodeClient,
  { name, args }: UsedCommand,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const found = (await client.command.list({ directory }, { signal }))
    .find((one) => one.name === name);
  if (found === undefined) return; // the server says that there is none
  const template: unknown = found.template;
  // the text of a prompt of an MCP server is known only once it has been used
  const known = typeof template === "string" && found.source !== "mcp";
  const text = known ? template : "";
  const joined = args.includes("`") && `${text}${args}`.includes("!");
  if (known && !/!`[^`]+`/.test(text) && !joined) return;
  throw new InvalidArgumentError(
    `Cannot run the command "${name}" under these permissions: the server ${
      known ? "runs" : "would run"
    } the !\`…\` in its text ${
      joined ? "and arguments " : ""
    }in a shell without asking. Give \`permissions: "allow"\` or "default" for this call, or send its text as a prompt`,
  );
}
