/**
 * What is used of `@std/path`, function by function: the whole is a hundred modules, half of the
 * time that a program takes to import this package.
 *
 * @module
 */
export { basename } from "@std/path/basename";
export { dirname } from "@std/path/dirname";
export { isAbsolute } from "@std/path/is-absolute";
export { join } from "@std/path/join";
export { normalize } from "@std/path/normalize";
export { relative } from "@std/path/relative";
export { resolve } from "@std/path/resolve";
export { toFileUrl } from "@std/path/to-file-url";
