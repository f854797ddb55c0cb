/**
 * A server really started: credentials, models, and its end.
 *
 * @module
 */
import { call } from "../server/call.ts";
import type { ServerOptions } from "../server/options.ts";
import { createOpencodeServer, type OpencodeServer } from "../server/server.ts";
import { type Found, INSTALL } from "./report.ts";

/** Starts a server, asks it, and stops it. */
export async function checkServerStart(options: ServerOptions): Promise<Found[]> {
  const started = Date.now();
  const server = await createOpencodeServer(options);
  const lines: Found[] = [];
  try {
    lines.push({
      status: "ok",
      message: `ready after ${Date.now() - started} ms at ${server.url}`,
    });
    lines.push(await checkCredentials(server));
    lines.push(await checkProviders(server));
  } finally {
    const stopping = Date.now();
    await server.close();
    lines.push({ status: "ok", message: `stopped after ${Date.now() - stopping} ms` });
  }
  return lines;
}

async function checkCredentials(server: OpencodeServer): Promise<Found> {
  const { url, username, password } = server;
  const open = await call(url, "/global/health", { timeout: 5000 });
  const own = await call(url, "/global/health", { username, password, timeout: 5000 });
  if (open.status === 401 && own.status === 200) {
    return { status: "ok", message: "answers with the password, and not without it" };
  }
  return {
    status: "fail",
    message: `answered ${open.status} without the password and ${own.status} with it`,
    repair: `Use the version that was tested: ${INSTALL}`,
  };
}

async function checkProviders(server: OpencodeServer): Promise<Found> {
  const { url, username, password, directory } = server;
  const options = { username, password, directory, timeout: 20_000 };
  const { status, body } = await call(url, "/config/providers", options);
  const { providers } = (body ?? {}) as { providers?: { id: string; models?: object }[] };
  if (status !== 200 || !Array.isArray(providers)) {
    return {
      status: "fail",
      message: `the list of models was answered with ${status}`,
      repair: "Look at the providers in the config; if they are well, " + INSTALL,
    };
  }
  const models = providers.reduce((sum, { models = {} }) => sum + Object.keys(models).length, 0);
  if (models === 0) {
    return {
      status: "warn",
      message: "no model is configured",
      repair: "Log in to a provider (opencode auth login), or give one in the config",
    };
  }
  const names = providers.map(({ id }) => id).join(", ");
  return { status: "ok", message: `${models} models of ${names}` };
}
