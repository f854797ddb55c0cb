/**
 * Colours, where they are wanted.
 *
 * @module
 */

const CODES = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const;

/** Paints text, or leaves it as it is. */
export type Paint = (color: keyof typeof CODES, text: string) => string;

/** A painter. */
export function painter(wanted: boolean): Paint {
  return (color, text) => wanted ? `\u001b[${CODES[color]}m${text}\u001b[0m` : text;
}
