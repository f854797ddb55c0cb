/**
 * `anyOf` and `oneOf`: which alternative a value was meant to be, so that a message speaks of what
 * is wrong in it and not of all that it isn't.
 *
 * @module
 */
import { add, escape, inSchema, type Issue, type Place } from "./issues.ts";
import type { JsonSchema, JsonSchemaObject } from "./types.ts";
import { describe, has, hasType, isObject, list, show } from "./values.ts";

/** What this module needs of the validator. */
export interface Checker {
  /** Whether what a newer server may send passes. */
  readonly newer: boolean;
  /** Checks and adds what is wrong to `issues`. */
  visit(schema: JsonSchema, value: unknown, at: Place, issues: Issue[]): void;
  /** What a reference names, followed to the end. */
  resolve(schema: JsonSchema): JsonSchema;
}

/** Checks a value against the alternatives of a union. */
export function chooseBranch(
  checker: Checker,
  keyword: "anyOf" | "oneOf",
  branches: readonly JsonSchema[],
  value: unknown,
  at: Place,
  issues: Issue[],
): void {
  let candidates = branches.map((_, index) => index);
  const tag = isObject(value) ? tagOf(checker, branches) : undefined;
  const given = tag !== undefined && isObject(value) && has(value, tag.name)
    ? value[tag.name]
    : undefined;
  if (tag !== undefined && given !== undefined) {
    candidates = candidates.filter((index) => tag.values[index]?.includes(given) ?? true);
    if (candidates.length === 0) {
      if (checker.newer && typeof given === "string") return;
      return unknownTag(tag, given, keyword, at, issues);
    }
  }
  const tried = candidates.map((index) => {
    const found: Issue[] = [];
    checker.visit(branches[index]!, value, inSchema(at, `${keyword}/${index}`), found);
    return { index, found };
  });
  const fitting = tried.filter(({ found }) => found.length === 0).length;
  if (fitting === 1 || (fitting > 1 && (keyword === "anyOf" || checker.newer))) return;
  if (fitting > 1) {
    return add(issues, at, keyword, `Fits ${fitting} alternatives where one is allowed`);
  }
  if (tag !== undefined && given === undefined) return unknownTag(tag, given, keyword, at, issues);
  const likely = tried.length < 2
    ? tried
    : tried.filter(({ index }) => typeFits(checker.resolve(branches[index]!), value));
  if (likely.length === 0) {
    const expected = new Set(branches.flatMap((branch) => typeNames(checker.resolve(branch))));
    const what = expected.size === 0 ? "another value" : [...expected].join(" or ");
    return add(issues, at, keyword, `Expected ${what}, got ${describe(value)}`);
  }
  const closest = likely.reduce((best, next) =>
    distance(next.found) < distance(best.found) ? next : best
  );
  if (likely.length > 1) {
    add(
      issues,
      at,
      keyword,
      `Fits none of ${branches.length} alternatives; the closest is number ${closest.index}`,
    );
  }
  issues.push(...closest.found);
}

/** A field that distinguishes the alternatives; `values[i]` is undefined for what is no object. */
interface Tag {
  name: string;
  values: (readonly unknown[] | undefined)[];
}

const tags = new WeakMap<readonly JsonSchema[], Tag | null>();

function tagOf(checker: Checker, branches: readonly JsonSchema[]): Tag | undefined {
  const kept = tags.get(branches);
  if (kept !== undefined) return kept ?? undefined;
  const found = findTag(checker, branches);
  tags.set(branches, found ?? null);
  return found;
}

function findTag(checker: Checker, branches: readonly JsonSchema[]): Tag | undefined {
  const objects = branches.map((branch) => fixedFields(checker, branch, 0));
  const first = objects.find((fields) => fields !== undefined);
  if (first === undefined || objects.filter((fields) => fields !== undefined).length < 2) return;
  // An alternative that isn't told apart (`{}`, a reference that leads nowhere) stays a candidate.
  const names = [...first.keys()].sort((a, b) => Number(b === "type") - Number(a === "type"));
  for (const name of names) {
    const values = objects.map((fields) => fields?.get(name));
    const complete = objects.every((fields) => fields === undefined || fields.has(name));
    const all = values.flatMap((list) => list ?? []);
    if (complete && new Set(all).size === all.length) {
      return { name, values: forObjects(values, checker, branches) };
    }
  }
  return undefined;
}

/** An alternative that is no object at all is ruled out for one. */
function forObjects(
  values: Tag["values"],
  checker: Checker,
  branches: readonly JsonSchema[],
): Tag["values"] {
  return values.map((list, index) => {
    if (list !== undefined) return list;
    return typeFits(checker.resolve(branches[index]!), {}) ? undefined : [];
  });
}

/** The fields of an object that have one of a few fixed values; undefined for what is no object. */
function fixedFields(
  checker: Checker,
  schema: JsonSchema,
  depth: number,
): Map<string, readonly unknown[]> | undefined {
  const branch = checker.resolve(schema);
  if (typeof branch === "boolean" || depth > 5) return undefined;
  const fields = new Map<string, readonly unknown[]>();
  for (const part of branch.allOf ?? []) {
    for (const [name, values] of fixedFields(checker, part, depth + 1) ?? []) {
      fields.set(name, values);
    }
  }
  for (const [name, property] of Object.entries(branch.properties ?? {})) {
    const values = fixedValues(checker.resolve(property));
    if (values !== undefined) fields.set(name, values);
  }
  return branch.properties === undefined && fields.size === 0 ? undefined : fields;
}

function fixedValues(schema: JsonSchema): readonly unknown[] | undefined {
  if (typeof schema === "boolean") return undefined;
  if (schema.const !== undefined) return [schema.const];
  return schema.enum;
}

function unknownTag(tag: Tag, given: unknown, keyword: string, at: Place, issues: Issue[]): void {
  const known = tag.values.flatMap((values) => (values ?? []).map(show));
  const message = given === undefined
    ? `The field ${show(tag.name)} is missing: expected one of ${list(known)}`
    : `Expected ${list(known)}, got ${show(given)}`;
  add(
    issues,
    given === undefined ? at : { ...at, path: `${at.path}/${escape(tag.name)}` },
    keyword,
    message,
  );
}

function typeFits(schema: JsonSchema, value: unknown): boolean {
  if (typeof schema === "boolean") return schema;
  return schema.type === undefined ? fixedFits(schema, value) : hasType(schema.type, value);
}

/** A `const` or an `enum` without a `type` beside it. */
function fixedFits(schema: JsonSchemaObject, value: unknown): boolean {
  const values = fixedValues(schema);
  return values === undefined || values.some((item) => describe(item) === describe(value));
}

function typeNames(schema: JsonSchema): string[] {
  if (typeof schema === "boolean") return [];
  if (schema.type !== undefined) return ([] as string[]).concat(schema.type as string | string[]);
  return (fixedValues(schema) ?? []).map(show);
}

/** How far a value is from an alternative: fewer faults, and faults further inside, are nearer. */
function distance(found: readonly Issue[]): number {
  const deepest = Math.max(...found.map(({ path }) => path.split("/").length));
  return found.length - 0.01 * deepest;
}
