/**
 * What the model is told of the built-in tools; the tools themselves are loaded when they run.
 *
 * @module
 */
import type { JsonSchemaObject } from "../schema/types.ts";
import { objectSchema } from "./workspace.ts";

/** The longest bound that a model may ask for, in seconds. */
export const MAX_SECONDS = 3600;

/** How many files are listed where the model names no limit. */
export const GLOB_LIMIT = 1000;

/** How many lines are shown where the model names no limit. */
export const GREP_LIMIT = 200;

/** How many lines are shown where the model names no limit. */
export const READ_LINES = 2000;

/** A file that a call names. */
const FILE = {
  type: "string",
  minLength: 1,
  description: "The file, relative to the working directory.",
} as const;

/** How many lines or files, or which of them. */
function count(description: string) {
  return { type: "integer", minimum: 1, description } as const;
}

/** A built-in tool as the model sees it. */
export interface CatalogEntry {
  readonly description: string;
  readonly inputSchema: JsonSchemaObject;
}

/** The built-in tools, in the order in which they are offered. */
export const CATALOG = {
  bash: {
    description:
      "Runs a shell command and returns its output (standard output and standard error together) and its " +
      "exit code. Very long output is cut in the middle. For reading, writing, editing and searching files " +
      "prefer the tools made for that. To leave a server running, start it in the background with its " +
      "output redirected to a file: `npm start > server.log 2>&1 &`; it is killed when the session ends.",
    inputSchema: objectSchema({
      command: {
        type: "string",
        minLength: 1,
        description: "The command line to run. Standard input is closed: nothing can be typed in.",
      },
      timeout: {
        type: "number",
        exclusiveMinimum: 0,
        maximum: MAX_SECONDS,
        description:
          "Seconds after which the command and the processes it started are killed. Default 30.",
      },
      cwd: {
        type: "string",
        description:
          "Directory to run in, relative to the working directory. Default: the working directory.",
      },
    }, ["command"]),
  },
  write: {
    description:
      "Writes a text file (UTF-8), making its parent directories; a file that is there is replaced. " +
      "To change a part of a file use `edit`.",
    inputSchema: objectSchema({
      path: FILE,
      content: { type: "string", description: "The whole content of the file." },
    }, ["path", "content"]),
  },
  edit: {
    description:
      "Replaces text in a file. Fails without changing anything if `old` is not in the file, or is in it " +
      "more than once and `replaceAll` is not set. Line endings and the file's mode stay as they are.",
    inputSchema: objectSchema({
      path: FILE,
      old: {
        type: "string",
        minLength: 1,
        description:
          "The text to replace, exactly as it is in the file, with its indentation. It must occur once; " +
          "take in lines around it until it does.",
      },
      new: { type: "string", description: "The text to put in its place; empty to delete." },
      replaceAll: { type: "boolean", description: "Replace every occurrence. Default false." },
    }, ["path", "old", "new"]),
  },
  read: {
    description:
      "Reads a text file as it is, without line numbers. A long file is cut with a note that says where to " +
      "go on. Pictures (PNG, JPEG, GIF, WebP) are shown, a directory is listed.",
    inputSchema: objectSchema({
      path: FILE,
      offset: count("The first line to show, from 1. Default 1."),
      limit: count(`How many lines to show at most. Default ${READ_LINES}.`),
    }, ["path"]),
  },
  glob: {
    description:
      "Lists files by a pattern, sorted by path. What .gitignore leaves out and .git are not listed, links " +
      "are not followed; files whose names begin with a dot are listed.",
    inputSchema: objectSchema({
      pattern: {
        type: "string",
        minLength: 1,
        description:
          "Such as `*.md`, `src/**/*.ts`, `**/*.{js,jsx}`. `*` stays within a name, `**/` is any " +
          "number of directories.",
      },
      path: {
        type: "string",
        description:
          "The directory to start from, relative to the working directory. Default: the working directory.",
      },
      limit: count(`How many files to list. Default ${GLOB_LIMIT}.`),
    }, ["pattern"]),
  },
  grep: {
    description:
      "Searches the content of files and shows the lines that fit as `path:line:text`, sorted by path; of " +
      "long lines the part around the match. What .gitignore leaves out, .git and binary files are not " +
      "searched, links are not followed.",
    inputSchema: objectSchema({
      pattern: {
        type: "string",
        minLength: 1,
        description:
          "A regular expression, tried on each line by itself: the syntax of JavaScript or ripgrep, without " +
          "lookarounds and back-references.",
      },
      path: {
        type: "string",
        description:
          "The file or directory to search, relative to the working directory. Default: the working directory.",
      },
      include: {
        type: "string",
        description: "Search only files that fit this glob, such as `*.ts` or `src/**/*.{c,h}`.",
      },
      ignoreCase: { type: "boolean", description: "Case does not count. Default false." },
      literal: { type: "boolean", description: "Take the pattern as plain text. Default false." },
      limit: count(`How many lines to show. Default ${GREP_LIMIT}.`),
    }, ["pattern"]),
  },
} satisfies Record<string, CatalogEntry>;
