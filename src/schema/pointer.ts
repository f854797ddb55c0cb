/**
 * References within a schema: JSON pointers in the fragment of a URI (RFC 6901, section 6).
 *
 * @module
 */

/**
 * What a reference such as `#/$defs/name` leads to; `undefined` where it leads nowhere, or out of
 * the schema.
 *
 * @param root The whole schema.
 */
export function atReference(root: unknown, ref: string): unknown {
  if (!ref.startsWith("#")) return undefined;
  let pointer: string;
  try {
    pointer = decodeURIComponent(ref.slice(1));
  } catch {
    return undefined;
  }
  if (pointer !== "" && !pointer.startsWith("/")) return undefined;
  let current = root;
  for (const name of pointer.split("/").slice(1)) {
    const key = name.replaceAll("~1", "/").replaceAll("~0", "~");
    if (current === null || typeof current !== "object" || !Object.hasOwn(current, key)) {
      return undefined;
    }
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}
