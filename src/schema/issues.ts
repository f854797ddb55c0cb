/**
 * What is wrong in a value, and where.
 *
 * @module
 */

/** Something wrong in a value. */
export interface Issue {
  /** Where in the value, as a JSON pointer; `""` is the whole. */
  path: string;
  /** Which keyword of the schema, as a JSON pointer that begins with `#` or the last `$ref`. */
  schemaPath: string;
  /** What was expected and what is there. */
  message: string;
}

/** Where a check stands. */
export interface Place {
  path: string;
  schemaPath: string;
  /** How many steps into the value. */
  depth: number;
  /** How many steps through the schema without one into the value. */
  still: number;
}

/** Adds an issue. */
export function add(issues: Issue[], at: Place, keyword: string, message: string): void {
  const schemaPath = keyword === "" ? at.schemaPath : `${at.schemaPath}/${keyword}`;
  issues.push({ path: at.path, schemaPath, message });
}

/** The same value, deeper in the schema. */
export function inSchema(at: Place, keywords: string): Place {
  return { ...at, schemaPath: `${at.schemaPath}/${keywords}`, still: at.still + 1 };
}

/** A step into the value. */
export function step(at: Place, key: string | number, keywords: string): Place {
  return {
    path: `${at.path}/${escape(String(key))}`,
    schemaPath: keywords === "" ? at.schemaPath : `${at.schemaPath}/${keywords}`,
    depth: at.depth + 1,
    still: 0,
  };
}

/** A name as a part of a JSON pointer. */
export function escape(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
