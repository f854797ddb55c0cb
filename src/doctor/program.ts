/**
 * Checks of the program: where it can be had, and which one is used.
 *
 * @module
 */
import { DownloadError } from "../errors.ts";
import { getJson } from "../binary/fetch.ts";
import { resolve, type ResolvedBinary } from "../binary/locate.ts";
import { findRegistry } from "../binary/registry.ts";
import { buildsFor, detectMachine, packageOf } from "../binary/targets.ts";
import { supportOf, TESTED_VERSION } from "../binary/versions.ts";
import { host } from "../runtime/host.ts";
import type { DoctorOptions } from "./doctor.ts";
import { explain, flagOf, type Found, INSTALL, REPAIRS } from "./report.ts";

/** Whether the registry answers and has the tested version. */
export async function checkRegistry({ registry, signal }: DoctorOptions): Promise<Found> {
  const found = await findRegistry({ registry, signal });
  if (!found) {
    return {
      status: "warn",
      message: "npm is not installed and no registry is set: downloads come from GitHub",
      repair: "Install npm, or set npm_config_registry",
    };
  }
  const { host: name } = new URL(found.url);
  const url = `${found.url}${packageOf(buildsFor(await detectMachine())[0]!)}/${TESTED_VERSION}`;
  const authorization = found.authorization(url);
  try {
    await getJson(url, {
      headers: authorization === undefined ? {} : { authorization },
      signal,
      stall: 5000,
    });
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    return { status: "warn", message: error.message, repair: REPAIRS.registry! };
  }
  return { status: "ok", message: `${name} has opencode ${TESTED_VERSION}` };
}

/** Which program is used, and whether its version was tested. */
export async function checkProgram(
  options: DoctorOptions & { directory: string },
  downloadable: boolean,
): Promise<{ found?: ResolvedBinary; line: Found }> {
  try {
    const found = await resolve({ ...options, download: false });
    const message = `opencode ${found.version}: ${found.path} (${found.source})`;
    const tested = supportOf(found.version, "it") === "tested";
    return {
      found,
      line: tested ? { status: "ok", message } : {
        status: "warn",
        message: `${message}; tested is ${TESTED_VERSION}`,
        repair: INSTALL,
      },
    };
  } catch (error) {
    options.signal?.throwIfAborted();
    const line = explain(error, REPAIRS.program);
    const variable = options.env?.OPENCODE_BIN ?? host().env.get("OPENCODE_BIN");
    const named = options.binary !== undefined || variable;
    if (flagOf(error) !== undefined || named) return { line };
    const repair = `Download it by a first start, or install it: ${INSTALL}`;
    return { line: { status: downloadable ? "warn" : "fail", message: line.message, repair } };
  }
}
