/**
 * The notation of `schemas.gen.ts`, read back into JSON Schema.
 *
 * `s` string (`s/pattern/`), `n` number, `i` integer (both with `>1`, `>=1`, `<=1`), `b` boolean,
 * `z` null, `u` anything, `!` nothing; `"x"` or `true` exactly that; `[T]` array, `(T,U)` tuple,
 * `{a:T,b?:U}` object (`*` among its fields: others are allowed, `*:T`: others are T), `T|U` either,
 * `Name` another schema. `E"type"T`, `D"type"T` and `S"type"T` are an event, an event of `v2` and an
 * event of the sync log with the payload T.
 *
 * @module
 */

/** A JSON Schema, of the keywords that the notation can say. */
export type NotedSchema = {
  $ref?: string;
  type?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  enum?: unknown[];
  items?: NotedSchema;
  prefixItems?: NotedSchema[];
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, NotedSchema>;
  required?: string[];
  additionalProperties?: boolean | NotedSchema;
  anyOf?: NotedSchema[];
  not?: NotedSchema;
};

const PLAIN: Readonly<Record<string, NotedSchema>> = {
  s: { type: "string" },
  n: { type: "number" },
  i: { type: "integer" },
  b: { type: "boolean" },
  z: { type: "null" },
  u: {},
};

const TOKEN =
  /"(?:[^"\\]|\\.)*"|\/(?:[^/\\]|\\.)*\/|(?:>=|<=|>)-?[\d.e+]+|\w+|[$\w]+|[{}[\]()|:,?*!]/gy;

/** Reads one schema. References become `#/$defs/Name`. */
export function readNotation(source: string): NotedSchema {
  const tokens = source.match(TOKEN) ?? [];
  let at = 0;
  const take = () => tokens[at++] ?? fail();
  const skip = (token: string) => take() === token || fail();
  const fail = (): never => {
    throw new SyntaxError(`Cannot read the schema notation at token ${at}: ${source.slice(0, 60)}`);
  };

  function union(): NotedSchema {
    const members = [single()];
    while (tokens[at] === "|") {
      at++;
      members.push(single());
    }
    if (members.length === 1) return members[0]!;
    if (members.every((member) => member.enum)) {
      return { enum: members.flatMap((member) => member.enum!) };
    }
    return { anyOf: members };
  }

  function single(): NotedSchema {
    const token = take();
    if (token.startsWith('"')) return { enum: [JSON.parse(token)] };
    if (token === "true" || token === "false") return { enum: [token === "true"] };
    if (token === "{") return object();
    if (token === "!") return { not: {} };
    if (token === "[") {
      const items = union();
      skip("]");
      return { type: "array", items };
    }
    if (token === "(") {
      const prefixItems = [union()];
      while (tokens[at] === ",") {
        at++;
        prefixItems.push(union());
      }
      skip(")");
      const { length } = prefixItems;
      return { type: "array", prefixItems, minItems: length, maxItems: length };
    }
    if (/^[EDS]$/.test(token) && tokens[at]?.startsWith('"')) {
      return frame(token, { enum: [JSON.parse(take())] }, union());
    }
    return PLAIN[token]
      ? bounded(token)
      : /^\w+$/.test(token)
      ? { $ref: `#/$defs/${token}` }
      : fail();
  }

  function bounded(token: string): NotedSchema {
    const schema: NotedSchema = { ...PLAIN[token] };
    for (let next = tokens[at]; next !== undefined; next = tokens[++at]) {
      if (next.startsWith(">=")) schema.minimum = Number(next.slice(2));
      else if (next.startsWith(">")) schema.exclusiveMinimum = Number(next.slice(1));
      else if (next.startsWith("<=")) schema.maximum = Number(next.slice(2));
      else if (next.startsWith("/")) schema.pattern = next.slice(1, -1).replaceAll("\\/", "/");
      else break;
    }
    return schema;
  }

  function object(): NotedSchema {
    const properties: Record<string, NotedSchema> = {};
    const required: string[] = [];
    let additionalProperties: boolean | NotedSchema = false;
    while (tokens[at] !== "}") {
      const token = take();
      if (token === "*") {
        if (tokens[at] === ":") {
          at++;
          additionalProperties = union();
        } else additionalProperties = true;
      } else {
        const name = token.startsWith('"') ? JSON.parse(token) as string : token;
        if (tokens[at] === "?") at++;
        else required.push(name);
        skip(":");
        properties[name] = union();
      }
      if (tokens[at] === ",") at++;
    }
    at++;
    return { type: "object", properties, required, additionalProperties };
  }

  const schema = union();
  if (at !== tokens.length || tokens.join("").length !== source.length) fail();
  return schema;
}

function frame(kind: string, tag: NotedSchema, payload: NotedSchema): NotedSchema {
  const object = (properties: Record<string, NotedSchema>, optional: string[] = []) => ({
    type: "object",
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    additionalProperties: false,
  });
  const id: NotedSchema = { type: "string", pattern: "^evt_" };
  const whole: NotedSchema = { type: "integer" };
  const text: NotedSchema = { type: "string" };
  if (kind === "E") return object({ id, type: tag, properties: payload });
  if (kind === "S") {
    const syncEvent = object({
      type: tag,
      id,
      seq: { type: "number" },
      aggregateID: text,
      data: payload,
    });
    return object({ type: { enum: ["sync"] }, id, syncEvent });
  }
  return object({
    id,
    metadata: { type: "object" },
    type: tag,
    durable: object({ aggregateID: text, seq: whole, version: whole }),
    location: { $ref: "#/$defs/LocationRef" },
    data: payload,
  }, ["metadata", "durable", "location"]);
}
