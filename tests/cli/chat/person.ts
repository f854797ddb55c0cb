/** Somebody at a chat's terminal in memory, with the real server behind it. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { type Agent, type AgentOptions, until, withAgent } from "../../agent.ts";
import { chat } from "../../../src/cli/chat/chat.ts";
import type { Io } from "../../../src/cli/io.ts";
import { painter } from "../../../src/cli/render/color.ts";
import type { Script } from "../../../src/testing/script.ts";
import { Emulator } from "./emulator.ts";

/** Somebody at a terminal. */
export class Person {
  readonly terminal: Emulator;
  readonly io: Io;
  raw = false;
  /** For each stop, whether the terminal was still raw. */
  readonly suspended: boolean[] = [];
  #continue: () => void = () => {};
  #keys!: ReadableStreamDefaultController<Uint8Array>;

  constructor(columns: number, readonly given: { cwd: string; term?: string; lines?: string[] }) {
    this.terminal = new Emulator(columns);
    const input = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#keys = controller),
    });
    const isTerminal = given.lines === undefined;
    const write = (text: string) => {
      this.terminal.write(text.replace(/(?<!\r)\n/g, "\r\n"));
      return Promise.resolve();
    };
    this.io = {
      out: write,
      err: write,
      outIsTerminal: isTerminal,
      errIsTerminal: isTerminal,
      inIsTerminal: isTerminal,
      columns: () => this.terminal.columns,
      input: () => input,
      setRaw: (on) => this.raw = on,
      readLine: () => Promise.resolve(given.lines?.shift() ?? null),
      cwd: () => given.cwd,
      env: (name) => name === "TERM" ? given.term ?? "xterm" : undefined,
      onInterrupt: () => () => {},
      suspend: () => {
        this.suspended.push(this.raw);
      },
      onContinue: (listener) => {
        this.#continue = listener;
        return () => this.#continue = () => {};
      },
    };
  }

  type(text: string): void {
    this.#keys.enqueue(new TextEncoder().encode(text));
  }

  /** What the shell does before the program goes on. */
  foreground(): void {
    this.raw = false;
    this.terminal.write("$ fg\r\n");
    this.#continue();
  }

  get screen(): string {
    return this.terminal.screen().join("\n");
  }

  async sees(text: string): Promise<void> {
    await until(
      () => this.screen.includes(text),
      `the screen shows ${JSON.stringify(text)}:\n${this.screen}\n`,
    )
      .catch((error) => {
        throw new Error(`${error.message}\n${this.screen}`);
      });
  }
}

/** A chat on its way. */
export interface World extends Agent {
  person: Person;
  /** Resolves with the exit code. */
  over: Promise<number>;
}

/** Runs a test in a chat. */
export async function withChat(
  script: Script,
  run: (world: World) => Promise<void>,
  options: AgentOptions & {
    columns?: number;
    term?: string;
    lines?: string[];
    first?: string;
    reasoning?: boolean;
  } = {},
): Promise<void> {
  const { columns = 80, term, lines, first, reasoning = false, ...rest } = options;
  await withAgent(script, async (agent) => {
    const person = new Person(columns, {
      cwd: agent.directory,
      ...term !== undefined && { term },
      ...lines && { lines },
    });
    const leaving = new AbortController();
    const over = chat({
      ai: agent.ai,
      session: await agent.ai.createSession({ title: "chat" }),
      io: person.io,
      paint: painter(false),
      signal: leaving.signal,
      claim: () => () => {},
      prompt: {},
      reasoning,
      permitting: (asked) =>
        Promise.resolve({ permissions: "default", ...asked && { onPermission: asked } }),
      historyFile: join(agent.directory, ".state", "history.jsonl"),
      ...first !== undefined && { first },
    });
    over.catch(() => {});
    try {
      await run({ ...agent, person, over });
    } finally {
      leaving.abort(new Error("the test is over"));
      await over.catch(() => {});
      assertEquals(person.raw, false, "the terminal is as it was");
    }
  }, rest);
}

/** The key. */
export const ENTER = "\r";
