/** What a new generated module adds, changes and removes, declaration by declaration. */
export function compare(before: string, after: string): string[] {
  const old = declarations(before);
  const now = declarations(after);
  const lines: string[] = [];
  for (const [name, text] of now) {
    if (!old.has(name)) lines.push(`added ${name}`);
    else if (old.get(name) !== text) lines.push(`changed ${name}`);
  }
  for (const name of old.keys()) if (!now.has(name)) lines.push(`removed ${name}`);
  return lines.length > 0 ? lines : ["changed in its wording only"];
}

/** Each declaration stands on a line of its own: a type, a row of a table, a method. */
function declarations(source: string): Map<string, string> {
  const found = new Map<string, string>();
  let group = "";
  for (const line of source.split("\n")) {
    const opened = /^export (?:interface|const|abstract class) (\w+)/.exec(line);
    if (opened) group = opened[1]!;
    const type = /^export type (\w+) = /.exec(line);
    const member = /^ {2}(?:readonly |get )?("?[\w.$-]+"?)[?(:]/.exec(line);
    if (type) found.set(type[1]!, line);
    else if (member) found.set(`${group} ${member[1]!.replaceAll('"', "")}`, line);
  }
  return found;
}
