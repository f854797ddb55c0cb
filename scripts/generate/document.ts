/** The parts of an OpenAPI 3.1 document that the generator reads. */

/** A JSON Schema, as far as the server's document uses it. */
export interface Schema {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  prefixItems?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  not?: Schema;
  enum?: (string | boolean | number)[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minItems?: number;
  maxItems?: number;
  contentSchema?: Schema;
  description?: string;
}

/** A parameter in the path or the query. */
export interface Parameter {
  name: string;
  in: "path" | "query" | "header" | "cookie";
  required?: boolean;
  schema: Schema;
}

/** A body, by content type. */
export interface Content {
  content?: Record<string, { schema: Schema }>;
  required?: boolean;
}

/** One operation. */
export interface Operation {
  operationId: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: Content;
  responses: Record<string, Content>;
}

/** The document. */
export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** `session.prompt_async` to `SessionPromptAsync`. */
export function pascal(text: string): string {
  return text.split(/[^A-Za-z0-9]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** `prompt_async` to `promptAsync`. */
export function camel(text: string): string {
  const name = pascal(text);
  return /_/.test(text) ? name.charAt(0).toLowerCase() + name.slice(1) : text;
}

/** A property name, quoted where it must be. */
export function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** The frame around an event, where the schema is one. */
export interface Envelope {
  kind: "EventOf" | "DurableOf" | "SyncOf";
  /** The event's type. */
  tag: string;
  payload: Schema;
  /** Where the payload is, as steps of a JSON pointer. */
  step: string;
}

/** Takes an event out of its frame; there are three, and each is written once. */
export function envelopeOf(schema: Schema): Envelope | undefined {
  const { properties = {} } = schema;
  const keys = Object.keys(properties).join();
  const of = (
    kind: Envelope["kind"],
    tag: Schema,
    payload: Schema,
    step: string,
  ): Envelope | undefined => {
    const value = tag.enum?.[0];
    if (typeof value !== "string" || tag.enum?.length !== 1) return undefined;
    return { kind, tag: value, payload, step };
  };
  if (keys === "id,type,properties" && schema.required?.length === 3) {
    return of("EventOf", properties["type"]!, properties["properties"]!, "properties/properties");
  }
  if (keys === "id,metadata,type,durable,location,data" && schema.required?.length === 3) {
    return of("DurableOf", properties["type"]!, properties["data"]!, "properties/data");
  }
  const inner = properties["syncEvent"]?.properties;
  if (keys === "type,id,syncEvent" && inner) {
    return of("SyncOf", inner["type"]!, inner["data"]!, "properties/syncEvent/properties/data");
  }
  return undefined;
}

/** A schema as text that equal schemas share: keys sorted, descriptions left out. */
export function canonical(schema: Schema): string {
  return JSON.stringify(schema, (name, value) => {
    if (name === "description") return undefined;
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
  });
}
