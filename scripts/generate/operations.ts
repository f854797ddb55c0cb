import { comment, sentence } from "./comment.ts";
import { camel, type Document, key, type Operation, pascal, type Schema } from "./document.ts";
import type { Names } from "./names.ts";
import { typeOf } from "./types.ts";

/**
 * Operations that set the model to work: repeated only if they provably never reached the server.
 * The document does not mark them, so they are named here; a name that is gone stops the generator.
 */
const MODEL_WORK = new Set([
  "session.prompt",
  "session.prompt_async",
  "session.command",
  "session.shell",
  "session.summarize",
  "session.init",
  "experimental.projectCopy.generateName",
  "tui.submitPrompt",
  "tui.executeCommand",
  "tui.publish",
  "v2.session.prompt",
  "v2.session.compact",
]);

/** Operations that upgrade the connection to a WebSocket, which the document does not say. */
const WEB_SOCKET = new Set(["pty.connect", "v2.pty.connect"]);

/** What callers should know beyond method and path (server 1.18.33). */
const NOTES: Readonly<Record<string, string>> = {
  "v2.session.events": ": resolves with the first event, for the server sends nothing before.",
  "session.prompt":
    ": resolves at the end of the whole turn; closing the connection does not stop it.",
  "session.abort": ": `true` also where there was nothing to abort.",
};

/** What the generator knows of one operation. */
export interface Described {
  id: string;
  /** Its row: `METHOD path flags query…`, read by `src/api/operation.ts`. */
  row: string;
  inputName: string;
  inputType: string;
  inputRequired: boolean;
  outputType: string;
  outputName: string | undefined;
  /** The schema of its answer, where there is one to check. */
  answer: Schema | undefined;
  doc: string;
}

/** Describes every operation of the document, in its order. */
export function describeAll(document: Document, names: Names): Described[] {
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => describe(method, path, operation, names))
  );
  const ids = new Set(all.map(({ id }) => id));
  const gone = [...MODEL_WORK, ...WEB_SOCKET].filter((id) => !ids.has(id));
  if (gone.length > 0) throw new Error(`The document no longer has ${gone.join(", ")}`);
  return all;
}

function describe(method: string, path: string, operation: Operation, names: Names): Described {
  const id = operation.operationId;
  const parameters = operation.parameters ?? [];
  const inPath = parameters.filter((parameter) => parameter.in === "path");
  let inQuery = parameters.filter((parameter) => parameter.in === "query");
  const queryNames = new Set(inQuery.map(({ name }) => name));
  let flags = "";
  const bases: string[] = [];
  const fields: string[] = [];
  let required = inPath.length > 0;

  if (queryNames.has("directory") && queryNames.has("workspace")) {
    flags += "d";
    bases.push("Scope");
    inQuery = inQuery.filter(({ name }) => name !== "directory" && name !== "workspace");
  } else if (queryNames.has("location") || queryNames.has("location[directory]")) {
    flags += "l";
    bases.push("Located");
    inQuery = inQuery.filter(({ name }) => !name.startsWith("location"));
  }
  for (const { name } of inPath) fields.push(`${key(name)}: string`);
  if (path.endsWith("/*")) {
    fields.push("path: string");
    required = true;
  }
  for (const parameter of inQuery) {
    required ||= parameter.required === true;
    fields.push(field(parameter.name, parameter.schema, parameter.required === true, names));
  }

  const body = operation.requestBody?.content?.["application/json"]?.schema;
  let both: string[] = [];
  if (body) {
    const known = names.fields(body);
    both = inPath.map(({ name }) => name).filter((name) => known.has(name));
    // A directory of the body's own says what to work on; where stays with the client, or `query`.
    if (flags === "d" && known.has("directory")) flags = "D";
    if (known.has("location") && body.type === "object") flags += "L";
    if (known.size === 0) {
      flags += "B";
      fields.push(`body: ${typeOf(body, names)}`);
      required = true;
    } else {
      flags += "b";
      if (body.type === "object") {
        const needed = new Set(body.required);
        required ||= needed.size > 0;
        for (const [name, schema] of Object.entries(body.properties ?? {})) {
          if (inPath.some((parameter) => parameter.name === name)) continue;
          fields.push(field(name, schema, needed.has(name), names));
        }
      } else {
        const target = names.resolve(body);
        required ||= (target.required?.length ?? 0) > 0 || target.type !== "object";
        const type = typeOf(body, names);
        bases.push(body.$ref ? type : `(${type})`);
      }
    }
  }

  const { type: outputType, flag, answer } = output(operation, names);
  flags += WEB_SOCKET.has(id) ? "w" : flag;
  if (MODEL_WORK.has(id)) flags += "m";
  const own = fields.length > 0 ? `{ ${fields.join("; ")} }` : "";
  const inputType = [...bases, ...own ? [own] : []].join(" & ");
  const plain = /^\w+(\[\])?$/.test(outputType);
  return {
    id,
    row: [
      method.toUpperCase(),
      path,
      flags || "-",
      ...both.map((name) => `+${name}`),
      ...inQuery.map(({ name }) => name),
    ].join(" "),
    inputName: names.free(`${pascal(id)}Input`) ?? `${pascal(id)}Params`,
    inputType,
    inputRequired: required,
    outputType: WEB_SOCKET.has(id) ? "WebSocket" : outputType,
    outputName: plain || WEB_SOCKET.has(id) || /^(Array<\w+>|AsyncEvents<\w+>)$/.test(outputType)
      ? undefined
      : names.free(`${pascal(id)}Output`) ?? `${pascal(id)}Answer`,
    answer: WEB_SOCKET.has(id) ? undefined : answer,
    doc: `${sentence(operation.description ?? "")} \`${method.toUpperCase()} ${path}\`${
      NOTES[id] ?? ""
    }`.trim(),
  };
}

function field(name: string, schema: Schema, required: boolean, names: Names): string {
  const type = typeOf(schema, names);
  return required
    ? `${key(name)}: ${type}`
    : `${key(name)}?: ${type}${type === "unknown" ? "" : " | undefined"}`;
}

function output(
  operation: Operation,
  names: Names,
): { type: string; flag: string; answer: Schema | undefined } {
  const content = operation.responses["200"]?.content;
  if (!content) return { type: "void", flag: "n", answer: undefined };
  const [contentType, { schema }] = Object.entries(content)[0]!;
  if (contentType === "text/event-stream") {
    // Where the document describes the frame, the value is the JSON text in its data.
    const data = schema.properties?.["data"];
    const value = data ? names.resolve(data).contentSchema ?? data : schema;
    const type = typeOf(value, names);
    return { type: `AsyncEvents<${type}>`, flag: "e", answer: undefined };
  }
  if (contentType === "application/octet-stream") {
    return { type: "Uint8Array", flag: "o", answer: undefined };
  }
  if (contentType.startsWith("text/")) return { type: "string", flag: "t", answer: undefined };
  return { type: typeOf(schema, names), flag: "", answer: schema };
}

interface Group {
  name: string;
  methods: Map<string, Described>;
  groups: Map<string, Group>;
}

function grouped(operations: Described[]): Group {
  const root: Group = { name: "", methods: new Map(), groups: new Map() };
  for (const operation of operations) {
    const path = operation.id.split(".");
    const method = path.pop()!;
    let group = root;
    for (const step of path) {
      const name = group.name ? `${group.name}.${step}` : step;
      if (!group.groups.has(step)) {
        group.groups.set(step, { name, methods: new Map(), groups: new Map() });
      }
      group = group.groups.get(step)!;
    }
    group.methods.set(camel(method), operation);
  }
  return root;
}

/** The module of operations: the inputs, the typed groups, the table, and the class over it. */
export function renderOperations(operations: Described[], names: Names, header: string): string {
  const root = grouped(operations);
  const interfaces: string[] = [];
  const renderGroup = (group: Group): string => {
    const name = `${pascal(group.name)}Group`;
    const lines: string[] = [];
    for (const [method, operation] of group.methods) {
      const nested = group.groups.get(method);
      const type = nested ? `${signature(operation, " =>")} & ${renderGroup(nested)}` : "";
      lines.push(
        `  /** ${operation.doc} */`,
        nested
          ? `  readonly ${method}: ${type.replace(/^(.*=> \S+) & /, "($1) & ")};`
          : `  ${method}${signature(operation, ":")};`,
      );
    }
    for (const [step, nested] of group.groups) {
      if (group.methods.has(step)) continue;
      lines.push(`  /** \`${nested.name}.*\` */`, `  readonly ${step}: ${renderGroup(nested)};`);
    }
    interfaces.push(
      comment(`The operations \`${group.name}.*\`.`, "Operations"),
      `export interface ${name} {`,
      ...lines,
      "}",
    );
    return name;
  };
  const getters = [...root.groups].flatMap(([step, group]) => {
    const name = renderGroup(group);
    return [
      `  /** \`${group.name}.*\` */`,
      `  get ${step}(): ${name} {`,
      `    return this.group("${step}") as ${name};`,
      "  }",
    ];
  });
  const inputs = operations.filter(({ inputType }) => inputType && !/^\w+$/.test(inputType));
  const body = [
    comment(
      "Where a call works: the client's own directory and workspace are the default.",
      "Inputs",
    ),
    "export type Scope = { directory?: string | undefined; workspace?: string | undefined };",
    comment("The same, as the operations of `v2` take it.", "Inputs"),
    "export type Located = { location?: Scope | undefined };",
    ...inputs.flatMap((operation) => [
      comment(`What \`${operation.id}\` takes.`, "Inputs"),
      `export type ${operation.inputName} = ${operation.inputType};`,
    ]),
    ...operations.filter(({ outputName }) => outputName).flatMap((operation) => [
      comment(`What \`${operation.id}\` answers.`, "Answers"),
      `export type ${operation.outputName} = ${operation.outputType};`,
    ]),
    ...interfaces,
  ].join("\n");
  // what a comment says is no use of a type
  const used = [...new Set(body.replace(/\/\*\*.*?\*\//gs, "").match(/\b[A-Z]\w+/g))];
  const imports = used.filter((name) => names.free(name) === undefined).sort();
  return [
    header,
    `import type { ${imports.join(", ")} } from "./types.gen.ts";`,
    'import type { CallOptions } from "../http/options.ts";',
    'import type { AsyncEvents } from "./operation.ts";',
    body,
    "/** Every operation: method, path, flags and query names, as `operation.ts` reads them. */",
    "export const operations: Readonly<Record<string, string>> = {",
    ...operations.map(({ id, row }) => `  ${key(id)}: ${JSON.stringify(row)},`),
    "};",
    comment("The groups of operations; who extends it says how a group is made.", "Operations"),
    "export abstract class Api {",
    "  /** Makes the group of this name, or gives the one made before. */",
    "  protected abstract group(name: string): unknown;",
    ...getters,
    "}",
  ].join("\n") + "\n";
}

function signature(operation: Described, arrow: string): string {
  const { inputType, inputRequired, outputName, outputType } = operation;
  const output = outputName ?? outputType;
  const optional = inputRequired ? "" : "?";
  const input = !inputType
    ? "Record<string, never>"
    : /^\w+$/.test(inputType)
    ? inputType
    : operation.inputName;
  return `(input${optional}: ${input}, options?: CallOptions)${arrow} Promise<${output}>`;
}
