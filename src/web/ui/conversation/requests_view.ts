/** Permissions and questions that wait: cards that show exactly what would run. @module */
import type { PermissionView, QuestionRequestView, QuestionView } from "../../protocol.ts";
import { diffElement } from "../diff_view.ts";
import { button, h, Keyed, preElement, type View } from "../dom.ts";

/** What the cards do. */
export interface RequestActions {
  permission(id: string, reply: "once" | "always" | "reject", message?: string): Promise<void>;
  question(id: string, answers: string[][] | null): Promise<void>;
  /** The input of a tool call, where it is known. */
  inputOf(callId: string, sessionId: string): Record<string, unknown> | undefined;
  /** The title of a session, for those of subagents. */
  titleOf(sessionId: string): string | undefined;
}

type Request = PermissionView | QuestionRequestView;

/** Shows what waits in a conversation. */
export class RequestsView {
  readonly element = h("div", { class: "requests" });
  readonly #cards: Keyed<Request>;

  constructor(actions: RequestActions) {
    this.#cards = new Keyed<Request>(this.element, ({ id }) => id, (request) =>
      still(
        "questions" in request ? questionCard(request, actions) : permissionCard(request, actions),
      ));
  }

  update(permissions: readonly PermissionView[], questions: readonly QuestionRequestView[]): void {
    const before = this.element.childElementCount;
    this.#cards.update([...permissions, ...questions]);
    if (this.element.childElementCount > before) {
      this.element.lastElementChild?.scrollIntoView({ block: "nearest" });
    }
  }
}

function still<T>(element: HTMLElement): View<T> {
  return { element, update: () => {} };
}

function permissionCard(request: PermissionView, actions: RequestActions): HTMLElement {
  const { id, permission, patterns, always, command, diff, path, url, callId, sessionId } = request;
  const problem = h("p", { class: "error", role: "alert", hidden: true });
  const reason = h("input", {
    type: "text",
    id: `reason-${id}`,
    placeholder: "Reason, for the model (optional)",
    "aria-label": "Reason for the refusal",
  });
  const buttons = h("div", { class: "buttons" });
  const disable = (disabled: boolean) => {
    for (const each of buttons.querySelectorAll("button")) each.disabled = disabled;
  };
  const answer = (reply: "once" | "always" | "reject") => async () => {
    disable(true);
    const message = reply === "reject" && reason.value.trim() !== "" ? reason.value : undefined;
    await actions.permission(id, reply, message).catch((error: Error) => {
      problem.textContent = error.message;
      problem.hidden = false;
      disable(false);
    });
  };
  buttons.append(
    button("Allow once", answer("once"), { class: "primary" }),
    button("Always allow", answer("always"), {
      title: `Allows in this session from now on: ${always.join(", ") || patterns.join(", ")}`,
    }),
    button("Refuse", answer("reject"), { class: "danger" }),
    reason,
  );
  const input = callId === undefined ? undefined : actions.inputOf(callId, sessionId);
  const facts: [string, string | undefined][] = [["Path", path], ["Address", url]];
  const shown = command ?? input?.["command"];
  const title = actions.titleOf(sessionId);
  return h(
    "section",
    { class: "card permission", "aria-labelledby": `title-${id}` },
    h("h2", { id: `title-${id}` }, `Allow ${permission}?`),
    title !== undefined && h("p", { class: "note" }, `Asked by the subagent “${title}”`),
    typeof shown === "string" && preElement("Command", shown),
    ...facts.map(([name, value]) =>
      value !== undefined && h("p", {}, h("b", {}, `${name}: `), value)
    ),
    diff !== undefined && diffElement(diff, path ?? patterns[0] ?? "file"),
    typeof shown !== "string" && diff === undefined &&
      (input
        ? preElement("Input", JSON.stringify(input, null, 2))
        : preElement("What is asked", patterns.join("\n"))),
    always.length > 0 &&
      h(
        "p",
        { class: "note" },
        `“Always” allows in this session from now on: ${always.join(", ")}`,
      ),
    problem,
    buttons,
  );
}

function questionCard(request: QuestionRequestView, actions: RequestActions): HTMLElement {
  const problem = h("p", { class: "error", role: "alert", hidden: true });
  const fields = request.questions.map((question, at) =>
    questionField(question, `${request.id}-${at}`)
  );
  const send = async (answers: string[][] | null) => {
    await actions.question(request.id, answers).catch((error: Error) => {
      problem.textContent = error.message;
      problem.hidden = false;
    });
  };
  const form = h(
    "form",
    {
      class: "card question",
      "aria-label": "The agent has a question",
      onsubmit: (event: Event) => {
        event.preventDefault();
        const answers = fields.map(({ answer }) => answer());
        if (answers.every((each) => each.length > 0)) return void send(answers);
        problem.textContent = "Answer each question, or dismiss them";
        problem.hidden = false;
      },
    },
    ...fields.map(({ element }) => element),
    problem,
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "submit", class: "primary" }, "Answer"),
      button("Dismiss", () => void send(null), { class: "danger" }),
    ),
  );
  return form;
}

function questionField(
  { question, header, options, multiple, custom }: QuestionView,
  name: string,
): { element: HTMLElement; answer: () => string[] } {
  const boxes = options.map(({ label }) =>
    h("input", { type: multiple ? "checkbox" : "radio", name, value: label })
  );
  const own = h("input", {
    type: "text",
    "aria-label": "An answer of your own",
    placeholder: "Another answer",
  });
  own.addEventListener("input", () => {
    if (!multiple && own.value !== "") { for (const box of boxes) box.checked = false; }
  });
  for (const box of boxes) {
    box.addEventListener("change", () => {
      if (!multiple && box.checked) own.value = "";
    });
  }
  const element = h(
    "fieldset",
    {},
    h("legend", {}, header ? `${header}: ${question}` : question),
    ...options.map(({ label, description }, at) =>
      h(
        "label",
        {},
        boxes[at]!,
        h("span", {}, label),
        description !== "" && h("small", {}, description),
      )
    ),
    custom && own,
  );
  const answer = () => [
    ...boxes.filter(({ checked }) => checked).map(({ value }) => value),
    ...own.value.trim() === "" ? [] : [own.value.trim()],
  ];
  return { element, answer };
}
