/**
 * Back to where a conversation, its files, or both were before a message.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import type { CallOptions } from "../http/options.ts";
import type { Session } from "./session.ts";

/** What `rewind` takes. */
export interface RewindOptions extends CallOptions {
  /** Take back what prompts changed in the files; only in a git directory. @default {true} */
  files?: boolean;
  /** Take back the messages. @default {true} */
  conversation?: boolean;
  /** Only say what would change. @default {false} */
  dryRun?: boolean;
}

/** A file that a rewind changes. */
export interface RewindFile {
  /** Its path, from the top of the git directory. */
  path: string;
  /** Lines that prompts added, which go. */
  additions: number;
  /** Lines that prompts removed, which come back. */
  deletions: number;
}

/** What a rewind changed, or would change. */
export interface Rewound {
  /** The files; each with the lines of all prompts that are taken back, added up. */
  files: RewindFile[];
  /** How many messages are taken back, those of the model included. */
  messages: number;
  /** The session to go on with: a new one where the conversation alone is taken back. */
  session: Session;
}

/**
 * Rewinds a session.
 *
 * @param keepsFiles Whether the server keeps what its files were like.
 * @param busy Whether it has a turn that runs.
 * @throws {InvalidArgumentError} for what can't be rewound, before anything is changed.
 */
export async function rewind(
  session: Session,
  messageId: string,
  options: RewindOptions & {
    keepsFiles: (call: CallOptions) => Promise<boolean>;
    busy: (call: CallOptions) => Promise<boolean>;
  },
): Promise<Rewound> {
  const { files = true, conversation = true, dryRun = false, keepsFiles, busy, ...call } = options;
  if (!files && !conversation) {
    throw new InvalidArgumentError("Cannot rewind nothing: leave `files` or `conversation` on");
  }
  if (files && !await keepsFiles(call)) {
    throw new InvalidArgumentError(
      `Cannot rewind files in ${session.directory}: the server keeps what files were like in git directories only; run \`git init\` there first, or give \`files: false\``,
    );
  }
  if (files && !dryRun && await busy(call)) {
    throw new InvalidArgumentError(
      `Cannot rewind files while session ${session.id} works: await its turn, or call \`abort\` first`,
    );
  }
  const { at, prompts, messages } = await from(session, messageId, call);
  const changed = files ? await changes(session, prompts, call) : [];
  const result = { files: changed, messages: conversation ? messages : 0, session };
  if (dryRun) return result;
  if (!files) return { ...result, session: await session.fork({ ...call, messageId }) };
  if (conversation) await session.revert(messageId, call);
  else await revertFiles(session, at, call);
  return result;
}

/** Where a message stands, the prompts from there on, and how many messages those are. */
async function from(session: Session, messageId: string, call: CallOptions) {
  const { revert } = await session.refresh(call);
  const all = (await session.history(call)).map(({ info }) => info);
  const at = all.findIndex(({ id }) => id === messageId);
  const end = revert ? all.findIndex(({ id }) => id === revert.messageID) : -1;
  const why = at === -1
    ? "there is no such message"
    : all[at]!.role !== "user"
    ? "it is an answer; give the message of its prompt, which is `messageId` of a reply"
    : end !== -1 && at >= end
    ? "it is taken back already; call `unrevert` first"
    : undefined;
  if (why) throw new InvalidArgumentError(`Cannot rewind to ${messageId}: ${why}`);
  const gone = all.slice(at, end === -1 ? undefined : end);
  const prompts = gone.filter(({ role }) => role === "user").map(({ id }) => id);
  return { at, prompts, messages: gone.length };
}

/** What prompts changed, by file. */
async function changes(
  session: Session,
  prompts: readonly string[],
  call: CallOptions,
): Promise<RewindFile[]> {
  const sums = new Map<string, RewindFile>();
  for (const id of prompts) {
    for (const { file: path = "", additions, deletions } of await session.diff(id, call)) {
      const before = sums.get(path) ?? { path, additions: 0, deletions: 0 };
      sums.set(path, {
        path,
        additions: before.additions + additions,
        deletions: before.deletions + deletions,
      });
    }
  }
  return [...sums.values()];
}

/** Reverts a copy of the session, which then goes: the server's revert takes messages back too. */
async function revertFiles(session: Session, at: number, call: CallOptions): Promise<void> {
  const copy = await session.fork(call);
  try {
    await copy.revert((await copy.history(call))[at]!.info.id, call);
  } finally {
    await copy.delete();
  }
}
