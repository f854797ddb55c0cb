/**
 * What a facade knows of the server that it started.
 *
 * @module
 */
import { linkSignals } from "../async/abort.ts";
import { realClock } from "../async/clock.ts";
import { pause } from "../async/pause.ts";
import { type ClientOptions, OpencodeClient } from "../client/client.ts";
import { ServerExitedError } from "../errors.ts";
import type { Middleware } from "../http/options.ts";
import type { OpencodeServer } from "../server/server.ts";
import type { SessionContext } from "../session/context.ts";

/** How long the end of a server may take to be known once a connection broke, in milliseconds. */
const END_WITHIN = 500;

/**
 * A client of a server that sends nothing once that has ended: another program may have its port. A
 * connection that breaks by that end fails with the server's error.
 */
export function clientOf(
  server: OpencodeServer,
  options: Omit<ClientOptions, "baseUrl">,
): OpencodeClient {
  const { url: baseUrl, username, password } = server;
  const alive: Middleware = async (request, next) => {
    server.assertRunning();
    try {
      return await next(request);
    } catch (error) {
      const link = linkSignals([request.signal, server.lifetime]);
      await pause(realClock, END_WITHIN, link.signal);
      link.dispose();
      server.assertRunning();
      throw error;
    }
  };
  return new OpencodeClient({ ...options, baseUrl, username, password, middleware: [alive] });
}

/** The error where a server is not to be started again. */
export function endedForGood(server: OpencodeServer): ServerExitedError {
  const { message, exitCode, logs } = server.exitError();
  return new ServerExitedError(
    `${message}. Its sessions are stored: make a new Opencode, or leave \`restart\` on`,
    { exitCode, logs },
  );
}

/** A server as turns see it: one that has ended is none, unless no other is to be started. */
export function asTurnsSee(
  server: OpencodeServer | undefined,
  restart: boolean | undefined,
): SessionContext["server"] {
  if (restart !== false) return server?.running ? server : undefined;
  return server && {
    get running() {
      return server.running;
    },
    exitError: () => endedForGood(server),
  };
}
