/**
 * A doc comment of a generated symbol.
 *
 * @param text What it says; a `@deprecated` in it gets a line of its own.
 * @param category Under which heading the documentation lists it.
 */
export function comment(text: string, category: string): string {
  const [said = "", deprecated] = text.split(/\s*(?=@deprecated\b)/);
  const plain = sentence(said.startsWith("@deprecated") ? "" : said);
  const tag = said.startsWith("@deprecated") ? said : deprecated;
  return [
    "/**",
    ...plain ? [` * ${plain}`] : [],
    ...tag ? [` * ${sentence(tag)}`] : [],
    ` * @category ${category}`,
    " */",
  ].join("\n");
}

/** Text of the server's document on one line, as a sentence; it can't end the comment. */
export function sentence(text: string): string {
  const line = text.replaceAll("*/", "*\\/").replace(/\s+/g, " ").trim();
  return line === "" || /[.!?]$/.test(line) ? line : `${line}.`;
}
