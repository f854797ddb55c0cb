/**
 * Secrets kept out of recordings.
 *
 * @module
 */
import { host } from "../../runtime/host.ts";
import { KEY_FORMS } from "../../text/key_forms.ts";
import { isSecret } from "../../tools/shell/environment.ts";

/** Headers that carry a provider's key. */
const KEY_HEADERS = ["authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"];

/** What is secret wherever it stands: well-known keys, private keys, passwords in URLs and headers. */
const FORMS = new RegExp(
  [
    "-----BEGIN [A-Z ]*PRIVATE KEY-----[\\s\\S]*?-----END [A-Z ]*PRIVATE KEY-----",
    "(?<=:\\/\\/[^\\s\\/@:\"']*:)[^\\s\\/@\"']+(?=@)", // scheme://user:password@
    "(?<=\\b(?:Bearer|Basic) )[\\w.~+\\/=-]{16,}",
    ...KEY_FORMS,
  ].join("|"),
  "gi",
);

/** What stands in place of a secret. */
export const MASK = "{{secret}}";

/** The shortest value that is looked for: shorter ones occur in plain text. */
const SHORTEST = 8;

/** The secrets of this process's environment, and those given. */
export function knownSecrets(given: readonly string[] = []): Set<string> {
  const secrets = new Set(given.filter((secret) => secret.length > 0));
  try {
    for (const [name, value] of Object.entries(host().env.toObject())) {
      if (value.length >= SHORTEST && isSecret(name, value)) secrets.add(value);
    }
  } catch { /* an environment that may not be read was not recorded either */ }
  return secrets;
}

/** Adds the keys that a request to a provider carries. */
export function addKeysOf(headers: Headers, url: URL, secrets: Set<string>): void {
  for (const name of KEY_HEADERS) {
    const value = headers.get(name)?.replace(/^(?:Bearer|Basic)\s+/i, "");
    if (value && value.length >= SHORTEST) secrets.add(value);
  }
  const key = url.searchParams.get("key") ?? url.searchParams.get("api_key");
  if (key && key.length >= SHORTEST) secrets.add(key);
}

/** A text without its secrets. */
export function maskSecrets(text: string, secrets: ReadonlySet<string>): string {
  let masked = text;
  for (const secret of secrets) {
    masked = masked.replaceAll(secret, MASK);
    const inJson = JSON.stringify(secret).slice(1, -1);
    if (inJson !== secret) masked = masked.replaceAll(inJson, MASK);
  }
  return masked.replace(FORMS, MASK);
}

/** The secrets that a streamed text holds, to replace them also across its fragments. */
export function secretsIn(text: string, secrets: ReadonlySet<string>): [string, string][] {
  const found = [...secrets].filter((secret) => text.includes(secret));
  for (const [form] of text.matchAll(FORMS)) found.push(form);
  return found.map((secret) => [secret, MASK]);
}
