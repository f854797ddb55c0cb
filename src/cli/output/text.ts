/**
 * `--output-format text`: the answer to standard output as it comes, the rest to standard error.
 *
 * @module
 */
import type { ToolEvent, TurnEvent } from "../../session/events.ts";
import { separator } from "../../session/turn/turn.ts";
import { safeLine, safeText } from "../../text/terminal.ts";
import type { Io } from "../io.ts";
import type { Progress } from "../progress.ts";
import {
  countdown,
  permissionLine,
  questionLine,
  retryLine,
  summaryLine,
} from "../render/lines.ts";
import { diffLines, inputLine, toolLine } from "../render/tool.ts";
import type { Ended, Opened, Output } from "./output.ts";

/** What {@linkcode textOutput} takes. */
export interface TextOptions {
  /** Show the model's reasoning on standard error. */
  reasoning: boolean;
  /** The answer is a JSON value, which is written at the end. */
  json: boolean;
}

/** Tells what goes on, on standard error; the other formats have it as well. */
export class Narrator {
  readonly #progress: Progress;
  readonly #reasoning: boolean;
  #directory = "";

  constructor(progress: Progress, reasoning: boolean) {
    this.#progress = progress;
    this.#reasoning = reasoning;
  }

  open({ directory }: Opened): void {
    this.#directory = directory;
    this.#progress.busy("waiting for the model");
  }

  event(event: TurnEvent): void {
    const progress = this.#progress;
    const { paint } = progress;
    const say = (line: string | undefined) => line !== undefined && progress.line(line);
    if (event.type !== "reasoning") progress.endText();
    switch (event.type) {
      case "text":
        progress.busy("writing");
        break;
      case "reasoning":
        if (this.#reasoning) progress.text(safeText(event.text));
        progress.busy("thinking");
        break;
      case "tool":
        this.#tool(event);
        break;
      case "permission":
        if (event.status === "asked") progress.idle();
        else say(permissionLine(event, paint));
        break;
      case "question":
        if (event.status === "asked") progress.idle();
        else say(questionLine(event, paint));
        break;
      case "retry":
        say(retryLine(event, paint));
        progress.busy((now) => countdown(event.next, now));
        break;
      case "subagent":
        if (event.status === "started") say(`${paint("cyan", "▸")} ${safeLine(event.title, 100)}`);
        break;
      case "step":
        if (event.status === "started") progress.busy("waiting for the model");
        break;
      case "done":
        progress.idle();
        break;
    }
  }

  #tool(event: ToolEvent): void {
    const progress = this.#progress;
    if (event.status === "pending") return;
    if (event.status === "running") {
      progress.newLine();
      return progress.busy(`${event.name} ${inputLine(event.input, this.#directory)}`);
    }
    progress.line(toolLine(event, this.#directory, progress.columns, progress.paint));
    if (progress.decorated) diffLines(event, progress.paint).forEach((line) => progress.line(line));
    progress.busy("waiting for the model");
  }
}

/** Writes the answer. */
export function textOutput(io: Io, progress: Progress, options: TextOptions): Output {
  const narrator = new Narrator(progress, options.reasoning);
  let last = "";
  let message: string | undefined;
  const write = async (text: string) => {
    const shown = io.outIsTerminal ? safeText(text) : text; // the model chose the words
    if (shown === "") return;
    await progress.before();
    await io.out(shown);
    progress.after(shown);
  };
  return {
    open(opened) {
      narrator.open(opened);
      return Promise.resolve();
    },
    async event(event) {
      narrator.event(event);
      if (event.type !== "text" || options.json) return;
      const between = separator(message, event);
      await write((progress.fresh ? between.slice(1) : between) + event.text);
      message = event.messageId;
      last = event.text;
    },
    async end({ reply, error, duration }: Ended) {
      progress.idle();
      if (error === undefined && options.json) await write(`${reply?.text ?? ""}\n`);
      else if (error === undefined && !last.endsWith("\n")) await write("\n");
      last = "";
      message = undefined;
      if (error === undefined && reply && progress.decorated) {
        progress.line(summaryLine(reply, duration, progress.paint));
      }
    },
  };
}

/** The same narration beside another format. */
export function narrated(output: Output, progress: Progress, reasoning: boolean): Output {
  const narrator = new Narrator(progress, reasoning);
  return {
    async open(opened) {
      await output.open(opened);
      narrator.open(opened);
    },
    async event(event) {
      narrator.event(event);
      await output.event(event);
    },
    async end(ended) {
      progress.idle();
      await output.end(ended);
    },
  };
}
