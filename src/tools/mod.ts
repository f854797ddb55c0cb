/**
 * Tools that run in this process, under the caller's rules: the executor, the built-in tools, and your
 * own functions as tools.
 *
 * @example
 * ```ts
 * import { ToolExecutor } from "@x/opencode/tools";
 *
 * await using executor = new ToolExecutor({ builtins: ["read", "grep"] });
 * const { text } = await executor.execute("grep", { pattern: "MIT", path: "LICENSE" });
 * if (!text.startsWith("LICENSE:1:")) throw new Error(text);
 * ```
 *
 * @module
 */
export { toExecutor, ToolExecutor } from "./executor.ts";
export type { ToolsInput } from "./executor.ts";
export type { AuditRecord, Confirm, ExecuteOptions, ToolExecutorOptions } from "./options.ts";
export { tool } from "./define.ts";
export type { AnyTool, LegacyToolSpec, ToolSpec } from "./define.ts";
export { BUILTIN_TOOLS } from "./builtins.ts";
export type {
  PermissionAction,
  PermissionReply,
  PermissionRule,
  Permissions,
  ToolPermissionRule,
  ToolPermissions,
} from "./permissions.ts";
export type {
  ContentBlock,
  ImageBlock,
  InputCheck,
  TextBlock,
  Tool,
  ToolContext,
  ToolDefinition,
  ToolOutput,
  ToolResult,
  ToolStatus,
} from "./types.ts";
export type {
  AnySchema,
  CheckResult,
  InferSchema,
  ResolvedSchema,
  StandardIssue,
  StandardResult,
  StandardSchema,
} from "../schema/standard.ts";
export type { Issue } from "../schema/issues.ts";
export type { FromSchema, JsonSchema, JsonSchemaObject, JsonTypeName } from "../schema/types.ts";
