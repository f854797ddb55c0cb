/**
 * What a server writes: read as long as it runs, from its pipes or from its log file.
 *
 * @module
 */
import { sleep } from "../async/abort.ts";
import { type Draining, drainLines, LineSplitter, type LogBuffer } from "../process/logs.ts";
import { settlesWithin } from "../process/within.ts";
import { host } from "../runtime/host.ts";
import type { Child } from "../runtime/port.ts";
import { ConfigRedaction } from "./config_error.ts";

/** The end of a log file when the server was started: what follows is the server's. */
export interface LogFile {
  path: string;
  /** In bytes. */
  start: number;
}

/** Where lines come from, and where they go. */
export interface Source {
  logs: LogBuffer;
  file: LogFile | undefined;
  /** Shown as asterisks. */
  password: string;
}

/** The lines of one server; without its password and the contents of its configuration. */
export class ServerOutput {
  /** The last lines. */
  readonly logs: LogBuffer;
  readonly #from: Source;
  readonly #pipes: Draining[];
  readonly #listeners = new Set<(line: string) => void>();
  /** What came before anybody listened. */
  #early: string[] | undefined = [];

  constructor(child: Child, from: Source) {
    this.logs = from.logs;
    this.#from = from;
    this.#pipes = [child.stdout, child.stderr].flatMap((pipe) =>
      pipe === null ? [] : [drainLines(pipe, this.#reader())]
    );
  }

  /** Calls back for each line until the returned function is called; the first misses none. */
  onLine(listener: (line: string) => void): () => void {
    this.#listeners.add(listener);
    for (const line of this.#early?.splice(0) ?? []) listener(line);
    this.#early = undefined;
    return () => this.#listeners.delete(listener);
  }

  /**
   * Reads the log file of a server that outlives this process, until nothing more can come or `signal`
   * aborts; pipes are read without this.
   */
  async follow(signal: AbortSignal, isOver: () => boolean): Promise<void> {
    const { path, start } = this.#from.file!;
    const splitter = new LineSplitter(this.#reader());
    const file = await host().files.open(path, { read: true });
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (let at = start;;) {
        const read = await file.readAt(buffer, at);
        if (read !== null) {
          at += read;
          splitter.feed(buffer.subarray(0, read));
        } else if (signal.aborted || isOver()) break;
        else await sleep(25, signal).catch(() => {});
      }
    } finally {
      await file.close();
    }
  }

  /** Stops reading its pipes, once they have ended or a moment has passed. */
  async end(): Promise<void> {
    // what the server had started may hold them open
    await settlesWithin(Promise.all(this.#pipes.map((pipe) => pipe.done)), 500);
    await settlesWithin(Promise.all(this.#pipes.map((pipe) => pipe.stop())), 500);
  }

  /** Takes the lines of one stream. */
  #reader(): (line: string) => void {
    const redaction = new ConfigRedaction();
    return (text) => {
      const line = redaction.line(text);
      if (line !== undefined) this.#onLine(line);
    };
  }

  #onLine(text: string): void {
    // The server does not print it (1.18.33); a plugin may.
    const line = text.replaceAll(this.#from.password, "***");
    this.logs.push(line);
    this.#early?.push(line);
    for (const listener of this.#listeners) listener(line);
  }
}
