/**
 * The six built-in tools.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import { host } from "../runtime/host.ts";
import { CATALOG } from "./catalog.ts";
import type { BashInput } from "./shell/bash.ts";
import type { EditInput } from "./files/edit.ts";
import type { GlobInput } from "./search/glob.ts";
import type { GrepInput } from "./search/grep.ts";
import type { ReadInput } from "./files/read.ts";
import type { WriteInput } from "./files/write.ts";
import type { JsonSchemaObject } from "../schema/types.ts";
import { decideAll, decideSearch, type Decision, stricter } from "./permissions.ts";
import type { InputCheck, Tool, ToolContext } from "./types.ts";
import type { Workspace } from "./workspace.ts";

/** The names of the built-in tools. */
export const BUILTIN_TOOLS = ["bash", "write", "edit", "read", "glob", "grep"] as const;

/** Makes the built-in tools of one executor. */
export function builtinTools(workspace: Workspace, which: boolean | readonly string[]): Tool[] {
  const byPath = (input: unknown) =>
    pathSubjects(workspace, (input as { path?: string }).path ?? ".");
  const all: Tool[] = [
    make("bash", async (input, context) => {
      const { runBash } = await import("./shell/bash.ts");
      return await runBash(workspace, input as BashInput, context);
    }),
    make("write", async (input) => {
      const { runWrite } = await import("./files/write.ts");
      return await runWrite(workspace, input as WriteInput);
    }, byPath),
    make("edit", async (input) => {
      const { runEdit } = await import("./files/edit.ts");
      return await runEdit(workspace, input as EditInput);
    }, byPath),
    make("read", async (input, context) => {
      const { runRead } = await import("./files/read.ts");
      return await runRead(workspace, input as ReadInput, context.signal);
    }, byPath),
    make("glob", async (input, context) => {
      const { runGlob } = await import("./search/glob.ts");
      return await runGlob(workspace, input as GlobInput, context.signal);
    }, byPath),
    make("grep", async (input, context) => {
      const { runGrep } = await import("./search/grep.ts");
      return await runGrep(workspace, input as GrepInput, context.signal);
    }, byPath),
  ];
  if (typeof which === "boolean") return which ? all : [];
  const unknown = which.find((name) => !all.some((tool) => tool.name === name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(
      `Cannot find a built-in tool called ${JSON.stringify(unknown)}: there are ${
        BUILTIN_TOOLS.join(", ")
      }`,
    );
  }
  return all.filter((tool) => which.includes(tool.name));
}

function make(
  name: keyof typeof CATALOG,
  execute: (input: unknown, context: ToolContext) => unknown,
  subjects?: (input: unknown) => Promise<readonly string[]>,
): Tool {
  const { description, inputSchema } = CATALOG[name];
  return {
    name,
    description,
    inputSchema,
    check: (input) => checkAgainst(inputSchema, input),
    execute,
    ...(subjects ? { subjects } : {}),
  };
}

/** Checks an input against a JSON Schema. */
async function checkAgainst(schema: JsonSchemaObject, input: unknown): Promise<InputCheck> {
  const { validate } = await import("../schema/validate.ts");
  const issues = validate(schema, input);
  if (issues.length === 0) return { ok: true, value: input };
  return {
    ok: false,
    issues: issues.map(({ path, message }) => path ? `${path}: ${message}` : message),
  };
}

/** A path as permission patterns see it: as it is, and as it was asked for where a link leads elsewhere. */
async function pathSubjects(workspace: Workspace, path: string): Promise<readonly string[]> {
  const { shown, asked } = await workspace.sandbox.resolve(path);
  return shown === asked ? [shown] : [shown, asked];
}

/** What the rules say of a call. */
export async function decideCall(
  workspace: Workspace,
  tool: Tool,
  builtin: boolean,
  input: unknown,
): Promise<Decision> {
  const { permissions } = workspace;
  const { name } = tool;
  if (builtin && name === "bash") {
    const { bashSubjects } = await import("./shell/bash.ts");
    const { subjects, opaque } = await bashSubjects(input);
    return decideAll(permissions, name, subjects, opaque);
  }
  const subjects = await tool.subjects?.(input) ?? [JSON.stringify(input) ?? ""];
  if (!builtin || (name !== "grep" && name !== "glob")) {
    return decideAll(permissions, name, subjects);
  }
  // What a search shows of a file is bound by the rules of reading it, too.
  const names = name === "grep" ? ["grep", "read"] : ["glob"];
  const below = await isDirectory(workspace, (input as { path?: string }).path ?? ".");
  return names.map((one) =>
    below ? decideSearch(permissions, one, subjects) : decideAll(permissions, one, subjects)
  ).reduce(stricter);
}

async function isDirectory(workspace: Workspace, path: string): Promise<boolean> {
  const { real, exists } = await workspace.sandbox.resolve(path);
  return exists && (await host().files.lstat(real)).isDirectory;
}
