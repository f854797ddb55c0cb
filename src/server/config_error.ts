/**
 * What the server says about a broken configuration, without the configuration's content: its
 * messages quote whole files, API keys included (server 1.18.33).
 *
 * @module
 */
import { ServerConfigError } from "../errors.ts";

/** What is known of a broken configuration; none of it is content. */
interface Problem {
  path?: string | undefined;
  line?: number | undefined;
  reason: string;
}

const INPUT = "--- JSONC Input ---";
const END = "--- End ---";
const INVALID = "it is invalid";

/** Takes the content of configuration files out of the server's output, line by line. */
export class ConfigRedaction {
  #quoting = false;

  /** The line as it may be kept; `undefined` where it is content. */
  line(text: string): string | undefined {
    if (this.#quoting) {
      if (text.startsWith(END)) this.#quoting = false;
      return place(text)?.text;
    }
    if (text.startsWith(INPUT)) {
      this.#quoting = true;
      return undefined;
    }
    return text.replace(/(bad file reference): .*/, "$1").replace(
      /^(\s*↳ .*?), got .* (\S+)$/,
      "$1 $2",
    );
  }
}

/** A parser's complaint, such as `CommaExpected at line 4, column 3`. */
function place(text: string): { text: string; line: number } | undefined {
  const [whole, line] = /^[A-Z][A-Za-z]{2,40} at line (\d{1,9}), column \d{1,9}$/.exec(text) ?? [];
  return whole === undefined ? undefined : { text: whole, line: Number(line) };
}

/** The error for a server that ended for its configuration; `undefined` where it says nothing such. */
export function configErrorOf(logs: readonly string[]): ServerConfigError | undefined {
  const at = logs.findLastIndex((line) => /Config(uration is invalid| file) at \S/.test(line));
  if (at < 0) return undefined;
  const [, path] = /Config(?:uration is invalid| file) at (.+?)(?: is not valid JSON.*|: .*)?$/
    .exec(logs[at]!) ?? [];
  const after = logs.slice(at + 1);
  const places = after.flatMap((line) => place(line) ?? []);
  const issues = after.flatMap((line) => {
    const [, reason, key] = /^\s*↳ (.*) (\S+)$/.exec(line) ?? [];
    return reason === undefined ? [] : [`${key}: ${reason}`];
  });
  const reference = /bad file reference/.test(logs[at]!) ? ["bad file reference"] : [];
  const reasons = [...places.map(({ text }) => text), ...issues, ...reference];
  return toError({
    path,
    line: places[0]?.line,
    reason: reasons.slice(0, 3).join("; ") || INVALID,
  });
}

interface ConfigAnswer {
  data?: { path?: unknown; message?: unknown; issues?: { path?: unknown; message?: unknown }[] };
}

/** The error for a server that answers 400 when it is asked for its configuration. */
export function configErrorFrom(body: unknown): ServerConfigError {
  const { data } = (body ?? {}) as ConfigAnswer;
  const path = typeof data?.path === "string" ? data.path : undefined;
  const issues = (Array.isArray(data?.issues) ? data.issues : []).map((issue) => {
    const key = Array.isArray(issue.path) ? issue.path.join(".") : "";
    return `${key || "(root)"}: ${expectation(issue.message)}`;
  });
  if (issues.length > 0) return toError({ path, reason: issues.slice(0, 5).join("; ") });
  const message = typeof data?.message === "string" ? data.message : "";
  // what stands before the last heading may be content that looks like a complaint
  const complaints = message.slice(Math.max(0, message.lastIndexOf("--- Errors ---"))).split("\n");
  const places = complaints.flatMap((text) => place(text) ?? []);
  const reasons = places.map(({ text }) => text);
  if (/^bad file reference/.test(message)) reasons.push("bad file reference");
  return toError({
    path,
    line: places[0]?.line,
    reason: reasons.slice(0, 3).join("; ") || INVALID,
  });
}

/** `Expected string | undefined, got "sk-…"` without what it got. */
function expectation(message: unknown): string {
  const text = String(message).split(", got ")[0]!;
  return /^(Expected |Missing key|Unexpected key)/.test(text) ? text : "invalid value";
}

function toError({ path, line, reason }: Problem): ServerConfigError {
  const option = path === "OPENCODE_CONFIG_CONTENT";
  const source = option ? " in the option `config`" : path === undefined ? "" : ` in ${path}`;
  const fix = option
    ? ""
    : ". Fix it, or start with `isolated: true`, which reads no file of yours";
  return new ServerConfigError(
    `Invalid configuration${source}: ${reason}${fix}`,
    { path, line, reason },
  );
}
