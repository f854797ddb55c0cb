import { OpencodeClient } from "../../src/client/mod.ts";
import { createOpencodeServer } from "../../src/server/mod.ts";
import type { Document } from "./document.ts";

/** Starts a server in a home of its own, reads its document and its version, and stops it. */
export async function readDocument(
  binary?: string,
): Promise<{ document: Document; version: string }> {
  await using server = await createOpencodeServer({ isolated: true, binary });
  const { url: baseUrl, username, password } = server;
  const client = new OpencodeClient({ baseUrl, username, password });
  const document = await client.request<Document>("GET", "/doc");
  const { version } = await client.health();
  return { document, version };
}
