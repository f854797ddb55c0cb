/**
 * The help, as a string.
 *
 * @module
 */
import { FLAGS } from "./flags.ts";

/** What `--help` prints. */
export function usage(): string {
  const left = FLAGS.map(({ name, short, value }) =>
    `  ${short ? `-${short}, ` : "    "}--${name}${value ? ` <${value}>` : ""}`
  );
  const width = Math.max(...left.map((text) => text.length)) + 2;
  const flags = FLAGS.map(({ help }, i) => left[i]!.padEnd(width) + help).join("\n");
  return `Ask the opencode coding agent, and watch its answer come.

Usage:
  opencode-ts [flags] <prompt…>
  command | opencode-ts [flags]
  command | opencode-ts [flags] - <prompt…>     the prompt, then what the command says
  opencode-ts doctor [--json]                   what is missing, and how to mend it

Flags:
${flags}

A prompt that starts with a dash goes after --.
The answer goes to standard output, everything else to standard error.

With --keep the next call from the same directory goes on in the same session; a call without it
does so for the last time, and ends the server.

Exit codes: 0 the answer is complete; 1 it failed, or a permission was refused for want of anybody
to ask; 2 the command line is wrong; 130 interrupted (143 by SIGTERM, 129 by SIGHUP, 141 where
nobody reads the answer any more).

Environment: OPENCODE_BIN (the opencode program), OPENCODE_SERVER_PASSWORD and
OPENCODE_SERVER_USERNAME (with --attach), OPENCODE_LOG=debug|info|warn|error|off, NO_COLOR.
`;
}
