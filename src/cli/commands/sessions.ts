/**
 * `opencode-ts sessions`: list, show, delete, export.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.ts";
import type { Opencode } from "../../facade/opencode.ts";
import type { Session } from "../../session/session.ts";
import { safeLine, safeText } from "../../text/terminal.ts";
import type { Args } from "../args.ts";
import { sessionById } from "../conversation.ts";
import { checkOutput, writeAnswer } from "../input/given.ts";
import type { Io } from "../io.ts";
import { dollars } from "../render/lines.ts";
import { tableOf } from "../render/table.ts";

/** How many sessions a list holds at most, unless all are wanted. */
const LIST = 30;

/** In place of the client's own directory: the server (1.18.33) lists the sessions of every one. */
export const EVERYWHERE = { directory: "" } as const;

/** Runs the subcommand; `list` where there is none. */
export async function runSessions(args: Args, io: Io, ai: Opencode): Promise<number> {
  const [name = "list", ...rest] = args.words;
  if (args.output !== undefined) await checkOutput(args.output, io);
  switch (name) {
    case "show":
      return await show(args, io, await find(ai, rest[0]), args.json ? "json" : "md");
    case "export":
      return await show(args, io, await find(ai, rest[0]), "json");
    case "delete":
      return await remove(rest, args, io, ai);
    default:
      return await list(rest[0], args, io, ai);
  }
}

async function list(
  search: string | undefined,
  args: Args,
  io: Io,
  ai: Opencode,
): Promise<number> {
  const { client, directory } = ai;
  const wanted = { roots: true, ...search !== undefined && { search } };
  const found = args.all
    ? await client.experimental.session.list({ ...wanted, limit: 10_000, ...EVERYWHERE })
    : await client.session.list({ ...wanted, directory, limit: LIST });
  const sessions = found.sort((a, b) => b.time.updated - a.time.updated);
  if (args.json) {
    await io.out(`${JSON.stringify(sessions, null, 2)}\n`);
    return 0;
  }
  const rows = sessions.map(({ id, time, cost = 0, title, directory }) => [
    id,
    timeOf(time.updated),
    cost > 0 ? dollars(cost) : "",
    args.all ? directory : "",
    title,
  ]);
  const titles = ["session", "last used", "cost", "directory", "title"];
  await io.out(rows.length > 0 ? tableOf(titles, rows, io) : "");
  if (args.quiet) return 0;
  if (rows.length === 0) {
    await io.err(args.all ? "No sessions\n" : `No sessions in ${safeLine(directory)}\n`);
  } else if (rows.length === LIST && !args.all) {
    await io.err(`The newest ${LIST}; all, of every directory: opencode-ts sessions --all\n`);
  }
  return 0;
}

/** `2026-11-25 18:30`, in local time. */
export function timeOf(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${
    two(date.getHours())
  }:${two(date.getMinutes())}`;
}

/** A session by its id, or by the beginning of one. */
async function find(ai: Opencode, id: string | undefined): Promise<Session> {
  if (id === undefined) {
    throw new InvalidArgumentError("Which session? `opencode-ts sessions` lists them");
  }
  const all = await ai.client.session.list({ directory: ai.directory, limit: 10_000 });
  const fits = all.filter((one) => one.id.startsWith(id));
  if (fits.length > 1 && !fits.some((one) => one.id === id)) {
    throw new InvalidArgumentError(
      `${fits.length} sessions begin with ${safeLine(id, 60)}: give more of the id`,
    );
  }
  return await sessionById(ai, fits.length === 1 ? fits[0]!.id : id);
}

async function show(
  args: Args,
  io: Io,
  session: Session,
  format: "md" | "json",
): Promise<number> {
  const text = await session.transcript({
    format: format === "md" ? "markdown" : "json",
    reasoning: args.showReasoning,
  });
  if (args.output !== undefined) {
    await writeAnswer(args.output, text, io);
  } else await io.out(io.outIsTerminal ? safeText(text) : text);
  return 0;
}

async function remove(
  ids: readonly string[],
  args: Args,
  io: Io,
  ai: Opencode,
): Promise<number> {
  if (ids.length === 0) {
    throw new InvalidArgumentError("Which sessions? Give their ids: `opencode-ts sessions`");
  }
  // all are looked for before the first is removed
  const sessions: Session[] = [];
  for (const id of ids) sessions.push(await find(ai, id));
  for (const session of sessions) {
    await session.delete();
    if (!args.json) await io.out(`${session.id}\n`);
  }
  if (args.json) await io.out(`${JSON.stringify(sessions.map(({ id }) => id), null, 2)}\n`);
  return 0;
}
