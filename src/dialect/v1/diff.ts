/**
 * What a prompt changed in the files. The server compares them some 200 ms after a step has ended,
 * and answers with what it knew before until then (server 1.18.33).
 *
 * @module
 */
import type { SnapshotFileDiff } from "../../api/types.gen.ts";
import { sleep } from "../../async/abort.ts";
import type { OpencodeClient } from "../../client/client.ts";
import type { CallOptions } from "../../http/options.ts";
import type { StoredMessage, Where } from "../types.ts";
import { wire } from "./wire.ts";

/** For how long after a step its files may not be compared yet, in milliseconds. */
const RECENT = 3_000;
/** How long a diff must stay the same, and how long that is waited for, in milliseconds. */
const STILL = 200;
const PATIENCE = 2_500;

/** The diff of a prompt; where its last step has just ended, once it no longer changes. */
export async function settledDiff(
  client: OpencodeClient,
  where: Where,
  messageID: string,
  call: CallOptions,
): Promise<SnapshotFileDiff[]> {
  const read = () => client.session.diff({ ...wire(where), messageID }, call);
  let diff = await read();
  const changed = await recentChanges(client, where, messageID, call);
  if (changed === undefined) return diff;
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    const before = JSON.stringify(diff);
    await sleep(STILL, call.signal);
    diff = await read();
    if (JSON.stringify(diff) === before && covers(diff, changed)) break;
  }
  return diff;
}

/** The paths that a prompt's steps changed; `undefined` where the last one is not recent. */
async function recentChanges(
  client: OpencodeClient,
  where: Where,
  messageID: string,
  call: CallOptions,
): Promise<string[] | undefined> {
  const newest = await client.session.messages(
    { ...wire(where), limit: 20 },
    call,
  ) as StoredMessage[];
  const changed: string[] = [];
  let ended = 0;
  for (const { info, parts } of newest) {
    if (info.role !== "assistant" || info.parentID !== messageID) continue;
    ended = Math.max(ended, info.time.completed ?? 0);
    for (const part of parts) if (part.type === "patch") changed.push(...part.files);
  }
  return Math.abs(Date.now() - ended) > RECENT ? undefined : changed;
}

/** Whether a diff names every changed file; the paths of steps are absolute, its own are not. */
function covers(diff: readonly SnapshotFileDiff[], changed: readonly string[]): boolean {
  const slashes = (path: string) => path.replaceAll("\\", "/");
  return changed.every((path) =>
    diff.some(({ file }) => file && `/${slashes(path)}`.endsWith(`/${slashes(file)}`))
  );
}
