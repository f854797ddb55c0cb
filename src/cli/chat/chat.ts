/**
 * `opencode-ts chat`: a conversation on the terminal.
 *
 * @module
 */
import { linkSignals } from "../../async/abort.ts";
import { TurnAbortedError } from "../../errors.ts";
import type { Opencode } from "../../facade/opencode.ts";
import { host } from "../../runtime/host.ts";
import { join } from "../../runtime/path.ts";
import type { Attachment } from "../../session/attachments.ts";
import type { PromptOptions } from "../../session/options.ts";
import type { Session } from "../../session/session.ts";
import { safeText } from "../../text/terminal.ts";
import { exitCodeOf } from "../exit.ts";
import { failureText } from "../failure.ts";
import { Interrupted } from "../interrupt.ts";
import type { Io } from "../io.ts";
import type { Paint } from "../render/color.ts";
import type { PermissionHandler } from "../../session/requests.ts";
import type { Permitting } from "../permissions.ts";
import { type ActionName, ACTIONS } from "./actions.ts";
import { Asker } from "./asker.ts";
import { complete, mentions, wordAt } from "./input/complete.ts";
import { type Completer, type Console, TerminalConsole } from "./console.ts";
import type { ChatContext } from "./context.ts";
import { addToHistory, readHistory } from "./input/history.ts";
import { LineConsole } from "./line_console.ts";
import { readLine, SLASH } from "./slash.ts";
import { chatTurn, onTwoInterrupts } from "./turn.ts";

/** What {@linkcode chat} takes. */
export interface ChatOptions {
  ai: Opencode;
  session: Session;
  io: Io;
  paint: Paint;
  /** Ends the chat. */
  signal: AbortSignal;
  /** Listens to Ctrl-C where it comes as a signal; until the returned function is called, no one else does. */
  claim(listener: () => void): () => void;
  /** Hands lines of others to this, until the returned function is called. @default {there are none} */
  divert?(write: (text: string) => void): () => void;
  /** What each prompt takes. */
  prompt: PromptOptions;
  /** Who decides about an agent's tools; asks the given handler, where somebody can be asked. */
  permitting(asked: PermissionHandler | undefined, agent: string | undefined): Promise<Permitting>;
  /** Whether a permission was refused as no one could be asked. */
  refused?(): boolean;
  model?: string | undefined;
  agent?: string | undefined;
  /** Where inputs are kept; nowhere where left out. */
  historyFile?: string;
  /** The first prompt. */
  first?: string;
  /** Lines alone: nothing is redrawn, for screen readers. */
  plain?: boolean;
  reasoning?: boolean;
  verbose?: boolean;
  /** Nothing is written but answers, errors and what is asked. */
  quiet?: boolean;
}

const PROMPT = "> ";

/** Runs a chat until its end. @returns The exit code. */
export async function chat(options: ChatOptions): Promise<number> {
  const { io, paint, historyFile } = options;
  const redraws = io.inIsTerminal && io.outIsTerminal && !options.plain &&
    io.env("TERM") !== "dumb";
  const history = historyFile === undefined || !redraws ? [] : await readHistory(historyFile);
  const console: Console = redraws
    ? new TerminalConsole(io, paint, history)
    : new LineConsole(io, paint, options.claim);
  const leaving = new AbortController();
  const link = linkSignals([options.signal, leaving.signal]);
  const undivert = options.divert?.((text) => console.line(text));
  const leave = () => leaving.abort(new Interrupted("SIGINT"));
  try {
    return await new Chat({ ...options, signal: link.signal }, console, leave).run();
  } finally {
    link.dispose();
    undivert?.();
    await console.close();
  }
}

class Chat {
  readonly #options: ChatOptions;
  readonly #console: Console;
  readonly #chat: ChatContext;
  readonly #asker: Asker;
  readonly #leave: () => void;
  /** Who decides about tools, by agent. */
  readonly #permitting = new Map<string | undefined, Permitting>();
  /** What a chat that nobody watches ends with: the code of the first prompt that failed. */
  #exitCode = 0;

  /** @param leave Ends the chat: Ctrl-C, and again while what it stops has not stopped. */
  constructor(options: ChatOptions, console: Console, leave: () => void) {
    this.#leave = leave;
    const { ai, io, session, signal, model, agent } = options;
    this.#options = options;
    this.#console = console;
    this.#asker = new Asker(console);
    this.#chat = { ai, io, console, signal, session, model, agent, files: [], answer: "" };
  }

  async run(): Promise<number> {
    const { io, first, signal } = this.#options;
    if (io.inIsTerminal && !this.#options.quiet) {
      const { paint } = this.#console;
      this.#console.line(
        paint("dim", `${this.#chat.session.directory} · /help lists commands, Ctrl-D leaves`),
      );
    }
    if (first !== undefined) await this.#take(first);
    let interrupted = 0;
    while (!signal.aborted) {
      const count = this.#chat.files.length;
      const answer = await this.#console.ask({
        prompt: count === 0 ? PROMPT : `(${count} file${count === 1 ? "" : "s"}) ${PROMPT}`,
        history: true,
        complete: this.#complete,
        signal,
      });
      if (signal.aborted || answer.kind === "end") break;
      if (answer.kind === "interrupt") {
        if (++interrupted > 1) return 130;
        this.#console.line(this.#console.paint("dim", "Ctrl-C again leaves; so does Ctrl-D"));
        continue;
      }
      interrupted = 0;
      if (answer.text.trim() === "") continue;
      if (!await this.#take(answer.text)) break;
    }
    signal.throwIfAborted();
    return io.inIsTerminal ? 0 : this.#exitCode;
  }

  /** Returns whether the chat goes on. */
  async #take(text: string): Promise<boolean> {
    const { historyFile, signal, verbose = false } = this.#options;
    if (historyFile !== undefined && this.#options.io.inIsTerminal) {
      await addToHistory(historyFile, text);
    }
    try {
      const line = readLine(text);
      if (line.kind === "prompt") await this.#prompt(line.text);
      else if (line.kind === "shell") await this.#shell(line.command);
      else if (line.name === "exit") return false;
      else await this.#act(() => ACTIONS[line.name as ActionName](this.#chat, line.argument));
    } catch (error) {
      if (signal.aborted) throw error;
      const { paint } = this.#console;
      if (error instanceof TurnAbortedError) {
        this.#console.line(paint("yellow", "Stopped."));
        return true;
      }
      this.#exitCode ||= exitCodeOf(error);
      const words = safeText(failureText(error, verbose));
      this.#console.line(paint("red", words));
    } finally {
      this.#console.busy(undefined);
    }
    return true;
  }

  async #prompt(text: string): Promise<void> {
    const { prompt, signal, reasoning = false, verbose = false, quiet = false } = this.#options;
    const { session, model, agent, files } = this.#chat;
    const attached = [...files, ...await this.#mentioned(text)];
    this.#chat.files = [];
    const { io } = this.#options;
    const asked = io.inIsTerminal ? this.#asker.onPermission : undefined;
    const permitting = this.#permitting.get(agent) ??
      await this.#options.permitting(asked, agent);
    this.#permitting.set(agent, permitting);
    const reply = await chatTurn({
      console: this.#console,
      session,
      text,
      signal,
      reasoning,
      verbose,
      quiet,
      leave: this.#leave,
      options: {
        ...prompt,
        ...permitting,
        ...io.inIsTerminal && { onQuestion: this.#asker.onQuestion },
        ...model !== undefined && { model },
        ...agent !== undefined && { agent },
        ...attached.length > 0 && { files: attached },
      },
    });
    if (reply.text !== "") this.#chat.answer = reply.text;
    if (reply.error !== undefined && !(reply.error instanceof TurnAbortedError)) {
      this.#exitCode ||= exitCodeOf(reply.error);
    }
    if (this.#options.refused?.()) this.#exitCode ||= 5;
    signal.throwIfAborted();
  }

  /** The files that a prompt mentions and that are there. */
  async #mentioned(text: string): Promise<Attachment[]> {
    const { files } = host();
    const { directory } = this.#chat.session;
    const found: Attachment[] = [];
    for (const path of mentions(text)) {
      const info = await files.stat(join(directory, path)).catch(() => undefined);
      if (info?.isFile) found.push({ path, mention: `@${path}` });
    }
    return found;
  }

  /** Runs a command; Ctrl-C ends it, and what the session does for it. */
  async #act(run: () => Promise<void> | void): Promise<void> {
    let stopped!: (reason: Error) => void;
    const stop = new Promise<never>((_, reject) => stopped = reject);
    stop.catch(() => {});
    const undo = onTwoInterrupts(this.#console, this.#leave, () => {
      this.#console.busy("stopping");
      const after = () => stopped(new TurnAbortedError("Stopped"));
      this.#chat.session.abort().then(after, after);
    });
    const running = Promise.resolve(run());
    running.catch(() => {}); // told where it fails first
    try {
      await Promise.race([running, stop]);
    } finally {
      undo();
    }
  }

  async #shell(command: string): Promise<void> {
    this.#console.busy(command);
    const stop = onTwoInterrupts(
      this.#console,
      this.#leave,
      () => void this.#chat.session.abort().catch(() => {}),
    );
    try {
      const { parts } = await this.#chat.session.shell(command, { signal: this.#chat.signal });
      for (const part of parts) {
        if (part.type !== "tool" || part.state.status !== "completed") continue;
        this.#console.line(safeText(part.state.output.trimEnd()));
      }
    } finally {
      stop();
    }
  }

  readonly #complete: Completer = async (text, cursor) => {
    const found = wordAt(text, cursor);
    if (!found) return undefined;
    const { kind, word, from } = found;
    const candidates = kind === "command" ? SLASH.map(({ name }) => name) : await this.#paths(word);
    return complete(text, cursor, from, candidates);
  };

  async #paths(word: string): Promise<string[]> {
    const slash = word.lastIndexOf("/");
    const folder = slash === -1 ? "" : word.slice(0, slash + 1);
    const hidden = word.slice(slash + 1).startsWith(".");
    const entries = await host().files.readDir(join(this.#chat.session.directory, folder || "."))
      .catch(() => []);
    return entries.filter(({ name }) => (hidden || !name.startsWith(".")) && !/\s/.test(name))
      .map(({ name, isDirectory }) => `${folder}${name}${isDirectory ? "/" : ""}`);
  }
}
