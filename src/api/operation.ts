/**
 * From a row of the table of operations and a typed input to a request.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import type { HttpRequest } from "../http/request.ts";
import type { QueryValue } from "../http/options.ts";
import { repeatOf } from "../http/retry.ts";
import { segment, segments } from "../http/url.ts";

/** A stream of events: iterate it once; leaving the loop or `close` ends its connection. */
export interface AsyncEvents<T> extends AsyncIterableIterator<T> {
  /** Ends the stream; idempotent. */
  close(): void;
  /** Ends the stream. */
  return(): Promise<IteratorResult<T>>;
  /** Itself. */
  [Symbol.asyncIterator](): AsyncEvents<T>;
  /** Ends the stream, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How an operation's answer is read. */
export type AnswerKind = "json" | "nothing" | "text" | "bytes" | "events" | "socket";

/** What a row of the table says. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  /** Takes `directory` and `workspace` in its query. */
  readonly scoped: boolean;
  /** Takes a `directory` in its body too, which the input's is. */
  readonly scopedBody: boolean;
  /** Takes `location` in its query. */
  readonly located: boolean;
  /** Takes `location` in its body. */
  readonly locatedBody: boolean;
  /** The fields that are left are the body, or its field `body` is. */
  readonly body: "fields" | "body" | undefined;
  readonly answer: AnswerKind;
  /** Sets the model to work. */
  readonly modelWork: boolean;
  /** Fields of the path that the body repeats. */
  readonly both: readonly string[];
  /** Further names in the query. */
  readonly query: readonly string[];
}

/**
 * Reads a row: method, path, flags (`-` for none), `+field` for what stands in path and body, then
 * the names of the query. Flags: `d` directory and workspace (`D`: a field of that name is the body's), `l` location, `L` location in the
 * body, `b` fields as body, `B` field `body` as body, `m` model work; answers `n` nothing, `t` text,
 * `o` bytes, `e` events, `w` a WebSocket, else JSON.
 */
export function parseOperation(row: string): Operation {
  const [method = "", path = "", flags = "-", ...rest] = row.split(" ");
  const has = (flag: string) => flags.includes(flag);
  return {
    method,
    path,
    scoped: has("d") || has("D"),
    scopedBody: has("D"),
    located: has("l"),
    locatedBody: has("L"),
    body: has("b") ? "fields" : has("B") ? "body" : undefined,
    answer: has("n")
      ? "nothing"
      : has("t")
      ? "text"
      : has("o")
      ? "bytes"
      : has("e")
      ? "events"
      : has("w")
      ? "socket"
      : "json",
    modelWork: has("m"),
    both: rest.filter((name) => name.startsWith("+")).map((name) => name.slice(1)),
    query: rest.filter((name) => !name.startsWith("+")),
  };
}

/** Where a client works unless a call says otherwise. */
export interface DefaultScope {
  readonly directory: string | undefined;
  readonly workspace: string | undefined;
}

/**
 * The request of an operation. Fields that the document does not know go where a newer server would
 * look for them: into the body where there is one, else into the query.
 *
 * @throws {InvalidArgumentError} A field of the path is missing or can't be one.
 */
export function requestOf(
  id: string,
  operation: Operation,
  input: unknown,
  scope: DefaultScope,
): HttpRequest {
  if (input === null || (input !== undefined && typeof input !== "object")) {
    throw new InvalidArgumentError(`Cannot call ${id} with ${typeof input}: give an object`);
  }
  const rest: Record<string, unknown> = { ...input as object };
  const bodyParts: Record<string, unknown> = {};
  const take = (name: string): unknown => {
    const value = rest[name];
    delete rest[name];
    if (operation.both.includes(name)) bodyParts[name] = value;
    return value;
  };
  let path = operation.path.replace(
    /\{(\w+)\}/g,
    (_, name: string) => segment(`${name} of ${id}`, take(name)),
  );
  if (path.endsWith("*")) path = path.slice(0, -1) + segments(`path of ${id}`, take("path"));
  const query: Record<string, QueryValue> = {};
  for (const name of operation.query) query[name] = queryValue(id, name, take(name));
  if (operation.scoped) {
    const given = operation.scopedBody ? undefined : text(id, "directory", take("directory"));
    query["directory"] = given ?? scope.directory;
    query["workspace"] = text(id, "workspace", take("workspace")) ?? scope.workspace;
  }
  if (operation.located) {
    const location = locationOf(id, take("location"));
    query["location[directory]"] = location.directory ?? scope.directory;
    query["location[workspace]"] = location.workspace ?? scope.workspace;
  }
  if (operation.locatedBody && rest["location"] === undefined && scope.directory !== undefined) {
    rest["location"] = {
      directory: scope.directory,
      ...scope.workspace === undefined ? {} : { workspaceID: scope.workspace },
    };
  }
  const request: HttpRequest = {
    method: operation.method,
    path,
    query,
    repeat: operation.modelWork ? "unreached" : repeatOf(operation.method),
  };
  if (operation.body === "fields") request.json = { ...rest, ...bodyParts };
  else if (operation.body === "body") request.json = rest["body"] ?? null;
  else for (const [name, value] of Object.entries(rest)) query[name] = queryValue(id, name, value);
  return request;
}

function text(id: string, name: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new InvalidArgumentError(`Cannot use ${typeof value} as ${name} of ${id}: give text`);
}

function locationOf(id: string, value: unknown): { directory?: string; workspace?: string } {
  if (value === undefined) return {};
  if (value === null || typeof value !== "object") {
    throw new InvalidArgumentError(
      `Cannot use ${typeof value} as location of ${id}: give { directory } or { workspace }`,
    );
  }
  return value;
}

function queryValue(id: string, name: string, value: unknown): QueryValue {
  const single = (item: unknown) =>
    item === null || /^(string|number|boolean|undefined)$/.test(typeof item);
  if (single(value) || Array.isArray(value) && value.every(single)) return value as QueryValue;
  throw new InvalidArgumentError(
    `Cannot use an object as ${name} of ${id}: a query takes text, numbers and booleans`,
  );
}
