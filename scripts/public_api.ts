/**
 * The public names of every entry with their types, one line each, as `tests/fixtures/api.txt` holds
 * them. `deno run -A scripts/deno.ts run -A scripts/public_api.ts` writes the file anew.
 */
import { stdArgs } from "./deno.ts";

// deno-lint-ignore no-explicit-any
type Node = any;

/** Where the golden file stands. */
export const API_FILE = new URL("../tests/fixtures/api.txt", import.meta.url);

/** The public symbols of every entry but the command line, as `deno doc --json` lists them. */
export async function publicSymbols(): Promise<Map<string, Node[]>> {
  const root = new URL("../", import.meta.url);
  const { exports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const std = await stdArgs();
  const symbols = new Map<string, Node[]>();
  for (const [entry, path] of Object.entries(exports as Record<string, string>)) {
    if (entry === "./cli") continue;
    const { stdout, success } = await new Deno.Command(Deno.execPath(), {
      args: ["doc", "--json", "--quiet", ...std, path],
      cwd: root,
      stderr: "inherit",
    }).output();
    if (!success) throw new Error(`deno doc ${path} failed`);
    const { nodes } = JSON.parse(new TextDecoder().decode(stdout));
    symbols.set(entry, nodes[new URL(path, root).href].symbols);
  }
  return symbols;
}

/**
 * The text of the golden file.
 *
 * @param entries The symbols of every entry.
 */
export function publicApi(entries: Map<string, Node[]>): string {
  const lines: string[] = [];
  for (const [entry, symbols] of entries) {
    const found = symbols.flatMap(({ name, declarations }) =>
      (declarations as Node[]).filter(isHandWritten).flatMap((one) => declaration(name, one))
    );
    // members stand under the first entry that has them
    const known = new Set(lines);
    const fresh = found.filter((line) => !known.has(line) || /^(type|interface|class) /.test(line));
    lines.push(`# ${entry}`, ...[...new Set(fresh)].sort(), "");
  }
  return lines.join("\n");
}

/**
 * The names that stand for different declarations in different entries, with their places. A
 * declaration marked deprecated does not count: it is the old meaning, kept for one version.
 *
 * @param entries The symbols of every entry.
 */
export function ambiguousNames(entries: Map<string, Node[]>): string[] {
  const meanings = new Map<string, Set<string>>();
  for (const { name, declarations } of [...entries.values()].flat()) {
    const places = (declarations as Node[]).filter(isCurrent)
      .map(({ location }) => `${location.filename}:${location.line}`);
    if (places.length === 0) continue;
    const known = meanings.get(name) ?? new Set();
    meanings.set(name, known.add(places.sort().join(" and ")));
  }
  return [...meanings].filter(([, places]) => places.size > 1)
    .map(([name, places]) => `${name}: ${[...places].join(", ")}`);
}

/** Whether a declaration is exported, not deprecated, and no mere re-export of another entry. */
function isCurrent({ declarationKind, jsDoc, location }: Node): boolean {
  const isDeprecated = jsDoc?.tags?.some(({ kind }: Node) => kind === "deprecated");
  return declarationKind === "export" && !isDeprecated && !location.filename.endsWith("/mod.ts");
}

function isHandWritten({ location, declarationKind }: Node): boolean {
  return declarationKind === "export" && !location.filename.endsWith(".gen.ts");
}

function declaration(name: string, { kind, def }: Node): string[] {
  if (kind === "namespace") return [`namespace ${name}`];
  if (kind === "variable") return [`const ${name}: ${type(def.tsType)}`];
  if (kind === "function") return [`function ${name}${signature(def)}`];
  if (kind === "typeAlias") return [`type ${name}${generics(def)} = ${type(def.tsType)}`];
  const bases = [...def.extends ? [def.extends].flat() : [], ...def.superTypeParams ?? []]
    .map((base) => typeof base === "string" ? base : type(base));
  const head = `${kind} ${name}${generics(def)}${
    bases.length ? ` extends ${bases.join(", ")}` : ""
  }`;
  return [head, ...members(def).map((member) => `${name}.${member}`)];
}

function members(def: Node): string[] {
  const of = (list: Node[] = [], print: (one: Node) => string) =>
    list.filter(({ accessibility }) => accessibility !== "private").map(print);
  return [
    ...of(def.constructors, (one) => `constructor${signature(one)}`),
    ...of(
      def.properties,
      (one) =>
        `${one.isStatic ? "static " : ""}${one.readonly ? "readonly " : ""}${one.name}${
          one.optional ? "?" : ""
        }: ${type(one.tsType)}`,
    ),
    ...of(
      def.methods,
      (one) =>
        `${one.isStatic ? "static " : ""}${
          /getter|setter/.test(one.kind) ? `${one.kind} ` : ""
        }${one.name}${one.optional ? "?" : ""}${signature(one.functionDef ?? one)}`,
    ),
    ...of(def.callSignatures, (one) => `call${signature(one)}`),
    ...of(
      def.indexSignatures,
      (one) => `[${(one.params ?? []).map(parameter).join(", ")}]: ${type(one.tsType)}`,
    ),
  ];
}

function signature(of: Node): string {
  const returns = of.returnType ?? of.tsType;
  return `${generics(of)}(${(of.params ?? []).map(parameter).join(", ")})${
    returns ? `: ${type(returns)}` : ""
  }`;
}

function parameter(one: Node): string {
  if (one.kind === "assign") {
    const { left } = one;
    return `${left.name ?? "{}"}?: ${type(left.tsType ?? one.tsType)}`;
  }
  if (one.kind === "rest") return `...${one.arg.name}: ${type(one.tsType ?? one.arg.tsType)}`;
  return `${one.name ?? "{}"}${one.optional ? "?" : ""}: ${type(one.tsType)}`;
}

function generics({ typeParams }: Node): string {
  if (!typeParams?.length) return "";
  return `<${
    (typeParams as Node[]).map(({ name, constraint, default: byDefault }) =>
      name + (constraint ? ` extends ${type(constraint)}` : "") +
      (byDefault ? ` = ${type(byDefault)}` : "")
    ).join(", ")
  }>`;
}

function type(of: Node): string {
  if (!of) return "inferred";
  const { kind, value, repr } = of;
  const list = (items: Node[], separator: string) => items.map(type).join(separator);
  if (kind === "keyword") return value;
  if (kind === "literal") return value.kind === "string" ? JSON.stringify(value.string) : repr;
  if (kind === "typeRef") {
    return value.typeName + (value.typeParams?.length ? `<${list(value.typeParams, ", ")}>` : "");
  }
  if (kind === "union") return list(value, " | ");
  if (kind === "intersection") return list(value, " & ");
  if (kind === "array") return `(${type(value)})[]`;
  if (kind === "tuple") return `[${list(value, ", ")}]`;
  if (kind === "parenthesized") return `(${type(value)})`;
  if (kind === "optional") return `${type(value)}?`;
  if (kind === "rest") return `...${type(value)}`;
  if (kind === "typeOperator") return `${value.operator} ${type(value.tsType)}`;
  if (kind === "fnOrConstructor") {
    return `${signature(value).replace("): ", ") => ")}`;
  }
  if (kind === "indexedAccess") return `${type(value.objType)}[${type(value.indexType)}]`;
  if (kind === "typeLiteral") return `{ ${members(value).join("; ")} }`;
  return repr || JSON.stringify(value, (key, inner) => key === "location" ? undefined : inner);
}

if (import.meta.main) await Deno.writeTextFile(API_FILE, publicApi(await publicSymbols()));
