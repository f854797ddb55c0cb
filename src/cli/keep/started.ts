/**
 * What a kept server was started with, and what of that another call wants otherwise: a server has the
 * program and the environment of the call that started it for as long as it runs.
 *
 * @module
 */
import { findOnPath } from "../../binary/search.ts";
import { host } from "../../runtime/host.ts";
import type { Kept } from "../../server/kept.ts";
import { VERSION } from "../../version.ts";

/**
 * Variables that say what a server may use: its configuration, homes, keys and proxies. `PATH` is none:
 * each terminal, `npx` and `deno task` have their own, and what counts of it is the program it leads to.
 */
const CONCERNS =
  /^(OPENCODE_.*|XDG_\w+_HOME|HOME|(HTTPS?|ALL)_PROXY|(AWS|AZURE|GOOGLE|VERTEX|CLOUDFLARE)_.*|.*_(API_?KEY|TOKEN|SECRET|ACCESS_KEY|BASE_?URL)|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+)$/i;

/** Those that are this package's own, belong to one terminal or process, or are for clients. */
const ASIDE =
  /^(OPENCODE_TS_.*|OPENCODE_SERVER_.*|OPENCODE_LOG|OPENCODE_PID|VSCODE_.*|XDG_RUNTIME_DIR)$/i;

/** The program that a server runs, in the words of a message. */
const PROGRAM = "the opencode program";
/** This package. */
const PACKAGE = "the version of this program";

/**
 * A fingerprint for each thing that a server was started with. Values can't be read from it: keys are
 * among them.
 *
 * @param binary The path of the program.
 * @param salt Makes equal values of two servers look different.
 */
export async function startedWith(binary: string, salt: string): Promise<Record<string, string>> {
  const variables = host().env.toObject();
  const [program, onPath] = await Promise.all([
    fileId(binary),
    variables["OPENCODE_BIN"] ? "" : idOnPath(variables),
  ]);
  const all: [string, string][] = [
    [PROGRAM, `${program} ${onPath}`],
    [PACKAGE, VERSION],
    ...Object.entries(variables).filter(([name]) => CONCERNS.test(name) && !ASIDE.test(name)),
  ];
  const hashed = all.map(async ([name, value]) => [name, await hash(`${salt} ${value}`)] as const);
  return Object.fromEntries(await Promise.all(hashed));
}

/** What is otherwise now, in the words of a message; nothing where the server is as wanted. */
export async function changesSince({ mark, started = {}, binary = "" }: Kept): Promise<string[]> {
  const now = await startedWith(binary, mark);
  const names = new Set([...Object.keys(started), ...Object.keys(now)]);
  return [...names].filter((name) => started[name] !== now[name]);
}

/** The first program on the `PATH`, by whatever way it leads there. */
async function idOnPath(variables: Readonly<Record<string, string>>): Promise<string | undefined> {
  const [first] = await findOnPath("opencode", variables);
  return first === undefined
    ? undefined
    : await fileId(await host().files.realPath(first).catch(() => first));
}

/** What tells a file from the one that replaces it. */
async function fileId(path: string): Promise<string> {
  const stat = await host().files.stat(path).catch(() => undefined);
  return stat ? [path, stat.dev, stat.ino, stat.size, stat.mtimeMs].join(" ") : "gone";
}

async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest, 0, 9)));
}
