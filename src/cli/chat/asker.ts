/**
 * The questions of a chat: permissions and answers, one after another.
 *
 * @module
 */
import { describe } from "../../session/policies.ts";
import type { PermissionHandler, QuestionHandler, QuestionReply } from "../../session/requests.ts";
import { safeLine, safeText } from "../../text/terminal.ts";
import { patchLines } from "../render/tool.ts";
import type { Console } from "./console.ts";

/** Asks, and waits for one answer after another. */
export class Asker {
  readonly #console: Console;
  #before: Promise<unknown> = Promise.resolve();

  constructor(console: Console) {
    this.#console = console;
  }

  readonly onPermission: PermissionHandler = (request, { signal }) =>
    this.#inTurn(async () => {
      const console = this.#console;
      const { paint } = console;
      console.line(
        `${paint("yellow", "?")} Allow ${paint("bold", safeLine(request.permission, 60))}: ${
          safeText(describe(request))
        }`,
      );
      const diff = request.metadata["diff"];
      if (typeof diff === "string") {
        for (const line of patchLines(diff, paint)) console.line(line);
      }
      const always = request.always.length > 0
        ? `, a = always (${safeLine(request.always.join(", "), 60)})`
        : "";
      const key = await console.choose(
        "yanr",
        `  y = yes${always}, n = no, r = no, with a reason`,
        signal,
      );
      if (key === "y") return "once";
      if (key === "a") return "always";
      if (key !== "r") return { reply: "reject", message: "The user said no" };
      const answer = await console.ask({ prompt: "  Reason: ", signal });
      const reason = answer.kind === "line" ? answer.text.trim() : "";
      return { reply: "reject", message: reason === "" ? "The user said no" : reason };
    });

  readonly onQuestion: QuestionHandler = ({ questions }, { signal }) =>
    this.#inTurn(async (): Promise<QuestionReply> => {
      const answers: string[][] = [];
      const console = this.#console;
      for (const { question, options, multiple } of questions) {
        console.line(`${console.paint("yellow", "?")} ${safeText(question)}`);
        options.forEach(({ label, description }, at) =>
          console.line(
            `  ${at + 1}. ${safeLine(label, 100)}  ${
              console.paint("dim", safeLine(description, 100))
            }`,
          )
        );
        const hint = options.length === 0
          ? ""
          : multiple
          ? " (numbers, or your own words)"
          : " (a number, or your own words)";
        const answer = await console.ask({ prompt: `  Answer${hint}: `, signal });
        if (answer.kind !== "line" || answer.text.trim() === "") return null;
        answers.push(chosen(answer.text, options.map(({ label }) => label)));
      }
      return answers;
    });

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const mine = this.#before.then(run);
    this.#before = mine.catch(() => {});
    return mine;
  }
}

/** Numbers are the options of that number; anything else is an answer of its own. */
function chosen(text: string, labels: readonly string[]): string[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  const picked = words.map((word) => /^\d+$/.test(word) ? labels[Number(word) - 1] : undefined);
  return picked.every((label) => label !== undefined) ? picked as string[] : [text.trim()];
}
