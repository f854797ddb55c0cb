/**
 * `write`: a whole file, new or replaced.
 *
 * @module
 */
import { host } from "../../runtime/host.ts";
import type { FileInfo } from "../../runtime/port.ts";
import { replaceFile } from "./text_file.ts";
import { ToolFault, type ToolOutput } from "../types.ts";
import { count, fileLocks, type Workspace } from "../workspace.ts";

/** The input of `write`. */
export interface WriteInput {
  /** The file. */
  path: string;
  /** Its whole content. */
  content: string;
}

/** Writes a file. */
export async function runWrite(workspace: Workspace, input: WriteInput): Promise<ToolOutput> {
  const { sandbox } = workspace;
  const path = await sandbox.resolve(input.path);
  if (/[\\/]$/.test(input.path)) throw new ToolFault(`${input.path} names a directory, not a file`);
  return await fileLocks.run(path.real, async () => {
    const before = await present(path.real);
    if (before?.isDirectory) throw new ToolFault(`${path.shown} is a directory`);
    if (before && !before.isFile) throw new ToolFault(`${path.shown} is not a regular file`);
    const bytes = await replaceFile(sandbox, path, input.content, before);
    return {
      content: `${before ? "Replaced" : "Created"} ${path.shown} (${count(bytes, "byte")})`,
      metadata: { path: path.shown, bytes, created: before === undefined },
    };
  });
}

/** What is there now, another call may have made it. */
async function present(real: string): Promise<FileInfo | undefined> {
  try {
    return await host().files.lstat(real);
  } catch (error) {
    if (["not_found", "not_a_directory"].includes(host().failureKind(error))) return undefined;
    throw error;
  }
}
