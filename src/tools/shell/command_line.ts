/**
 * A shell command line taken apart into its simple commands, for matching permission patterns.
 *
 * This is no shell parser. It knows a small part of the language that every shell reads alike: words
 * of plain characters, quoted words, `$NAME`, the operators between commands, and redirections to
 * `/dev/null` or to another of the three standard streams. All else (`$(…)`, backquotes, comments,
 * braces, parentheses, other redirections, control characters, `eval` and its like) makes the line
 * opaque, and no narrow rule allows it. What is forbidden can always be said in another way
 * (`git -C . push`, `"git" push`), and many programs run others (`git -c alias.x=!id x`), so
 * patterns are a convenience and no boundary.
 *
 * @module
 */

/** What a command line consists of. */
export interface CommandLine {
  /** Each simple command, trimmed, also those inside `$(…)`, `( … )` and `{ … }`. */
  readonly commands: readonly string[];
  /** More may run, or files may be written, than the commands say. */
  readonly opaque: boolean;
}

/**
 * Commands that run their arguments, change what later words mean, or evaluate the subscript in a
 * variable's name (`test -v 'a[$(id)]'`), so that the line says little of what runs.
 */
const WRAPPERS =
  /^(?:eval|exec|source|\.|command|builtin|env|xargs|sudo|doas|nohup|time|timeout|nice|trap|coproc|(?:ba|da|z|k|a)?sh|busybox|alias|hash|enable|bind|complete|compgen|fc|jobs|mapfile|readarray|let|declare|typeset|local|export|readonly|read|unset|getopts|wait|test|\[|\[\[)(?=[ \n]|$)/;

/** `printf` whose first argument may be `-v`. */
const PRINTF_OPTION = /^printf (?!['"]?[\w%\\/.:])/;

/** Words of the shell's grammar before a command. */
const KEYWORDS = /^(?:(?:if|then|else|elif|while|until|do|!|time|coproc)[ \n]+)+/;

/** What may stand outside quotes beside blanks and operators. */
const PLAIN = /[\w\-./:=,+@%^~*?[\]!\u00a1-\uffff]/;

/** Characters that some reader may take for a blank, or that show nothing. */
const INVISIBLE = /[\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\uffff]/;

/** `$NAME`, and `$?`. */
const VARIABLE = /^\$(?:[A-Za-z_]|\?)/;

/** A redirection that touches no file; what comes after it can't be a part of its target. */
const HARMLESS = /^(?:[<>]&[012]|(?:>>?|<)[ \t]*\/dev\/null)(?=[ \t\n;|&]|$)/;

/** `&>` is one operator to bash and two to others; at the end of a command that makes no difference. */
const BOTH_TO_NULL = /^&>>?[ \t]*\/dev\/null(?=[ \t]*(?:[\n;|&]|$))/;

/** What a character is to a shell, outside quotes. */
type Place = "blank" | "operator" | "word";

/**
 * Takes a command line apart. Blanks between words become one.
 *
 * @param shell Who is to read it: in `cmd.exe` neither `'` nor `\` keeps an operator from being one.
 */
export function splitCommandLine(line: string, shell: "sh" | "cmd" = "sh"): CommandLine {
  const sh = shell === "sh";
  const commands: string[] = [];
  // deno-lint-ignore no-control-regex
  let opaque = /[\0-\x08\x0b-\x1f\x7f-\xa0]/.test(line) || INVISIBLE.test(line);
  let current = "";
  let quote: "'" | '"' | undefined;
  let comment = false;
  // What stands before the character, as the shell sees it: a word begins after all but a word.
  let before: Place = "operator";
  const end = () => {
    const command = current.replace(/^[ \n]+|[ \n]+$/g, "").replace(KEYWORDS, "");
    if (command !== "" && !/^(?:fi|done|esac|\})$/.test(command)) {
      commands.push(command);
      if (WRAPPERS.test(command) || PRINTF_OPTION.test(command)) opaque = true;
    }
    current = "";
  };
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    const next = line[i + 1];
    const last: Place = before;
    before = c === " " || c === "\t" ? "blank" : /[\n;|&()<>`]/.test(c) ? "operator" : "word";
    // The shell reads no quotes and no backslashes in a comment.
    if (sh && c === "#" && quote === undefined && last !== "word") comment = opaque = true;
    if (c === "\n") comment = false;
    if (!sh && /['^%!,;=]/.test(c)) opaque = true;
    if (quote === "'") {
      if (c === "'") quote = undefined;
      current += c;
    } else if (c === "\\" && sh && !comment) {
      // A line that goes on in the next is one line.
      if (next === "\n") before = last;
      else current += c + (next ?? "");
      if (next === undefined) opaque = true;
      i++;
    } else if (c === "`" || (c === "$" && next === "(")) {
      opaque = true;
      // The part inside is a command of its own; what is left of the word stays with the outer one.
      end();
      if (c === "$") i++;
      before = "operator";
      quote = undefined;
    } else if (c === "$") {
      if (!VARIABLE.test(line.slice(i, i + 2))) opaque = true;
      current += c;
    } else if (quote === '"') {
      if (c === '"') quote = undefined;
      current += c;
    } else if (!comment && (c === '"' || (c === "'" && sh))) {
      quote = c;
      current += c;
    } else if (c === "<" || c === ">") {
      const harmless = HARMLESS.exec(line.slice(i, i + 100))?.[0];
      if (harmless === undefined) opaque = true;
      current += harmless ?? c;
      i += (harmless?.length ?? 1) - 1;
    } else if (c === "&" && next === ">") {
      const harmless = BOTH_TO_NULL.exec(line.slice(i))?.[0];
      if (harmless === undefined) opaque = true;
      current += harmless ?? c;
      i += (harmless?.length ?? 1) - 1;
    } else if (c === "(" || c === ")") {
      end();
      opaque = true;
    } else if (c === ";" || c === "|" || c === "&" || c === "\n" || c === "\r") {
      end();
    } else if (before === "word") {
      if (!PLAIN.test(c) && !(c === "#" && last === "word") && !(c === "\\" && !sh)) opaque = true;
      current += c;
    } else if (last !== "blank") current += " ";
  }
  if (quote !== undefined) opaque = true;
  end();
  return { commands, opaque };
}
