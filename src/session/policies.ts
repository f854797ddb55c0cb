/**
 * Ready-made answers to permission requests.
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import { checkGiven, checkShape, type Shape } from "../text/shape.ts";
import { safeText } from "../text/terminal.ts";
import { InvalidArgumentError } from "../errors.ts";
import { type Permissions, type Policy, READING, wildcard } from "../permissions/restrict.ts";
import { inTurn } from "../runtime/question.ts";
import type {
  PermissionHandler,
  PermissionReply,
  PermissionRequest,
  RequestContext,
} from "./requests.ts";

/** Allows everything, each time anew. For throw-away machines. */
export function allowAll(): PermissionReply {
  return "once";
}

/** Refuses everything, and says so to the model. */
export function denyAll(): PermissionReply {
  return {
    reply: "reject",
    message: "Refused: nothing that needs a permission is allowed here",
  };
}

/** `.env` files, about which the server asks because keys stand in them. */
const SECRET = /(^|[\\/])[^\\/]*\.env(\.(?!example$)[^\\/]*)?$/;

/**
 * Allows what reads files of the directory, `.env` files excepted, and refuses the rest: commands,
 * edits, the web.
 */
export function readOnly({ permission, patterns }: PermissionRequest): PermissionReply {
  if (!READING.includes(permission)) {
    return { reply: "reject", message: `Refused: only reading is allowed here, not ${permission}` };
  }
  const secret = patterns.find((path) => SECRET.test(path));
  if (secret === undefined) return "once";
  return { reply: "reject", message: `Refused: ${secret} may hold secrets` };
}

/** A line of {@linkcode rules}. */
export interface PolicyRule {
  /** The permission, or a pattern of it. @default {"*"} */
  permission?: string;
  /** What it is about, or a pattern: `"git *"`, `"src/**"`. @default {"*"} */
  pattern?: string;
  /** What to answer; `"ask"` hands it to `otherwise`. */
  action: "allow" | "deny" | "ask";
}

/** What {@linkcode rules} takes beside the rules. */
export interface RulesOptions {
  /** Answers what no rule covers, and what a rule says to ask. @default {denyAll} */
  otherwise?: PermissionHandler;
}

/**
 * Answers by rules, of which the last that fits wins, as in the server's own configuration. Where a
 * request is about several things, all of them must be allowed.
 *
 * @example
 * ```ts
 * import { rules } from "@x/opencode";
 *
 * const onPermission = rules([
 *   { permission: "bash", pattern: "git *", action: "allow" },
 *   { permission: "bash", pattern: "git push*", action: "deny" },
 * ]);
 * ```
 */
export function rules(lines: readonly PolicyRule[], options: RulesOptions = {}): PermissionHandler {
  const { otherwise = denyAll } = checkedRules(lines, options);
  const compiled = lines.map(({ permission = "*", pattern = "*", action }) => ({
    permission: wildcard(permission),
    pattern: wildcard(pattern),
    action,
  }));
  return (request, context) => {
    const subjects = request.patterns.length > 0 ? request.patterns : ["*"];
    const actions = subjects.map((subject) =>
      compiled.findLast((rule) =>
        rule.permission.test(request.permission) && rule.pattern.test(subject)
      )?.action
    );
    if (actions.includes("deny")) {
      const message = `Refused by a rule: ${request.permission} ${subjects.join(", ")}`;
      return { reply: "reject", message };
    }
    if (actions.every((action) => action === "allow")) return "once";
    return otherwise(request, context);
  };
}

const RULE: Shape<PolicyRule> = {
  permission: "text",
  pattern: "text",
  action: ["allow", "deny", "ask"],
};

/** A rule with a typo would fit nothing, or let everything through: it is refused. */
function checkedRules(lines: readonly PolicyRule[], options: RulesOptions): RulesOptions {
  checkGiven(lines, "lines", "a list of rules");
  checkShape("rules", { lines }, { lines: "list" });
  lines.forEach((line, index) => {
    checkShape("rule", line, RULE, `rules[${index}].`);
    checkGiven(line.action, `rules[${index}].action`, '"allow", "deny" or "ask"');
  });
  checkShape("rules", options, { otherwise: "function" } satisfies Shape<RulesOptions>);
  return options;
}

/**
 * Asks on the terminal: yes, always, or no. Where there is no terminal, it refuses at once.
 */
export async function askOnTerminal(
  request: PermissionRequest,
  { signal }: RequestContext,
): Promise<PermissionReply> {
  const { terminal } = host();
  if (!terminal.stdin.isTerminal() || !terminal.stderr.isTerminal()) {
    return { reply: "reject", message: "Refused: there is no terminal to ask on" };
  }
  return await inTurn(() => question(request, signal), signal).catch((error) => {
    if (!signal.aborted) throw error;
    return { reply: "reject", message: "Refused: nobody waits for the answer any more" };
  });
}

async function question(request: PermissionRequest, signal: AbortSignal): Promise<PermissionReply> {
  const { terminal } = host();
  const always = request.always.length > 0 ? `, a = always ${request.always.join(", ")}` : "";
  await terminal.stderr.write(
    `\nMay ${request.permission} go on with: ${describe(request)}\n[y = yes${always}, N = no] `,
  );
  const answer = (await terminal.stdin.readLine({ signal }))?.trim().toLowerCase();
  const replies: Record<string, PermissionReply> = {
    y: "once",
    yes: "once",
    a: "always",
    always: "always",
  };
  return replies[answer ?? ""] ?? { reply: "reject", message: "The user said no" };
}

/** One line for a person: what it is about. */
export function describe(request: PermissionRequest): string {
  const command = request.metadata["command"];
  if (typeof command === "string") return safeText(command);
  return safeText(request.patterns.join(", "));
}

/** Who answers and what rules hold, for each word. */
const PRESETS: Readonly<
  Record<Permissions, { policy?: Policy; onPermission?: PermissionHandler }>
> = {
  default: {},
  allow: { onPermission: allowAll },
  ask: { policy: "ask", onPermission: askOnTerminal },
  readonly: { policy: "readonly", onPermission: readOnly },
  deny: { policy: "deny", onPermission: denyAll },
};

/** The words for handlers that are policies. */
const WORDS = new Map<PermissionHandler, Permissions>([
  [allowAll, "allow"],
  [readOnly, "readonly"],
  [denyAll, "deny"],
]);

/** `permissions` and `onPermission` of one layer of options. */
export interface PolicyOptions {
  permissions?: Permissions | undefined;
  onPermission?: PermissionHandler | undefined;
}

/** What `permissions` and `onPermission` come to. */
export interface ResolvedPolicy {
  /** The policy that the server's rules are held to. */
  policy: Policy | undefined;
  /** Who answers what the server asks. */
  onPermission: PermissionHandler | undefined;
}

/**
 * What `permissions` and `onPermission` come to. Where a layer says what the server may do without
 * asking, a handler of the layers below has nothing to answer; one of its own would never be asked.
 *
 * @param layers The lowest first.
 * @throws {InvalidArgumentError} for a word that `permissions` doesn't have, and for a handler that
 *   would never be asked.
 */
export function policyOf(...layers: readonly PolicyOptions[]): ResolvedPolicy {
  const says = layers.findLastIndex(({ permissions }) => permissions !== undefined);
  const answers = layers.findLastIndex(({ onPermission }) => onPermission !== undefined);
  const handler = layers[answers]?.onPermission;
  const word = layers[says]?.permissions ??
    (handler && (WORDS.get(handler) ?? "ask")) ?? "default";
  const preset = Object.hasOwn(PRESETS, word) ? PRESETS[word] : undefined;
  if (preset === undefined) {
    throw new InvalidArgumentError(
      `Cannot use ${JSON.stringify(word)} as permissions: give "${
        Object.keys(PRESETS).join('", "')
      }"`,
    );
  }
  const { policy, onPermission } = preset;
  if (word === "ask" || word === "default") {
    return { policy, onPermission: handler ?? onPermission };
  }
  const isOwn = answers >= says && handler !== onPermission;
  if (isOwn && policy !== undefined) {
    throw new InvalidArgumentError(
      `Cannot use onPermission under permissions "${word}": the server asks nobody then; give permissions "ask" beside it`,
    );
  }
  return { policy, onPermission: isOwn ? handler : onPermission };
}
