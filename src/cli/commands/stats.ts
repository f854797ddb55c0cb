/**
 * `opencode-ts stats`: tokens and dollars by model and day, from the stored sessions.
 *
 * @module
 */
import type { Opencode } from "../../facade/opencode.ts";
import type { Args } from "../args.ts";
import type { Io } from "../io.ts";
import { count, dollars } from "../render/lines.ts";
import { tableOf } from "../render/table.ts";
import { EVERYWHERE } from "./sessions.ts";

/** What a model took on a day. */
export interface StatsRow {
  /** `2026-11-25`, in local time. */
  day: string;
  /** `"provider/model"`. */
  model: string;
  answers: number;
  /** Tokens of prompts, cached ones included. */
  input: number;
  /** Tokens of answers, reasoning included. */
  output: number;
  /** US dollars. */
  cost: number;
}

/** An answer, as far as it counts. */
export interface Answer {
  /** In milliseconds since 1970. */
  created: number;
  model: string;
  input: number;
  output: number;
  cost: number;
}

/** Adds answers up, by day and model, the newest day first. */
export function addUp(answers: Iterable<Answer>): StatsRow[] {
  const rows = new Map<string, StatsRow>();
  for (const { created, model, input, output, cost } of answers) {
    const day = dayOf(created);
    const key = `${day} ${model}`;
    const row = rows.get(key) ?? { day, model, answers: 0, input: 0, output: 0, cost: 0 };
    rows.set(key, row);
    row.answers++;
    row.input += input;
    row.output += output;
    row.cost += cost;
  }
  return [...rows.values()].sort((a, b) =>
    a.day === b.day ? b.cost - a.cost || b.input - a.input : a.day < b.day ? 1 : -1
  );
}

function dayOf(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Prints the table, and the sum. */
export async function runStats(args: Args, io: Io, ai: Opencode): Promise<number> {
  const since = Date.now() - (args.days ?? 30) * 86_400_000;
  const { answers, unreadable } = await stored(ai, since, args.all);
  const rows = addUp(answers);
  if (args.json) {
    await io.out(`${JSON.stringify(rows, null, 2)}\n`);
  } else {
    const cells = rows.map((row) => [
      row.day,
      String(row.answers),
      count(row.input),
      count(row.output),
      dollars(row.cost),
      row.model,
    ]);
    const titles = ["day", "answers", "tokens in", "out", "cost", "model"];
    await io.out(rows.length > 0 ? tableOf(titles, cells, io) : "");
  }
  if (args.quiet) return 0;
  const cost = rows.reduce((sum, row) => sum + row.cost, 0);
  const sum = rows.reduce((all, row) => all + row.answers, 0);
  const where = args.all ? "all directories" : "this directory; --all for every one";
  await io.err(`${sum} answers, ${dollars(cost)} (${where})\n`);
  if (unreadable > 0) await io.err(`${unreadable} sessions could not be read\n`);
  return 0;
}

/** The answers in the store since a time. */
async function stored(
  ai: Opencode,
  since: number,
  all: boolean,
): Promise<{ answers: Answer[]; unreadable: number }> {
  const { client, directory } = ai;
  const sessions = all
    ? await client.experimental.session.list({ limit: 10_000, ...EVERYWHERE })
    : await client.session.list({ directory, limit: 10_000 });
  const recent = sessions.filter(({ time }) => time.updated >= since);
  const answers: Answer[] = [];
  let unreadable = 0;
  const read = async (session: { id: string; directory: string }) => {
    try {
      const messages = await client.session.messages({
        sessionID: session.id,
        directory: session.directory,
      });
      for (const { info } of messages) {
        if (info.role !== "assistant" || info.time.created < since) continue;
        const { input, output, reasoning, cache } = info.tokens;
        answers.push({
          created: info.time.created,
          model: `${info.providerID}/${info.modelID}`,
          input: input + cache.read + cache.write,
          output: output + reasoning,
          cost: info.cost,
        });
      }
    } catch (error) {
      if ((error as { name?: string }).name === "AbortError") throw error;
      unreadable++;
    }
  };
  const rest = [...recent];
  const worker = async () => {
    for (let next = rest.pop(); next !== undefined; next = rest.pop()) await read(next);
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  return { answers, unreadable };
}
