/**
 * A prompt from the command line, or many of them with `--input-format stream-json`.
 *
 * @module
 */
import { linkSignals } from "../async/abort.ts";
import { InvalidArgumentError, TurnAbortedError } from "../errors.ts";
import { resolve } from "../runtime/path.ts";
import type { Attachment } from "../session/attachments.ts";
import type { PromptOptions } from "../session/options.ts";
import type { ToolExecutor } from "../tools/executor.ts";
import type { AuditRecord } from "../tools/options.ts";
import { rulesOfAgent } from "./agents.ts";
import type { Args } from "./args.ts";
import { type Conversation, openConversation } from "./conversation.ts";
import { exchange } from "./exchange.ts";
import { failureText } from "./failure.ts";
import { type Given, readGiven, writeAnswer } from "./input/given.ts";
import { permitting } from "./permissions.ts";
import type { StreamInput } from "./input/stream.ts";
import { Interrupted } from "./interrupt.ts";
import { BrokenPipe, type Io } from "./io.ts";
import type { Denial, Output } from "./output/output.ts";
import type { Progress } from "./progress.ts";
import { readPrompt } from "./prompt.ts";

/** A call of the command line that asks the model. */
export interface Call {
  args: Args;
  io: Io;
  progress: Progress;
  output: Output;
  signal: AbortSignal;
}

/** Asks, and returns the exit code. */
export async function ask(call: Call): Promise<number> {
  const { args, io, progress, signal } = call;
  const notice = (text: string) => progress.line(text);
  const given = await readGiven({ args, io, signal, notice });
  const streamed = args.inputFormat === "stream-json";
  const inputTaken = args.jsonSchema === "-";
  const { words, verbatim } = args;
  const prompt = streamed && words.length + verbatim.length === 0
    ? undefined
    : await readPrompt({ words, verbatim, io, signal, notice, inputTaken: inputTaken || streamed });
  progress.busy("starting opencode");
  const conversation = await openConversation({
    words: prompt?.words ?? "Conversation",
    args,
    io,
    progress,
    signal,
    ...given.system !== undefined && { system: given.system },
  });
  const exchanges = new Exchanges(call, conversation, given);
  let completed = false;
  try {
    await exchanges.open();
    const first = prompt && { text: await prompt.text, files: args.file };
    const code = streamed ? await exchanges.streamed(first) : await exchanges.run(first!);
    completed = code === 0 || code === 5;
    return code;
  } finally {
    progress.idle();
    await exchanges.close();
    await conversation.close(completed);
  }
}

/** The prompts of one call, in one session. */
class Exchanges {
  readonly #call: Call;
  readonly #conversation: Conversation;
  readonly #given: Given;
  #executor: ToolExecutor | undefined;
  #input: StreamInput | undefined;
  #denied: Denial[] = [];
  /** A permission was refused as no one could be asked. */
  #refused = false;

  constructor(call: Call, conversation: Conversation, given: Given) {
    this.#call = call;
    this.#conversation = conversation;
    this.#given = given;
  }

  /** Notes a tool of this process that was refused as no one could be asked. */
  #audit({ answer, name, input, callId }: AuditRecord): void {
    if (answer !== "nobody_to_ask") return;
    const record = (input ?? {}) as Record<string, unknown>;
    this.#denied.push({ tool: name, callId: callId ?? "", input: record });
  }

  /** Tells the output what there is. */
  async open(): Promise<void> {
    const { args, output, signal } = this.#call;
    const { session, ai } = this.#conversation;
    if (args.autoTools) {
      const { ToolExecutor } = await import("../tools/executor.ts");
      const audit = (record: AuditRecord) => this.#audit(record);
      this.#executor = new ToolExecutor({ workdir: session.directory, audit });
    }
    const wanted = args.outputFormat === "stream-json" ? ai.client : undefined;
    const where = { directory: session.directory };
    const [tools, agents, config] = await Promise.all([
      wanted?.tool.ids(where, { signal }),
      wanted?.app.agents(where, { signal }),
      args.model === undefined ? wanted?.config.get(where, { signal }) : undefined,
    ]);
    await output.open({
      sessionId: session.id,
      directory: session.directory,
      model: args.model ?? config?.model ?? "",
      permission: args.permission ?? "default",
      tools: tools ?? [],
      agents: agents?.filter(({ hidden }) => !hidden).map(({ name }) => name) ?? [],
    });
  }

  /** One prompt; returns its exit code. */
  async run(
    { text, files }: { text: string; files: readonly Attachment[] },
    signal = this.#call.signal,
  ): Promise<number> {
    const { args, io, output, progress } = this.#call;
    this.#denied = [];
    this.#refused = false;
    const { schema } = this.#given;
    const options = await this.#options(files.map((file) => located(file, io)), signal);
    const { session, explain } = this.#conversation;
    let ended = await exchange({
      session,
      text,
      options,
      output,
      explain,
      denied: this.#denied,
      refused: () => this.#refused || (this.#input?.unanswered ?? false),
      ...schema && { schema },
    });
    if (ended.error === undefined && args.output !== undefined) {
      await writeAnswer(args.output, ended.reply?.text ?? "", io)
        .catch((error) => ended = { ...ended, error, exitCode: 1 });
    }
    await output.end(ended);
    if (ended.error !== undefined) await this.#report(ended.error, progress);
    return ended.exitCode;
  }

  /** The prompts that come in; returns the exit code of the last. */
  async streamed(
    first: { text: string; files: readonly Attachment[] } | undefined,
  ): Promise<number> {
    const { args, io, signal } = this.#call;
    const { StreamInput } = await import("./input/stream.ts");
    const input = this.#input = new StreamInput(io);
    const reading = input.read(signal);
    let code: number | undefined;
    const one = async (prompt: { text: string; files: readonly Attachment[] }) => {
      const turn = linkSignals([signal]);
      input.onInterrupt(() =>
        turn.abort(new TurnAbortedError("The turn was interrupted by the program that sent it"))
      );
      code = await this.run(prompt, turn.signal);
      input.onInterrupt(undefined);
      turn.dispose();
    };
    const { file: files } = args; // those of `--file` go with the first prompt
    if (first) await one(first);
    for await (const { text, files: own } of input.prompts) {
      signal.throwIfAborted();
      await one({ text, files: code === undefined ? [...files, ...own] : own });
    }
    await reading;
    signal.throwIfAborted();
    if (code !== undefined) return code;
    throw new InvalidArgumentError(
      'There is no prompt: write lines such as {"type":"user","message":{"role":"user","content":"Hello"}}',
    );
  }

  async close(): Promise<void> {
    await this.#executor?.close();
  }

  async #report(error: unknown, progress: Progress): Promise<void> {
    if (error instanceof Interrupted || error instanceof BrokenPipe) return; // whoever did it knows
    const { args, io } = this.#call;
    progress.idle();
    progress.newLine();
    await progress.written();
    await io.err(`${failureText(error, args.verbose)}\n`).catch(() => {});
  }

  async #options(files: readonly Attachment[], signal: AbortSignal): Promise<PromptOptions> {
    const { args, io } = this.#call;
    const { append } = this.#given;
    const { ai, session } = this.#conversation;
    const input = this.#input;
    const permissions = await permitting({
      args,
      io,
      asked: input?.onPermission,
      onNobody: () => this.#refused = true,
      rulesOfUser: () => rulesOfAgent(ai, session.directory, args.agent),
    });
    const asks = !input && io.inIsTerminal && io.errIsTerminal;
    const onQuestion = asks
      ? (await import("./input/questions.ts")).questionsOnTerminal(io)
      : input?.onQuestion;
    return {
      signal,
      ...permissions,
      ...args.model !== undefined && { model: args.model },
      ...args.agent !== undefined && { agent: args.agent },
      ...args.variant !== undefined && { variant: args.variant },
      ...append !== undefined && { appendSystemPrompt: append },
      ...files.length > 0 && { files },
      ...args.timeout !== undefined && { timeout: Infinity }, // the whole call has that bound
      ...args.idleTimeout !== undefined && { idleTimeout: args.idleTimeout },
      ...args.maxTurns !== undefined && { maxSteps: args.maxTurns },
      ...args.maxBudgetUsd !== undefined && { maxCost: args.maxBudgetUsd },
      ...args.maxTokens !== undefined && { maxTokens: args.maxTokens },
      ...this.#executor && { tools: this.#executor },
      ...onQuestion && { onQuestion },
    };
  }
}

/** A path is one of the directory in which the command was typed. */
function located(file: Attachment, io: Io): Attachment {
  const path = typeof file === "string" && !/^(file|data|https?):/.test(file);
  return path ? resolve(io.cwd(), file) : file;
}
