/**
 * A shell command line taken apart into its simple commands, for matching permission patterns.
 *
 * This is no shell parser: it errs to the safe side. What it can't take apart for sure (`$(…)`,
 * backquotes, redirections into files, `eval`, …) it calls opaque, and no narrow rule allows it.
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

/** Takes a command line apart. */
export function splitCommandLine(line: string): CommandLine {
  const commands: string[] = [];
  let opaque = false;
  let current = "";
  let quote: "'" | '"' | undefined;
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
    if (quote === "'") {
      if (c === "'") quote = undefined;
      current += c;
    } else if (c === "\\") {
      current += c + (next ?? "");
      i++;
    } else if (c === "`" || (c === "$" && next === "(")) {
      opaque = true;
      // The part inside is a command of its own; what is left of the word stays with the outer one.
      end();
      if (c === "$") i++;
      quote = undefined;
    } else if (c === "$" && (next === "{" || next === "'")) {
      opaque = true;
      current += c;
    } else if (quote === '"') {
      if (c === '"') quote = undefined;
      current += c;
    } else if (c === "'" || c === '"') {
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
    } else current += c;
  }
  if (quote !== undefined) opaque = true;
  end();
  return { commands, opaque };
}
