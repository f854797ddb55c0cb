/**
 * The tool executor: finds the tool, checks the input and the permission, runs the tool, and turns
 * every outcome into a result.
 *
 * @module
 */
import { linkSignals } from "../async/abort.ts";
import { isCatchAll } from "../text/wildcard.ts";
import { InvalidArgumentError } from "../errors.ts";
import { host } from "../runtime/host.ts";
import { BUILTIN_TOOLS, builtinTools, decideCall } from "./builtins.ts";
import { askOnTerminal, canAsk } from "./confirm.ts";
import {
  badPermissions,
  type Decision,
  type PermissionAction,
  type PermissionReply,
} from "./permissions.ts";
import { type AnyTool, asTool } from "./define.ts";
import { CommandSet } from "../process/tree.ts";
import { describe, failed, fromFault, fromOutput, settle } from "./results.ts";
import { Ripgrep } from "./search/ripgrep.ts";
import { Sandbox } from "./files/sandbox.ts";
import { checkOptions, type ExecuteOptions, type ToolExecutorOptions } from "./options.ts";
import { type Tool, type ToolDefinition, ToolFault, type ToolResult } from "./types.ts";
import type { Workspace } from "./workspace.ts";

/** The bound of tools of the caller's own that don't name one, in milliseconds. */
const CUSTOM_TIMEOUT = 300_000;

/**
 * Runs tools in this process, under the caller's rules.
 *
 * @example
 * ```ts
 * import { ToolExecutor } from "@x/opencode/tools";
 *
 * await using executor = new ToolExecutor({ permissions: { bash: "deny" } });
 * const result = await executor.execute("bash", { command: "rm -rf /" });
 * if (result.status !== "refused") throw new Error("It ran");
 * ```
 */
export class ToolExecutor implements AsyncDisposable {
  #options: ToolExecutorOptions;
  #workspace: Workspace;
  #tools = new Map<string, Tool>();
  #builtins = new Set<string>();
  #always = new Set<string>();
  /** How to end each call that runs; one listener on a signal for all of them, not one for each. */
  #running = new Map<Promise<unknown>, (reason: unknown) => void>();
  #closed: { reason: unknown } | undefined;
  #onAbort = (): void => this.#endAll(this.#options.signal?.reason);

  /**
   * Makes an executor; nothing is started or read before the first call.
   *
   * @throws {InvalidArgumentError} Where an option can't be used.
   */
  constructor(options: ToolExecutorOptions = {}) {
    checkOptions(options);
    this.#options = { ...options };
    this.#workspace = {
      sandbox: new Sandbox(options.workdir ?? host().platform.cwd()),
      permissions: options.permissions,
      env: { ...options.env },
      timeout: positive("timeout", options.timeout, 30_000),
      maxOutput: positive("maxOutput", options.maxOutput, 50_000),
      ripgrep: new Ripgrep(options.rg),
      commands: new CommandSet(),
    };
    for (const tool of builtinTools(this.#workspace, options.builtins ?? true)) {
      this.#tools.set(tool.name, tool);
      this.#builtins.add(tool.name);
    }
    const own = (options.tools ?? []).map(asTool);
    for (const [index, tool] of own.entries()) {
      if (own.findIndex(({ name }) => name === tool.name) < index) {
        throw new InvalidArgumentError(`Cannot have two tools called ${tool.name}`);
      }
      this.#tools.set(tool.name, tool);
      this.#builtins.delete(tool.name);
    }
    const names = new Set([...this.#tools.keys(), ...BUILTIN_TOOLS]);
    const bad = badPermissions(options.permissions, [...names]);
    if (bad) throw new InvalidArgumentError(`Cannot use these permissions: ${bad}`);
  }

  /** The tools as a model sees them, in a fixed order. */
  definitions(): ToolDefinition[] {
    return [...this.#tools.values()]
      .map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  }

  /**
   * Runs a tool. Never rejects: what goes wrong is in the result.
   *
   * @param name The tool's name.
   * @param input Its input, checked against its schema first.
   */
  async execute(name: string, input: unknown, options: ExecuteOptions = {}): Promise<ToolResult> {
    const startedAt = Date.now();
    const link = linkSignals([options.signal]);
    const call: Call = {
      name,
      input,
      options,
      signal: link.signal,
      action: undefined,
      answer: undefined,
    };
    const outer = this.#options.signal;
    if (this.#closed) link.abort(this.#closed.reason);
    else if (outer?.aborted) link.abort(outer.reason);
    const run = this.#guarded(call);
    if (this.#running.size === 0) outer?.addEventListener("abort", this.#onAbort);
    this.#running.set(run, link.abort);
    const result = await run;
    this.#running.delete(run);
    if (this.#running.size === 0) outer?.removeEventListener("abort", this.#onAbort);
    link.dispose();
    try {
      this.#options.audit?.({
        startedAt,
        durationMs: Date.now() - startedAt,
        name,
        input,
        action: call.action,
        answer: call.answer,
        result,
        sessionId: options.sessionId,
        callId: options.callId,
      });
    } catch { /* an audit that fails must not fail the call */ }
    return result;
  }

  /**
   * Ends running calls, and background processes that commands left behind. Idempotent.
   */
  async close(): Promise<void> {
    const reason = new DOMException("The tool executor was closed", "AbortError");
    this.#closed ??= { reason };
    this.#endAll(reason);
    await Promise.all(this.#running.keys());
    await this.#workspace.commands.close();
  }

  /** {@linkcode close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #endAll(reason: unknown): void {
    for (const end of [...this.#running.values()]) end(reason);
  }

  async #guarded(call: Call): Promise<ToolResult> {
    try {
      return await this.#run(call);
    } catch (error) {
      if (error instanceof ToolFault) return fromFault(error);
      if (call.signal.aborted) {
        return failed("aborted", "The call was aborted", { reason: "aborted" });
      }
      return failed("error", describe(error));
    }
  }

  async #run(call: Call): Promise<ToolResult> {
    const { name, signal } = call;
    const tool = this.#tools.get(name);
    if (!tool) {
      const names = [...this.#tools.keys()].join(", ") || "none";
      return failed(
        "unknown",
        `There is no tool called ${JSON.stringify(name)}. The tools are: ${names}`,
      );
    }
    signal.throwIfAborted();
    const check = await tool.check(call.input);
    if (!check.ok) {
      const issues = check.issues.join("; ");
      return failed("invalid", `The input of ${name} doesn't match its schema: ${issues}`, {
        issues: check.issues,
      });
    }
    const refusal = await this.#permit(call, tool, check.value);
    if (refusal) return refusal;
    const builtin = this.#builtins.has(name);
    // `bash` keeps its own time, which its input may set.
    const timeout = tool.timeout ??
      (name === "bash" && builtin ? undefined : builtin ? this.#workspace.timeout : CUSTOM_TIMEOUT);
    const timedOut = new ToolFault(`${name} took longer than ${timeout} ms and was ended`, {
      status: "timeout",
    });
    const link = linkSignals([signal], { timeout, timeoutReason: () => timedOut });
    try {
      const context = {
        signal: link.signal,
        sessionId: call.options.sessionId,
        callId: call.options.callId,
        traceparent: call.options.traceparent,
        progress: (message: string) => {
          try {
            call.options.progress?.(message);
          } catch { /* a listener that fails must not fail the call */ }
        },
      };
      link.signal.throwIfAborted();
      return fromOutput(
        await settle(() => tool.execute(check.value, context), link.signal, builtin),
      );
    } finally {
      link.dispose();
    }
  }

  /** A result where the call may not run. */
  async #permit(call: Call, tool: Tool, input: unknown): Promise<ToolResult | undefined> {
    const { name } = call;
    const decision = await decideCall(this.#workspace, tool, this.#builtins.has(name), input);
    call.action = decision.action;
    if (decision.action === "allow" || (decision.action === "ask" && this.#always.has(name))) {
      return undefined;
    }
    if (decision.action === "deny") return refused(name, denial(decision), "denied");
    if (!this.#options.confirm && !canAsk()) {
      call.answer = "nobody_to_ask";
      return refused(name, "it needs a confirmation, and no one could give it", "nobody_to_ask");
    }
    const { reply, message } = await this.#ask(call, input);
    call.answer = reply === "reject" ? "no" : "yes";
    if (reply === "always") this.#always.add(name);
    return reply === "reject"
      ? refused(name, message ?? "the user said no", "not_confirmed")
      : undefined;
  }

  async #ask(call: Call, input: unknown): Promise<Answer> {
    const { confirm, confirmTimeout } = this.#options;
    const tooLong = new ToolFault(
      `${call.name} was not run: no one answered in time whether it may`,
      {
        status: "refused",
        metadata: { reason: "no_answer" },
      },
    );
    const timeout = positive("confirmTimeout", confirmTimeout, 300_000);
    const link = linkSignals([call.signal], { timeout, timeoutReason: () => tooLong });
    try {
      const { signal } = link;
      if (confirm) {
        return answerOf(await settle(() => confirm(call.name, input, { signal }), signal, false));
      }
      const ask = () => askOnTerminal(call.name, input, signal, this.#always);
      return answerOf(await settle(ask, signal, false));
    } finally {
      link.dispose();
    }
  }
}

/** Where an executor is wanted: one, or the tools of one that has no built-in tools. */
export type ToolsInput = ToolExecutor | readonly AnyTool[];

/**
 * The executor that is meant.
 *
 * @throws {InvalidArgumentError} Where it is neither an executor nor a list of tools.
 */
export function toExecutor(tools: ToolsInput): ToolExecutor {
  if (Array.isArray(tools)) return new ToolExecutor({ tools, builtins: false });
  if (tools instanceof ToolExecutor) return tools;
  throw new InvalidArgumentError(
    `Cannot use ${tools === null ? "null" : typeof tools} as tools: ` +
      "give a ToolExecutor, or a list such as [tool({ … })]",
  );
}

type Answer = Exclude<PermissionReply, string>;

/** What an answer says; one that is none of the known words is a no. */
function answerOf(given: unknown): Answer {
  const { reply, message } =
    (typeof given === "object" && given !== null
      ? given
      : { reply: given === true ? "once" : given }) as { reply?: unknown; message?: unknown };
  if (reply === "once" || reply === "always") return { reply };
  return { reply: "reject", ...(typeof message === "string" ? { message } : {}) };
}

interface Call {
  readonly name: string;
  readonly input: unknown;
  readonly options: ExecuteOptions;
  readonly signal: AbortSignal;
  action: PermissionAction | undefined;
  answer: "yes" | "no" | "nobody_to_ask" | undefined;
}

function refused(name: string, why: string, reason: string): ToolResult {
  const text =
    `${name} was not run: ${why}. Don't try to get the same done in another way; say what ` +
    "you could not do, or go on without it";
  return failed("refused", text, { reason });
}

function denial({ pattern, subject }: Decision): string {
  const what = isCatchAll(pattern) || subject === "" ? "" : ` (${JSON.stringify(pattern)})`;
  return `a permission rule forbids it${what}`;
}

function positive(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === "number" && value > 0) return value;
  throw new InvalidArgumentError(`Cannot use ${name} ${value}: it must be a number above 0`);
}
