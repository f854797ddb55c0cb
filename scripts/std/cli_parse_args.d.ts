export interface ParseArgsOptions {
  "--"?: boolean;
  alias?: Record<string, string | readonly string[]>;
  boolean?: boolean | readonly string[];
  default?: Record<string, unknown>;
  stopEarly?: boolean;
  string?: readonly string[];
  collect?: readonly string[];
  negatable?: readonly string[];
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}
export interface ParsedArgs {
  _: Array<string | number>;
  "--"?: string[];
  // deno-lint-ignore no-explicit-any
  [key: string]: any;
}
export function parseArgs(args: string[], options?: ParseArgsOptions): ParsedArgs;
