/**
 * Hooks: functions of this process that the server asks while it works.
 *
 * @module
 */

/** What every hook is told beside its input. */
export interface HookContext {
  /** Aborts when the hook has taken too long, the server no longer waits, or the facade closes. */
  signal: AbortSignal;
  /** The session: a subagent's own, where one works. */
  sessionId: string;
  /** The call of the tool, where there is one. */
  callId?: string;
  /** The agent, where it is known. */
  agent?: string;
  /** For a subagent, the session that started it. */
  parent?: string;
}

/** A hook. */
export type Hook<I, R> = (input: I, context: HookContext) => R | void | Promise<R | void>;

/** A hook with more to say about it. */
export interface HookEntry<I, R> {
  /** The hook. */
  hook: Hook<I, R>;
  /**
   * Which tools it is for: names with `*` for any characters, several split by `|`, or an expression
   * that fits somewhere in the name. Only for `preToolUse` and `postToolUse`. @default {all}
   */
  matcher?: string | RegExp;
  /** How long it may take, in milliseconds. @default {60_000} */
  timeout?: number;
}

/** One hook or several; they run one after another. */
export type HookList<I, R> =
  | Hook<I, R>
  | HookEntry<I, R>
  | readonly (Hook<I, R> | HookEntry<I, R>)[];

/** A tool that is about to run. */
export interface PreToolUseInput {
  /** Its name, as the server has it: those of MCP servers begin with the server's name. */
  tool: string;
  /** Its arguments, as the model gave them. */
  input: Record<string, unknown>;
}

/** What is to happen with a call. */
export interface PreToolUseResult {
  /** `"ask"` asks the `onPermission` of the `Opencode`. @default {"allow"} */
  decision?: "allow" | "deny" | "ask";
  /** Why not; the model reads it. */
  reason?: string;
  /** The arguments to run it with. */
  input?: Record<string, unknown>;
  /** Text that the model reads below the tool's output. */
  context?: string;
}

/** A tool that has run; one that failed is not told of (server 1.18.33). */
export interface PostToolUseInput extends PreToolUseInput {
  /** What the model is about to read. */
  output: string;
}

/** What a call is to have given. */
export interface PostToolUseResult {
  /** What the model reads. */
  output?: string;
}

/** A prompt that came: the user's, or one for a subagent. */
export interface UserPromptInput {
  /** Its text. */
  prompt: string;
}

/** What is to become of a prompt. */
export interface UserPromptResult {
  /** `"deny"` fails the turn. @default {"allow"} */
  decision?: "allow" | "deny";
  /** Why not. */
  reason?: string;
  /** The text in its place. */
  prompt?: string;
  /** Text to add at its end. */
  context?: string;
}

/** The pieces of a system prompt. */
export interface SystemPrompt {
  /** The pieces, in their order. */
  system: string[];
}

/** How the model is asked. */
export interface ChatParams {
  /** From 0, for the likeliest, upwards. */
  temperature?: number;
  /** The share of likely tokens to choose from. */
  topP?: number;
  /** How many likely tokens to choose from. */
  topK?: number;
  /** The longest answer, in tokens. */
  maxOutputTokens?: number;
  /** What the provider takes beside these. */
  options?: Record<string, unknown>;
}

/** A request to the model. */
export interface ChatParamsInput {
  /** The model, as `"provider/model"`. */
  model?: string;
  /** How it is asked. */
  params: ChatParams;
}

/** What a summary of a long conversation is made with. */
export interface CompactResult {
  /** Text to add to what is asked for. */
  context?: string;
  /** What is asked for, in place of the server's own words. */
  prompt?: string;
}

/** A shell that is about to start. */
export interface ShellEnvInput {
  /** Where it starts. */
  cwd: string;
}

/** What a shell starts with. */
export interface ShellEnvResult {
  /** Variables to set. */
  env?: Record<string, string>;
}

/** Nothing. */
export type NoInput = Record<never, never>;

/** The hooks of an `Opencode`, or of one session. */
export interface Hooks {
  /** Before a tool of the server's runs, subagents' and MCP servers' included. */
  preToolUse?: HookList<PreToolUseInput, PreToolUseResult>;
  /** Before the model reads what a tool gave. */
  postToolUse?: HookList<PostToolUseInput, PostToolUseResult>;
  /** Before a prompt goes to the model. */
  userPrompt?: HookList<UserPromptInput, UserPromptResult>;
  /** Before each request to the model, for its system prompt. */
  systemPrompt?: HookList<SystemPrompt, Partial<SystemPrompt>>;
  /** Before each request to the model, for its parameters. */
  chatParams?: HookList<ChatParamsInput, ChatParams>;
  /** Before the server's shell starts, for variables in its environment. */
  shellEnv?: HookList<ShellEnvInput, ShellEnvResult>;
  /** A session was made, a subagent's too. Nothing waits for it. */
  sessionStart?: HookList<NoInput, void>;
  /** A session was removed. Nothing waits for it. */
  sessionEnd?: HookList<NoInput, void>;
  /** Before a conversation that has become too long is summed up. */
  compact?: HookList<NoInput, CompactResult>;
  /** A session has become idle. Nothing waits for it. */
  stop?: HookList<NoInput, void>;
}

/** The answer of {@linkcode CanUseTool}. */
export type CanUseToolResult =
  | {
    /** The tool runs. */
    behavior: "allow";
    /** The arguments to run it with. */
    updatedInput?: Record<string, unknown>;
  }
  | {
    /** The tool does not run. */
    behavior: "deny";
    /** Why not; the model reads it. */
    message: string;
  };

/** The same as a `preToolUse` hook, in other words. */
export type CanUseTool = (
  tool: string,
  input: Record<string, unknown>,
  options: HookContext,
) => CanUseToolResult | Promise<CanUseToolResult>;

/** The events that hooks hear. */
export type HookEvent = keyof Hooks;
