/**
 * A shell command line taken apart into its simple commands, for matching permission patterns.
 *
 * This is no shell parser: it errs to the safe side. What it can't take apart for sure (`$(…)`,
 * backquotes, comments, redirections into files, `eval`, …) it calls opaque, and no narrow rule
 * allows it. What is forbidden can always be said in another way (`git -C . push`, `"git" push`), so
 * a pattern that denies is a help and no boundary.
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

/** Words after which another command stands, so that the line says little of what runs. */
const WRAPPERS =
  /^(?:eval|exec|source|\.|command|builtin|env|xargs|sudo|doas|nohup|time|timeout|nice|trap|(?:ba|da|z|k)?sh)(?:\s|$)/;

/** Words of the shell's grammar before a command. */
const KEYWORDS = /^(?:(?:if|then|else|elif|while|until|do|!|time|coproc)\s+)+/;

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
  let opaque = false;
  let current = "";
  let quote: "'" | '"' | undefined;
  let comment = false;
  // What stands before the character, as the shell sees it: a word begins after all but a word.
  let before: Place = "operator";
  const end = () => {
    const command = current.trim().replace(KEYWORDS, "");
    if (command !== "" && !/^(?:fi|done|esac|\})$/.test(command)) {
      commands.push(command);
      if (WRAPPERS.test(command)) opaque = true;
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
    if (!sh && /['^%!]/.test(c)) opaque = true;
    if (quote === "'") {
      if (c === "'") quote = undefined;
      current += c;
    } else if (c === "\\" && sh && !comment) {
      // A line that goes on in the next is one line.
      if (next === "\n") before = last;
      else current += c + (next ?? "");
      i++;
    } else if (c === "`" || (c === "$" && next === "(")) {
      opaque = true;
      // The part inside is a command of its own; what is left of the word stays with the outer one.
      end();
      if (c === "$") i++;
      before = "operator";
      quote = undefined;
    } else if (c === "$" && (next === "{" || next === "'")) {
      opaque = true;
      current += c;
    } else if (quote === '"') {
      if (c === '"') quote = undefined;
      current += c;
    } else if (!comment && (c === '"' || (c === "'" && sh))) {
      quote = c;
      current += c;
    } else if (c === "<" || c === ">") {
      const harmless = /^(?:>&[012]|<&[012]|>>?\s*\/dev\/null|<\s*\/dev\/null)(?![\w./-])/.exec(
        line.slice(i),
      );
      if (harmless) {
        current += harmless[0];
        i += harmless[0].length - 1;
      } else {
        opaque = true;
        current += c;
      }
    } else if (c === "&" && next === ">") {
      if (/^&>>?\s*\/dev\/null(?![\w./-])/.test(line.slice(i)) === false) opaque = true;
      current += c;
    } else if (c === "(" || c === ")" || c === "{" || c === "}") {
      // Braces may be an expansion and parentheses a function's; either way a reader can't be sure.
      if (c === "(" || c === ")") end();
      else current += c;
      opaque = true;
    } else if (c === ";" || c === "|" || c === "&" || c === "\n" || c === "\r") {
      end();
    } else if (before !== "blank") current += c;
    else if (last !== "blank") current += " ";
  }
  if (quote !== undefined) opaque = true;
  end();
  return { commands, opaque };
}
