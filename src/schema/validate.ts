/**
 * One validator for answers of the server, inputs of tools and structured results: a subset of JSON
 * Schema, draft 2020-12.
 *
 * Checked: the keywords of {@linkcode JsonSchemaObject}. Not checked: `format`, `if`/`then`/`else`,
 * `dependent…`, `unevaluated…`, `contains`, `$anchor`, `$dynamicRef` and `content…`. References are
 * looked up in the schema itself or by `refs`, never fetched. A `pattern` that could take too long
 * on a text is passed over. Whatever the schema and the value, the check ends.
 *
 * @module
 */
import { matches } from "./pattern.ts";
import { atReference } from "./pointer.ts";
import type { JsonSchema, JsonSchemaObject } from "./types.ts";
import { add, escape, inSchema, type Issue, type Place, step } from "./issues.ts";
import { type Checker, chooseBranch } from "./union.ts";
import {
  canonical,
  codePoints,
  describe,
  has,
  hasType,
  isObject,
  list,
  same,
  show,
} from "./values.ts";

export type { Issue };

/** What {@linkcode validate} takes. */
export interface ValidateOptions {
  /** Finds what a `$ref` names; what it doesn't know is looked up in the schema itself. */
  refs?: (ref: string) => JsonSchema | undefined;
  /** Whether fields pass that `additionalProperties: false` forbids. @default {"error"} */
  unknownFields?: "allow" | "error";
  /**
   * Whether a string passes that is in no `enum`, and an object whose discriminator no alternative
   * of a union names: what a newer server may send. @default {"error"}
   */
  unknownEnum?: "allow" | "error";
  /** Where to stop. @default {10} */
  maxIssues?: number;
}

/** How deep a value may be nested. */
const MAX_DEPTH = 400;
/** How many references in a row may lead from one to the next without a step into the value. */
const MAX_REFS = 50;
/** How many checks one call may take: about two seconds, or some 50 MB of JSON. */
const MAX_STEPS = 5_000_000;
/** How many of them may be deep in the schema without a step into the value. */
const MAX_STILL_STEPS = 200_000;
const STILL = 8;

/**
 * Checks a value against a JSON Schema.
 *
 * @returns What is wrong, in the order of the schema; nothing where the value fits.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { validate } from "./validate.ts";
 *
 * const schema = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };
 * assertEquals(validate(schema, { n: 1 }), []);
 * assertEquals(validate(schema, { n: "1" }), [
 *   { path: "/n", schemaPath: "#/properties/n/type", message: "Expected number, got string" },
 * ]);
 * ```
 */
export function validate(
  schema: JsonSchema,
  value: unknown,
  options: ValidateOptions = {},
): Issue[] {
  return new Run(schema, options).check(schema, value);
}

/** One call of {@linkcode validate}. */
class Run implements Checker {
  readonly newer: boolean;
  readonly #root: JsonSchema;
  readonly #options: ValidateOptions;
  readonly #maxIssues: number;
  #steps = 0;
  #stillSteps = 0;

  constructor(root: JsonSchema, options: ValidateOptions) {
    this.#root = root;
    this.#options = options;
    this.#maxIssues = options.maxIssues ?? 10;
    this.newer = options.unknownEnum === "allow";
  }

  check(schema: JsonSchema, value: unknown): Issue[] {
    const issues: Issue[] = [];
    const at: Place = { path: "", schemaPath: "#", depth: 0, still: 0 };
    try {
      this.visit(schema, value, at, issues);
    } catch (error) {
      // Ours, or the stack's, in a schema that goes many steps for each level of a deep value.
      if (!(error instanceof RangeError)) throw error;
      issues.splice(this.#maxIssues - 1);
      add(issues, at, "", `The check was given up: ${error.message}`);
    }
    return issues.slice(0, this.#maxIssues);
  }

  /** Checks and adds what is wrong to `issues`. */
  visit(schema: JsonSchema, value: unknown, at: Place, issues: Issue[]): void {
    if (schema === true || issues.length >= this.#maxIssues) return;
    if (schema === false) return add(issues, at, "", "Nothing is allowed here");
    if (schema === null || typeof schema !== "object") {
      return add(issues, at, "", "The schema is no schema: expected an object or a boolean");
    }
    if (++this.#steps > MAX_STEPS || (at.still > STILL && ++this.#stillSteps > MAX_STILL_STEPS)) {
      throw new RangeError("it takes too many steps");
    }
    if (at.depth > MAX_DEPTH) {
      return add(issues, at, "", `Nested deeper than ${MAX_DEPTH} levels`);
    }
    if (schema.$ref !== undefined) this.#reference(schema.$ref, value, at, issues);
    if (schema.type !== undefined && !hasType(schema.type, value)) {
      const expected = ([] as string[]).concat(schema.type as string | string[]).join(" or ");
      return add(issues, at, "type", `Expected ${expected}, got ${describe(value)}`);
    }
    this.#fixed(schema, value, at, issues);
    if (typeof value === "string") checkString(schema, value, at, issues);
    else if (typeof value === "number") checkNumber(schema, value, at, issues);
    else if (Array.isArray(value)) this.#array(schema, value, at, issues);
    else if (isObject(value)) this.#object(schema, value, at, issues);
    schema.allOf?.forEach((part, i) => this.visit(part, value, inSchema(at, `allOf/${i}`), issues));
    if (schema.anyOf) chooseBranch(this, "anyOf", schema.anyOf, value, at, issues);
    if (schema.oneOf) chooseBranch(this, "oneOf", schema.oneOf, value, at, issues);
    if (schema.not !== undefined) {
      const inside: Issue[] = [];
      this.visit(schema.not, value, inSchema(at, "not"), inside);
      if (inside.length === 0) add(issues, at, "not", "The value is one that is excluded");
    }
  }

  /** What a reference names, followed to the end. */
  resolve(schema: JsonSchema): JsonSchema {
    let current = schema;
    for (let i = 0; i < MAX_REFS; i++) {
      if (typeof current === "boolean" || typeof current.$ref !== "string") return current;
      const next = this.#lookUp(current.$ref);
      if (next === undefined) return current;
      current = next;
    }
    return current;
  }

  #reference(ref: string, value: unknown, at: Place, issues: Issue[]): void {
    const target = this.#lookUp(ref);
    if (target === undefined) return add(issues, at, "$ref", `Cannot resolve the reference ${ref}`);
    if (at.still >= MAX_REFS) {
      return add(issues, at, "$ref", `The reference ${ref} leads to itself without end`);
    }
    this.visit(target, value, { ...at, schemaPath: ref, still: at.still + 1 }, issues);
  }

  #lookUp(ref: string): JsonSchema | undefined {
    const found = this.#options.refs?.(ref);
    if (found !== undefined) return found;
    const target = atReference(this.#root, ref);
    return typeof target === "boolean" || isObject(target) ? target as JsonSchema : undefined;
  }

  #fixed(schema: JsonSchemaObject, value: unknown, at: Place, issues: Issue[]): void {
    if ("const" in schema && schema.const !== undefined && !same(schema.const, value)) {
      if (!(this.newer && typeof value === "string" && typeof schema.const === "string")) {
        add(issues, at, "const", `Expected ${show(schema.const)}, got ${show(value)}`);
      }
    }
    const { enum: allowed } = schema;
    if (allowed === undefined || allowed.some((item) => same(item, value))) return;
    const extends_ = this.newer && typeof value === "string" &&
      allowed.some((item) => typeof item === "string");
    if (extends_) return;
    add(issues, at, "enum", `Expected ${list(allowed.map(show))}, got ${show(value)}`);
  }

  #array(schema: JsonSchemaObject, value: unknown[], at: Place, issues: Issue[]): void {
    const { minItems = 0, maxItems = Infinity, prefixItems = [], items } = schema;
    bounds(value.length, minItems, maxItems, "item", ["minItems", "maxItems"], at, issues);
    for (let i = 0; i < value.length && issues.length < this.#maxIssues; i++) {
      const prefix = prefixItems[i];
      if (prefix !== undefined) {
        this.visit(prefix, value[i], step(at, i, `prefixItems/${i}`), issues);
      } else if (items === undefined || items === true) break;
      else this.visit(items, value[i], step(at, i, "items"), issues);
    }
    if (schema.uniqueItems) {
      const seen = new Set(value.map((item) => canonical(item)));
      if (seen.size < value.length) add(issues, at, "uniqueItems", "Two items are the same");
    }
  }

  #object(
    schema: JsonSchemaObject,
    value: Record<string, unknown>,
    at: Place,
    issues: Issue[],
  ): void {
    const { properties, required, patternProperties, additionalProperties, propertyNames } = schema;
    for (const name of required ?? []) {
      if (!has(value, name)) add(issues, at, "required", `The field ${show(name)} is missing`);
    }
    const names = Object.keys(value).filter((name) => value[name] !== undefined);
    const { minProperties = 0, maxProperties = Infinity } = schema;
    const keywords = ["minProperties", "maxProperties"] as const;
    bounds(names.length, minProperties, maxProperties, "field", keywords, at, issues);
    for (const name of names) {
      if (issues.length >= this.#maxIssues) return;
      let covered = false;
      if (properties !== undefined && Object.hasOwn(properties, name)) {
        covered = true;
        const place = step(at, name, `properties/${escape(name)}`);
        this.visit(properties[name]!, value[name], place, issues);
      }
      for (const pattern in patternProperties) {
        if (matches(pattern, name) === false) continue;
        covered = true;
        const place = step(at, name, `patternProperties/${escape(pattern)}`);
        this.visit(patternProperties[pattern]!, value[name], place, issues);
      }
      if (propertyNames !== undefined) {
        this.visit(propertyNames, name, step(at, name, "propertyNames"), issues);
      }
      if (covered || additionalProperties === undefined) continue;
      if (additionalProperties === false) {
        if (this.#options.unknownFields === "allow") continue;
        add(
          issues,
          step(at, name, ""),
          "additionalProperties",
          `The field ${show(name)} is unknown`,
        );
      } else {
        const place = step(at, name, "additionalProperties");
        this.visit(additionalProperties, value[name], place, issues);
      }
    }
  }
}

function checkString(schema: JsonSchemaObject, value: string, at: Place, issues: Issue[]): void {
  const { pattern, minLength = 0, maxLength = Infinity } = schema;
  if (minLength > 0 || maxLength < Infinity) {
    const length = codePoints(value);
    bounds(length, minLength, maxLength, "character", ["minLength", "maxLength"], at, issues);
  }
  if (pattern !== undefined && matches(pattern, value) === false) {
    add(issues, at, "pattern", `Expected text that matches ${pattern}, got ${show(value)}`);
  }
}

function checkNumber(schema: JsonSchemaObject, value: number, at: Place, issues: Issue[]): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const wrong = (keyword: string, text: string) =>
    add(issues, at, keyword, `Expected ${text}, got ${value}`);
  if (minimum !== undefined && value < minimum) wrong("minimum", `at least ${minimum}`);
  if (maximum !== undefined && value > maximum) wrong("maximum", `at most ${maximum}`);
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) {
    wrong("exclusiveMinimum", `more than ${exclusiveMinimum}`);
  }
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) {
    wrong("exclusiveMaximum", `less than ${exclusiveMaximum}`);
  }
  if (multipleOf !== undefined && multipleOf > 0) {
    const times = value / multipleOf;
    // 0.3 / 0.1 is not quite 3.
    if (Math.abs(times - Math.round(times)) > 1e-9 * Math.max(1, Math.abs(times))) {
      wrong("multipleOf", `a multiple of ${multipleOf}`);
    }
  }
}

function bounds(
  count: number,
  min: number,
  max: number,
  noun: string,
  keywords: readonly [string, string],
  at: Place,
  issues: Issue[],
): void {
  const some = (n: number) => `${n} ${noun}${n === 1 ? "" : "s"}`;
  if (count < min) add(issues, at, keywords[0], `Expected at least ${some(min)}, got ${count}`);
  if (count > max) add(issues, at, keywords[1], `Expected at most ${some(max)}, got ${count}`);
}
