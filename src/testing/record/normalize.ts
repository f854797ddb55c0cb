/**
 * What differs between two machines and two runs: paths, ids, dates. A recording holds placeholders in
 * their place, and a replay puts its own values back into the answers.
 *
 * @module
 */
import { host } from "../../runtime/host.ts";
import { maskSecrets } from "./secrets.ts";

/** A request in the form in which it is recorded and looked up. */
export interface NormalRequest {
  /** What placeholders stand for in it and in its answer. */
  readonly values: Values;
  /** Its body with placeholders, and without the secrets that are known by now. */
  body(): unknown;
}

/** Gives requests their form: the only place for it, since a recording and a replay must agree. */
export class Requests {
  readonly #paths: Readonly<Record<string, string>>;
  readonly #secrets: ReadonlySet<string>;
  /** By session: only its first request may name its places. */
  readonly #places = new Map<string, Places>();

  constructor(paths: Readonly<Record<string, string>> = {}, secrets: ReadonlySet<string>) {
    this.#paths = { home: host().platform.homeDir(), ...paths };
    this.#secrets = secrets;
  }

  /** Takes one that came, with its headers and its body as text. */
  take(headers: Headers, text: string): NormalRequest {
    const body = parseBody(text);
    const session = headers.get("x-session-id") ?? "";
    const places = { ...this.#places.get(session), ...placesOf(body) };
    this.#places.set(session, places);
    const values = valuesOf(body, { ...this.#paths, ...places });
    const mask = (value: string) => maskSecrets(value, this.#secrets);
    return { values, body: () => walkText(toPlaceholders(body, values), mask) };
  }
}

/** The values of one run: what a placeholder stands for. */
export interface Values {
  /** Placeholder to value, such as `{{directory}}` to `/home/me/project`. */
  readonly entries: readonly (readonly [placeholder: string, value: string])[];
}

/** Ids that the server makes: sessions, messages, parts, and files of long outputs. */
const ID = /\b(ses|msg|prt|tool)_[0-9A-Za-z]{10,}\b/g;

/** Where the server's system prompt says where it works (server 1.18.33). */
const WORKS_IN = /^\s*(?:Working directory|Workspace root folder): (\S[^\n]*?)\s*$/gm;

/** Where the description of its shell says that temporary files go (server 1.18.33). */
const SCRATCH = /Use `([^`\n]+)` for temporary work outside the workspace/;

/** The home of an isolated server. */
const ISOLATED = /[^\s"'`<>]*[\\/]opencode-home-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** Lines and forms that change from run to run and never come back in an answer. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/(Today's date: )[^\n"\\]+/g, "$1{{date}}"],
  [/(Platform: )[^\n"\\]+/g, "$1{{platform}}"],
  [/(Is directory a git repo: )(?:yes|no)/g, "$1{{git}}"],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, "{{time}}"],
];

/**
 * The values of a request: paths, and its ids in the order of their first appearance.
 *
 * @param body The request's body as JSON text.
 * @param paths By the name of their placeholder.
 */
function valuesOf(body: unknown, paths: Readonly<Record<string, string>>): Values {
  const entries: [string, string][] = [];
  for (const [name, path] of Object.entries(paths)) {
    // a root or an empty path would match everywhere
    if (path.length > 2) entries.push([`{{${name}}}`, path]);
  }
  entries.sort(([, a], [, b]) => b.length - a.length);
  const ids = new Map<string, string>();
  const counts: Record<string, number> = {};
  for (const [id, kind] of JSON.stringify(body).matchAll(ID)) {
    if (ids.has(id)) continue;
    counts[kind!] = (counts[kind!] ?? 0) + 1;
    ids.set(id, `{{${kind}_${counts[kind!]}}}`);
  }
  return { entries: [...entries, ...[...ids].map(([id, name]) => [name, id] as const)] };
}

/** The body of a request: JSON, or the text where it is none; `null` where it is empty. */
function parseBody(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return text;
  }
}

/** Paths that a request names, by the name of their placeholder. */
interface Places {
  directory?: string;
  scratch?: string;
  isolated?: string;
}

/** The paths that a request names: the first of each kind. */
function placesOf(body: unknown): Places {
  const found: Places = {};
  const take = (name: keyof Places, path: string | undefined) => {
    if (path !== undefined) found[name] ??= path;
  };
  walkText(body, (text) => {
    if (text.includes("Working directory: ")) {
      take("directory", [...text.matchAll(WORKS_IN)][0]?.[1]);
    }
    take("scratch", SCRATCH.exec(text)?.[1]);
    if (text.includes("opencode-home-")) take("isolated", ISOLATED.exec(text)?.[0]);
    return text;
  });
  return found;
}

/** Puts placeholders in place of values, in every text of a body. */
export function toPlaceholders(body: unknown, values: Values): unknown {
  return walkText(body, (text) => placeholdersIn(text, values));
}

/** The same for one text. */
export function placeholdersIn(text: string, { entries }: Values): string {
  let out = text;
  for (const [placeholder, value] of entries) {
    const inJson = JSON.stringify(value).slice(1, -1);
    if (inJson !== value) out = replacePath(out, inJson, placeholder);
    out = replacePath(out, value, placeholder);
  }
  for (const [pattern, replacement] of VOLATILE) out = out.replace(pattern, replacement);
  return out;
}

/** What to replace in the answers of a recording to fit this run: placeholders by values. */
export function toValues({ entries }: Values): (readonly [from: string, to: string])[] {
  return entries.map(([placeholder, value]) => [placeholder, value]);
}

/** What to replace in the answers of a provider before they are stored: values by placeholders. */
export function fromValues({ entries }: Values): (readonly [from: string, to: string])[] {
  return entries.map(([placeholder, value]) => [value, placeholder]);
}

/** A copy of a JSON value with every text and every name changed. */
export function walkText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => walkText(item, change));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, walkText(inner, change)]),
  );
}

/** Replaces a path where it stands whole: `/a/b` in `/a/b/c`, not in `/a/bc`. */
function replacePath(text: string, path: string, by: string): string {
  let out = "";
  let from = 0;
  for (let at = text.indexOf(path); at !== -1; at = text.indexOf(path, at + path.length)) {
    if (/[\w-]/.test(text[at + path.length] ?? "")) continue;
    out += text.slice(from, at) + by;
    from = at + path.length;
  }
  return out + text.slice(from);
}
