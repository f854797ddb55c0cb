/**
 * The environment of commands that a model runs: this process's own, without what is secret.
 *
 * @module
 */
import { KEY_FORMS } from "../../text/key_forms.ts";

/**
 * Names that are never passed on: everything of the server's own (`OPENCODE_*`), and what is called
 * key, token, secret, password, credential, cookie, DSN or connection string, numbered or not.
 */
const SECRET_NAME = new RegExp(
  [
    "^OPENCODE(?:_|$)|PASSWORD|PASSWD|PASSPHRASE|PASSCODE|SSHPASS|SECRET|CREDENTIAL|API_?KEY|COOKIE",
    "TOKENS?(?![A-Z])|KEYS?\\d*$",
    "(?:^|_)(?:KEYS?|ACCESS_?KEY(?:_ID)?|PASS|PWD|PAT|CREDS|DSN|CONNECTION_?STRING|WEBHOOK(?:_URL)?)" +
    "\\d*(?:_|$)",
    "(?:^|_)(?:AUTH|AUTHORIZATION|BEARER|JWT|OTP|TOTP|PSK|PRIVATE)\\d*(?:_|$)",
  ].join("|"),
  "i",
);

/** Names that hold no secret although one of the words above is in them. */
const HARMLESS_NAME =
  /^(?:SSH_AUTH_SOCK|XAUTHORITY|GPG_TTY|PWD|OLDPWD|(?:MON|TUR|DON|HOT|JOC)KEYS?)$/i;

/** Values that are secret under any name: credentials in a URL, well-known key forms. */
const SECRET_VALUE = new RegExp(
  [
    "[a-z][a-z0-9+.-]*:\\/\\/[^\\s\\/@]*:[^\\s\\/@]+@", // scheme://user:password@
    "\\b(?:password|passwd|pwd|accountkey|sharedaccesskey|secret)=[^\\s;&]+", // connection strings
    "\\b(?:Bearer|Basic) [\\w.~+\\/=-]{16,}",
    "-----BEGIN [A-Z ]*PRIVATE KEY-----",
    ...KEY_FORMS,
  ].join("|"),
  "i",
);

/** So that no program waits for a terminal that is not there. */
const QUIET: Readonly<Record<string, string>> = {
  TERM: "dumb",
  PAGER: "cat",
  GIT_PAGER: "cat",
  GIT_TERMINAL_PROMPT: "0",
};

/**
 * The environment without secrets.
 *
 * @param from The variables to choose from.
 * @param extra Added as they are, whatever their names: what the caller gives, the model may see.
 */
export function safeEnvironment(
  from: Readonly<Record<string, string>>,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const safe: Record<string, string> = {};
  for (const [name, value] of Object.entries(from)) {
    if (!isSecret(name, value)) safe[name] = value;
  }
  return { ...safe, ...QUIET, ...extra };
}

/** Whether a variable is kept from commands. */
export function isSecret(name: string, value: string): boolean {
  if (HARMLESS_NAME.test(name)) return false;
  const words = name.replace(/([a-z0-9])(?=[A-Z])/g, "$1_").replaceAll(/[-.]/g, "_");
  return SECRET_NAME.test(name) || SECRET_NAME.test(words) || SECRET_VALUE.test(value);
}
