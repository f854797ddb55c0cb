/**
 * Looking at recordings, and making them smaller.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors/base.ts";
import { host } from "../../runtime/host.ts";
import { RecordingError } from "./error.ts";
import { type Exchange, formatRecording, parseRecording, type Recording } from "./format.ts";

/**
 * Reads a recording.
 *
 * @param file The path of a file of `recordModel`.
 * @throws {InvalidArgumentError} There is no such file.
 * @throws {RecordingError} It can't be read, or is no recording.
 */
export async function readRecording(file: string): Promise<Recording> {
  const { files, failureKind } = host();
  const text = await files.readText(file).catch((cause) => {
    const kind = failureKind(cause);
    if (kind === "flag_missing") throw cause;
    if (kind === "not_found") {
      throw new InvalidArgumentError(
        `There is no recording ${file}: make one with recordModel or --record`,
        { cause },
      );
    }
    const why = cause instanceof Error ? cause.message : cause;
    throw new RecordingError(`Cannot read the recording ${file}: ${why}`, { cause });
  });
  return parseRecording(text, file);
}

/**
 * Writes a recording in place of the file, in one step.
 *
 * @param file The path.
 */
export async function writeRecording(file: string, recording: Recording): Promise<void> {
  const { files } = host();
  await files.writeText(`${file}.part`, await formatRecording(recording));
  await files.rename(`${file}.part`, file);
}

/**
 * A recording with only some of its exchanges.
 *
 * @param keep Which exchanges stay; the number counts from 1.
 */
export function pruneRecording(
  { header, exchanges }: Recording,
  keep: (exchange: Exchange, number: number) => boolean,
): Recording {
  return { header, exchanges: exchanges.filter((exchange, index) => keep(exchange, index + 1)) };
}

/** A recording as text to read: a few lines for each exchange. */
export function describeRecording({ header, exchanges }: Recording): string {
  const lines = [
    `${exchanges.length} exchanges with ${Object.keys(header.providers).join(", ")}${
      header.model === undefined ? "" : `, model ${header.model}`
    }`,
  ];
  exchanges.forEach(({ provider, path, request, response }, index) => {
    const { messages, input, model } = (request ?? {}) as Record<string, unknown>;
    const list = (Array.isArray(messages) ? messages : Array.isArray(input) ? input : []) as {
      role?: string;
      content?: unknown;
    }[];
    const { status, chunks, end } = response;
    const size = chunks.reduce((sum, [, text]) => sum + text.length, 0);
    const seconds = ((chunks.at(-1)?.[0] ?? 0) / 1000).toFixed(1);
    lines.push(
      `\n#${index + 1} ${provider}${path} ${String(model ?? "")}: ${list.length} messages`,
      `   last: ${lastText(list)}`,
      `   answer: HTTP ${status}, ${chunks.length} chunks, ${size} characters, ${seconds} s, ${end}`,
    );
  });
  return `${lines.join("\n")}\n`;
}

function lastText(messages: { role?: string; content?: unknown }[]): string {
  const last = messages.at(-1);
  if (last === undefined) return "(none)";
  const { role = "?", content } = last;
  const text = typeof content === "string" ? content : JSON.stringify(content) ?? "";
  const line = text.replace(/\s+/g, " ").trim();
  return `${role}: ${line.length > 100 ? `${line.slice(0, 100)}…` : line}`;
}
