/**
 * `write`: a whole file, new or replaced.
 *
 * @module
 */
import { host } from "../../runtime/host.ts";
import { replaceFile } from "./text_file.ts";
import { ToolFault, type ToolOutput } from "../types.ts";
import { count, objectSchema, type Workspace } from "../workspace.ts";

/** The input of `write`. */
export interface WriteInput {
  /** The file. */
  path: string;
  /** Its whole content. */
  content: string;
}

export const WRITE_SCHEMA = objectSchema({
  path: {
    type: "string",
    minLength: 1,
    description: "The file, relative to the working directory.",
  },
  content: { type: "string", description: "The whole content of the file." },
}, ["path", "content"]);

export const WRITE_DESCRIPTION =
  "Writes a text file (UTF-8), making its parent directories; a file that is there is replaced. " +
  "To change a part of a file use `edit`.";

/** Writes a file. */
export async function runWrite(workspace: Workspace, input: WriteInput): Promise<ToolOutput> {
  const { sandbox } = workspace;
  const path = await sandbox.resolve(input.path);
  if (/[\\/]$/.test(input.path)) throw new ToolFault(`${input.path} names a directory, not a file`);
  return await workspace.locks.run(path.real, async () => {
    const before = path.exists ? await host().files.lstat(path.real) : undefined;
    if (before?.isDirectory) throw new ToolFault(`${path.shown} is a directory`);
    if (before && !before.isFile) throw new ToolFault(`${path.shown} is not a regular file`);
    const bytes = await replaceFile(sandbox, path, input.content, before?.mode);
    return {
      content: `${before ? "Replaced" : "Created"} ${path.shown} (${count(bytes, "byte")})`,
      metadata: { path: path.shown, bytes, created: before === undefined },
    };
  });
}
