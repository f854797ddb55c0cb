/**
 * What was written in earlier chats, kept in a file of the user's.
 *
 * @module
 */
import { host } from "../../../runtime/host.ts";
import { dirname } from "../../../runtime/path.ts";

/** How many inputs are kept. */
const MOST = 1_000;
/** Longer inputs are not kept. */
const LONGEST = 20_000;

/** The inputs of earlier chats, the oldest first; none where the file can't be read. */
export async function readHistory(file: string): Promise<string[]> {
  const text = await host().files.readText(file).catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      const input: unknown = JSON.parse(line);
      return typeof input === "string" ? [input] : [];
    } catch {
      return [];
    }
  }).slice(-MOST);
}

/** Adds an input, for the user's eyes only; a history that can't be written is no reason to stop. */
export async function addToHistory(file: string, input: string): Promise<void> {
  // as in shells: what begins with a space is not kept
  if (input.trim() === "" || input.startsWith(" ") || input.length > LONGEST) return;
  const { files } = host();
  try {
    await files.makeDir(dirname(file), { mode: 0o700 });
    const line = `${JSON.stringify(input)}\n`;
    await files.writeText(file, line, { append: true, mode: 0o600 });
    const all = await readHistory(file);
    const size = (await files.stat(file)).size;
    if (size < 2_000_000) return;
    const part = `${file}.${crypto.randomUUID()}`;
    const kept = all.slice(-MOST / 2).map((each) => `${JSON.stringify(each)}\n`).join("");
    await files.writeText(part, kept, { createNew: true, mode: 0o600 });
    await files.rename(part, file);
  } catch { /* the chat goes on without */ }
}
