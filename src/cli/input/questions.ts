/**
 * The agent's questions, asked on the terminal.
 *
 * @module
 */
import { inTurn } from "../../runtime/question.ts";
import type { Question, QuestionHandler } from "../../session/requests.ts";
import { NOBODY_TO_ANSWER } from "../../session/turn/responder.ts";
import { safeLine, safeText } from "../../text/terminal.ts";
import type { Io } from "../io.ts";

/** Asks each question, and takes a number, several, or the user's own words. */
export function questionsOnTerminal(io: Io): QuestionHandler {
  return (request, { signal }) =>
    inTurn(async () => {
      const answers: string[][] = [];
      for (const question of request.questions) {
        await io.err(questionText(question));
        const line = await io.readLine(signal);
        answers.push(chosen(question, line ?? ""));
      }
      return answers;
    }, signal);
}

/** A question with its choices, numbered. */
export function questionText({ question, options, multiple }: Question): string {
  const choices = options.map(({ label, description }, i) =>
    `  ${i + 1}. ${safeLine(label)}${description === "" ? "" : ` - ${safeLine(description)}`}\n`
  );
  const numbers = multiple ? "numbers, with commas between" : "a number";
  const how = options.length > 0 ? `${numbers}, or your own words` : "your answer";
  return `\n${safeText(question)}\n${choices.join("")}[${how}; empty: the agent decides] `;
}

/** What a line means: the labels of its numbers, a label, or the words themselves. */
export function chosen({ options, multiple }: Question, line: string): string[] {
  const text = line.trim();
  if (text === "") return [NOBODY_TO_ANSWER];
  const numbers = /^\d+([\s,]+\d+)*$/.test(text) ? text.split(/[\s,]+/).map(Number) : [];
  const labels = numbers.map((number) => options[number - 1]?.label);
  const fits = labels.every((label) => label !== undefined) && (multiple || labels.length === 1);
  if (numbers.length > 0 && fits) return labels as string[];
  const label = options.find((one) => one.label.toLowerCase() === text.toLowerCase())?.label;
  return [label ?? text];
}
