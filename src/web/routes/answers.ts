/**
 * Answers to permissions and questions.
 *
 * @module
 */
import { readJson, Refusal, textOf } from "../body.ts";
import type { Routes } from "./router.ts";

const REPLIES = ["once", "always", "reject"] as const;

/** `POST permissions/:id` and `POST questions/:id`. */
export const answerRoutes: Routes = {
  "POST permissions/:id": async ({ live, request, params }) => {
    const body = await readJson(request);
    const reply = REPLIES.find((each) => each === body["reply"]);
    if (reply === undefined) throw new Refusal(400, `Expected "reply" to be ${REPLIES.join(", ")}`);
    const id = params["id"]!;
    if (!live.permissions.get(id)) throw new Refusal(409, "This permission has its answer already");
    const message = textOf(body, "message");
    await live.permissions.answer(id, { reply, ...message !== undefined && { message } });
  },
  "POST questions/:id": async ({ live, request, params }) => {
    const { answers = null } = await readJson(request);
    if (answers !== null && !isAnswers(answers)) {
      throw new Refusal(400, 'Expected "answers" to be a list of texts for each question, or null');
    }
    const id = params["id"]!;
    if (!live.questions.get(id)) throw new Refusal(409, "This question has its answer already");
    await live.questions.answer(id, answers);
  },
};

function isAnswers(value: unknown): value is string[][] {
  return Array.isArray(value) &&
    value.every((each) => Array.isArray(each) && each.every((label) => typeof label === "string"));
}
