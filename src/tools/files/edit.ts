/**
 * `edit`: one piece of text for another, in a file.
 *
 * @module
 */
import { applyEdit } from "./edit_text.ts";
import { readTextFile, replaceFile } from "./text_file.ts";
import { ToolFault, type ToolOutput } from "../types.ts";
import { count, fileLocks, type Workspace } from "../workspace.ts";

/** The input of `edit`. */
export interface EditInput {
  /** The file. */
  path: string;
  /** The text to replace, as it is in the file. */
  old: string;
  /** The text to put in its place. */
  new: string;
  /** Replace every occurrence. */
  replaceAll?: boolean;
}

/** Edits a file. */
export async function runEdit(workspace: Workspace, input: EditInput): Promise<ToolOutput> {
  const { sandbox } = workspace;
  const path = await sandbox.resolve(input.path);
  if (!path.exists) throw new ToolFault(`${path.shown} does not exist; use \`write\` to create it`);
  return await fileLocks.run(path.real, async () => {
    const { text, info } = await readTextFile(sandbox, path);
    const edited = applyEdit(text, input.old, input.new, input.replaceAll ?? false);
    if (!edited.ok) {
      throw new ToolFault(`${path.shown}: ${edited.reason}`, { metadata: edited.metadata });
    }
    const bytes = await replaceFile(sandbox, path, edited.text, info);
    const lines = edited.lines.slice(0, 20).join(", ") + (edited.lines.length > 20 ? ", …" : "");
    return {
      content: `Replaced ${
        count(edited.replacements, "occurrence")
      } in ${path.shown} (line ${lines})`,
      metadata: { path: path.shown, replacements: edited.replacements, lines: edited.lines, bytes },
    };
  });
}
