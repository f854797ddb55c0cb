/**
 * The calls of the page: a table of paths, and what answers them.
 *
 * @module
 */
import type { Opencode } from "../../facade/opencode.ts";
import type { Live } from "../live.ts";

/** What a route is given. */
export interface Call {
  ai: Opencode;
  live: Live;
  request: Request;
  url: URL;
  /** The values of `:name` in the path. */
  params: Record<string, string>;
  /** A new token, for a further browser. */
  issueToken(): string;
}

/** Answers with JSON, or with a response of its own; nothing is 204. */
export type Route = (call: Call) => Promise<unknown> | unknown;

/** Routes by `"METHOD path"`; `:name` takes one segment. */
export type Routes = Readonly<Record<string, Route>>;

/** What fits a request. */
export type Found =
  | { route: Route; params: Record<string, string> }
  | { route: undefined; otherMethods: string[] };

/** Finds the route of a request. */
export function find(routes: Routes, method: string, path: string): Found {
  const otherMethods: string[] = [];
  for (const [name, route] of Object.entries(routes)) {
    const [wanted = "", pattern = ""] = name.split(" ");
    const params = match(pattern, path);
    if (params === undefined) continue;
    if (wanted === method) return { route, params };
    otherMethods.push(wanted);
  }
  return { route: undefined, otherMethods };
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, segment] of wanted.entries()) {
    const value = given[i]!;
    if (!segment.startsWith(":")) {
      if (segment !== value) return undefined;
      continue;
    }
    // ids alone: no encoded slash, no dot
    if (!/^[A-Za-z0-9_-]{1,100}$/.test(value)) return undefined;
    params[segment.slice(1)] = value;
  }
  return params;
}
