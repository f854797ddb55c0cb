/**
 * `opencode-ts web`: the page, for as long as the program runs.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.ts";
import { Opencode } from "../../facade/opencode.ts";
import { host } from "../../runtime/host.ts";
import { demoScript } from "../../testing/demo.ts";
import { scriptedModel } from "../../testing/model.ts";
import { serveWeb, type ServeWebOptions, type WebServer } from "../../web/serve.ts";
import { serverOptions } from "../conversation.ts";
import { CommandTimeoutError } from "../exit.ts";
import type { Progress } from "../progress.ts";
import type { CommandCall } from "./run.ts";

/** The port, where none is asked for and this one is free. */
const PORT = 3000;

/**
 * Serves the page until the program is told to end.
 *
 * @returns 0, as that is how it ends.
 * @throws {CommandTimeoutError} where `--timeout` ends it.
 */
export async function runWeb(call: CommandCall): Promise<number> {
  const { progress, signal } = call;
  // `--port` is the page's here, and the server's is a free one
  const { port, host: hostname = "127.0.0.1", ...args } = call.args;
  progress.busy("starting opencode");
  const demo = args.demo ? await scriptedModel(demoScript) : undefined;
  const ai = new Opencode({
    ...serverOptions({ ...call, args }),
    ...args.model !== undefined && { model: args.model },
    ...args.agent !== undefined && { agent: args.agent },
    ...demo && { isolated: true, config: demo.config },
  });
  let page: WebServer | undefined;
  try {
    const { permission = "default" } = args;
    page = await serve(ai, { hostname, permissions: permission }, port);
    await ai.start();
    progress.idle();
    await announce(page, hostname, call);
    if (args.open) await open(page.url, progress);
    await ended(signal);
    if (signal.reason instanceof CommandTimeoutError) throw signal.reason;
    return 0;
  } finally {
    progress.idle();
    await page?.close();
    await ai.close();
    await demo?.close();
  }
}

/** The usual port gives way to a free one; one that was asked for does not. */
async function serve(
  ai: Opencode,
  options: ServeWebOptions,
  port: number | undefined,
): Promise<WebServer> {
  try {
    return await serveWeb(ai, { ...options, port: port ?? PORT });
  } catch (error) {
    if (port !== undefined || !(error instanceof InvalidArgumentError)) throw error;
    return await serveWeb(ai, options);
  }
}

async function announce(page: WebServer, hostname: string, call: CommandCall): Promise<void> {
  const { io, args, progress } = call;
  await io.out(`${page.url}\n`);
  if (args.quiet) return;
  progress.line("The address signs in one browser, once. Ctrl-C ends the page and its server.");
  if (page.local) return;
  progress.line(
    `Warning: other machines can reach this page at ${hostname} port ${page.port}, without encryption; who signs in can run commands here`,
  );
}

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Opens the system's browser; where there is none, the address is printed anyway. */
async function open(url: string, progress: Progress): Promise<void> {
  const { spawn, platform } = host();
  const [command, ...args] = OPENERS[platform.os] ?? ["xdg-open"];
  try {
    await spawn(command!, { args: [...args, url], stdin: "null", stdout: "null", stderr: "null" });
  } catch {
    progress.line(`Cannot open a browser with ${command}: open the address yourself`);
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
