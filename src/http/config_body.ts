/**
 * The server's answer about a broken configuration, without the configuration's content: it quotes
 * whole files and values, API keys included (server 1.18.33).
 *
 * @module
 */

/** The body as it may be shown; any other body as it is. */
export function withoutContent(body: unknown): unknown {
  const { name, data } = (body ?? {}) as { name?: unknown; data?: Record<string, unknown> };
  if (name !== "ConfigJsonError" && name !== "ConfigInvalidError") return body;
  const { path, message, issues } = data ?? {};
  const said = typeof message === "string" ? message : "";
  // what stands before the last heading may be content that looks like a complaint
  const complaints = said.slice(Math.max(0, said.lastIndexOf("--- Errors ---"))).split("\n")
    .filter((line) => /^[A-Z][A-Za-z]{2,40} at line \d{1,9}, column \d{1,9}$/.test(line));
  if (/^bad file reference/.test(said)) complaints.push("bad file reference");
  const reasons = (Array.isArray(issues) ? issues : []).map((issue) => ({
    path: issue?.path,
    message: String(issue?.message).split(", got ")[0]!.replace(
      /^(?!Expected |Missing key|Unexpected key).*/s,
      "invalid value",
    ),
  }));
  const words = complaints.length > 0
    ? complaints
    : reasons.map(({ path, message }) => [path].flat().join(".") + `: ${message}`);
  const where = typeof path === "string" ? path : undefined;
  return {
    name,
    data: {
      path: where,
      message: [where, ...words.slice(0, 5)].filter(Boolean).join("\n") || "it is invalid",
      ...reasons.length > 0 && { issues: reasons },
    },
  };
}
