/**
 * The environment of commands that a model runs: this process's own, without what is secret.
 *
 * @module
 */

/**
 * Names that are never passed on: everything of the server's own (`OPENCODE_*`), and what is called
 * key, token, secret, password, credential, cookie, DSN or connection string.
 */
const SECRET_NAME =
  /^OPENCODE(?:_|$)|PASSWORD|PASSWD|PASSPHRASE|SSHPASS|SECRET|CREDENTIAL|APIKEY|TOKENS?(?![A-Z])|COOKIE|(?:^|_)(?:KEYS?|ACCESS_?KEY(?:_ID)?|PASS|PWD|PAT|CREDS|DSN|CONNECTION_?STRING|WEBHOOK(?:_URL)?|AUTH|AUTHORIZATION)(?:_|$)/i;

/** Names that hold no secret although one of the words above is in them. */
const HARMLESS_NAME = /^(?:SSH_AUTH_SOCK|XAUTHORITY|GPG_TTY|PWD|OLDPWD)$/i;

/** Values that give a secret away under any name: credentials in a URL, well-known key forms. */
const SECRET_VALUE =
  /^[a-z][a-z0-9+.-]*:\/\/[^\s/@]*:[^\s/@]+@|\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abprs]-[\w-]{10,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}|\bnpm_[A-Za-z0-9]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./;

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
  return SECRET_NAME.test(name) || SECRET_VALUE.test(value);
}
