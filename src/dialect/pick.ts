/**
 * Chooses the generation of the API by what the server says of itself.
 *
 * @module
 */
import type { OpencodeClient } from "../client/client.ts";
import { OpencodeError } from "../errors.ts";
import type { Dialect } from "./types.ts";
import { Dialect1 } from "./v1/dialect.ts";

/**
 * The dialect of a server.
 *
 * @param version What the server says of itself, such as `"1.18.33"`; `undefined` is taken as 1.x.
 * @throws {OpencodeError} where there is none for it.
 */
export function pickDialect(client: OpencodeClient, version: string | undefined): Dialect {
  const generation = /\d+/.exec(version ?? "1")?.[0];
  if (generation === "0" || generation === "1") return new Dialect1(client);
  throw new OpencodeError(
    `No support for opencode ${version}: this version of @x/opencode works with 1.x`,
  );
}
