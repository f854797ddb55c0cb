/**
 * The files of the workspace, to look at.
 *
 * @module
 */
import { Refusal } from "../body.ts";
import type { ChangeView, FileContentView, FileView } from "../protocol.ts";
import type { Call, Routes } from "./router.ts";

/** The longest content of a file that is shown, in characters. */
const MAX_CONTENT = 2_000_000;
/** The largest picture that is shown, in characters of base64. */
const MAX_PICTURE = 20_000_000;
const PICTURE = /^image\/(?:png|jpeg|gif|webp)$/;

/** `GET files`, `GET file` and `GET changes`. */
export const fileRoutes: Routes = {
  "GET files": async ({ ai, url }): Promise<FileView[]> => {
    const path = inside(url.searchParams.get("path") ?? "");
    const nodes = await ai.client.file.list({ directory: ai.directory, path });
    return nodes.filter(({ name }) => name !== ".git")
      .map(({ name, path, type }) => ({ name, path, directory: type === "directory" }));
  },
  "GET file": async ({ ai, url }): Promise<FileContentView> => {
    const path = inside(url.searchParams.get("path") ?? "");
    if (path === "") throw new Refusal(400, 'Missing "path"');
    const file = await ai.client.file.read({ directory: ai.directory, path });
    const { type, content, encoding, mimeType = "" } = file;
    const binary = type === "binary" || encoding === "base64";
    const picture = binary && PICTURE.test(mimeType) && content.length <= MAX_PICTURE;
    return {
      path,
      binary,
      content: binary ? "" : content.slice(0, MAX_CONTENT),
      ...picture && { picture: `data:${mimeType};base64,${content}` },
    };
  },
  "GET changes": changes,
};

/** A path below the workspace; the server follows no `..` either, and is not asked to. */
export function inside(path: string): string {
  const bad = path.startsWith("/") || path.startsWith("~") || /[\\\0]|^[A-Za-z]:/.test(path) ||
    path.split("/").includes("..") || path.split("/").includes(".git");
  if (bad || path.length > 4_096) throw new Refusal(403, "The path leaves the workspace");
  return path;
}

async function changes({ ai }: Call): Promise<ChangeView[]> {
  const diffs = await ai.client.vcs.diff({ directory: ai.directory, mode: "git" });
  return diffs.map(({ file, status = "modified", additions, deletions, patch }) => ({
    path: file,
    status,
    additions,
    deletions,
    ...patch !== undefined && { patch: patch.slice(0, MAX_CONTENT) },
  }));
}
