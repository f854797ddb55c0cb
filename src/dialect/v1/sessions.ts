/**
 * Stored sessions, and what a server offers, in API generation 1 (server 1.18.33).
 *
 * @module
 */
import type { OpencodeClient } from "../../client/client.ts";
import type { OfferCalls, SessionCalls } from "../sessions.ts";
import type { StoredMessage } from "../types.ts";
import { settledDiff } from "./diff.ts";
import { wire } from "./wire.ts";

/** Reads and settings of stored sessions. */
export function sessionCalls(client: OpencodeClient): SessionCalls {
  const session = () => client.session;
  return {
    get: (where, call) => session().get(wire(where), call),
    update: (where, changes, call) => session().update({ ...wire(where), ...changes }, call),
    delete: (where, call) => session().delete(wire(where), call),
    children: (where, call) => session().children(wire(where), call),
    fork: (where, messageID, call) =>
      session().fork({ ...wire(where), ...messageID !== undefined && { messageID } }, call),
    share: (where, call) => session().share(wire(where), call),
    unshare: (where, call) => session().unshare(wire(where), call),
    todo: (where, call) => session().todo(wire(where), call),
    compact: (where, model, call) => session().summarize({ ...wire(where), ...model }, call),
    async cancelCompaction(where, call) {
      const newest = await session().messages(
        { ...wire(where), limit: 6 },
        call,
      ) as StoredMessage[];
      const at = newest.findLastIndex(({ parts }) =>
        parts.some(({ type }) => type === "compaction")
      );
      const done = newest.slice(at + 1).some(({ info }) =>
        info.role === "assistant" && info.summary && info.error === undefined &&
        info.time.completed !== undefined
      );
      if (at === -1 || done) return;
      for (const { info } of newest.slice(at).reverse()) {
        await session().deleteMessage({ ...wire(where), messageID: info.id }, call);
      }
    },
    note: (where, text, call) =>
      session().prompt({ ...wire(where), noReply: true, parts: [{ type: "text", text }] }, call),
    shell: (where, input, call) =>
      session().shell({ ...wire(where), ...input }, { ...call, maxRetries: 0 }) as Promise<
        StoredMessage
      >,
    message: (where, messageID, call) =>
      session().message({ ...wire(where), messageID }, call) as Promise<StoredMessage>,
    messages: (where, call) => session().messages(wire(where), call) as Promise<StoredMessage[]>,
    async page(where, of, call) {
      const { data, response } = await client.raw.session.messages({ ...wire(where), ...of }, call);
      const before = response.headers.get("x-next-cursor") ?? undefined;
      return { messages: data as StoredMessage[], before };
    },
    deleteMessage: (where, messageID, call) =>
      session().deleteMessage({ ...wire(where), messageID }, call),
    diff: (where, messageID, call) => settledDiff(client, where, messageID, call),
    async keepsFiles(directory, call) {
      const { vcs } = await client.project.current({ directory }, call) as { vcs?: string };
      return vcs === "git";
    },
    revert: (where, { messageId: messageID, partId: partID }, call) =>
      session().revert(
        { ...wire(where), messageID, ...partID !== undefined && { partID } },
        call,
      ),
    unrevert: (where, call) => session().unrevert(wire(where), call),
  };
}

/** What a server offers in a directory. */
export function offerCalls(client: OpencodeClient): OfferCalls {
  return {
    async providers(directory, call) {
      const found = await client.config.providers({ directory }, call);
      const providers = found.providers.map(({ id, models }) => ({
        id,
        models: Object.entries(models).map(([name, { variants = {} }]) => ({
          name,
          variants: Object.keys(variants),
        })),
      }));
      return { providers, first: Object.entries(found.default)[0]?.join("/") };
    },
    async configuredModel(directory, call) {
      return (await client.config.get({ directory }, call)).model;
    },
    agents: (directory, call) => client.app.agents({ directory }, call),
    async commands(directory, call) {
      return (await client.command.list({ directory }, call)).map(({ name }) => name);
    },
    tools: (directory, call) => client.tool.ids({ directory }, call),
  };
}
