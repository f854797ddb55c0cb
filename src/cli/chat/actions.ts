/**
 * What the commands of a chat do.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.ts";
import { takesPrompts } from "../../dialect/sessions.ts";
import { host } from "../../runtime/host.ts";
import { resolve } from "../../runtime/path.ts";
import type { Session } from "../../session/session.ts";
import { nearest } from "../../text/nearest.ts";
import { safeLine } from "../../text/terminal.ts";
import { sessionById } from "../conversation.ts";
import { count, dollars } from "../render/lines.ts";
import { patchLines } from "../render/tool.ts";
import type { ChatContext } from "./context.ts";
import { slashHelp, type SlashName } from "./slash.ts";

type Action = (chat: ChatContext, argument: string) => Promise<void> | void;

/** The commands, but for `exit`. */
export type ActionName = Exclude<SlashName, "exit">;

/** What each does. */
export const ACTIONS: Readonly<Record<ActionName, Action>> = {
  help: ({ console }) => console.line(slashHelp()),
  model: chooseModel,
  agent: chooseAgent,
  sessions: chooseSession,
  new: async (chat) => {
    chat.session = await chat.ai.createSession();
    chat.console.line("A new session.");
  },
  fork: async (chat) => {
    chat.session = await chat.session.fork();
    chat.console.line(`This is a copy: ${safeLine(chat.session.title, 80)}`);
  },
  undo,
  redo: async ({ session, console }) => {
    await session.unrevert();
    console.line("Brought back.");
  },
  diff: async ({ session, console }) => {
    const diffs = await session.diff();
    if (diffs.length === 0) {
      console.line("The last prompt changed no files (or this is no git directory).");
    }
    for (const { file, patch, additions, deletions } of diffs) {
      console.line(
        `${console.paint("bold", safeLine(String(file), 200))} +${additions} -${deletions}`,
      );
      for (const line of patchLines(String(patch ?? ""), console.paint, 400)) console.line(line);
    }
  },
  todo: async ({ session, console }) => {
    const todos = await session.todo();
    if (todos.length === 0) console.line("The list is empty.");
    const marks: Record<string, string> = { completed: "✓", in_progress: "▸", cancelled: "-" };
    for (const { content, status } of todos) {
      console.line(`  ${marks[status] ?? "○"} ${safeLine(content, 200)}`);
    }
  },
  cost: async ({ session, console }) => {
    const { usage, cost } = await session.usage();
    const input = usage.input + usage.cacheRead + usage.cacheWrite;
    console.line(
      `${count(input)} tokens in (${count(usage.cacheRead)} from the cache), ${
        count(usage.output + usage.reasoning)
      } out, ${dollars(cost)}`,
    );
  },
  compact: async ({ session, console, model }) => {
    console.busy("writing a summary");
    await session.compact(model === undefined ? {} : { model });
    console.line("The conversation is replaced by a summary.");
  },
  copy: ({ console, answer, io }) => {
    if (answer === "") return console.line("There is no answer to copy yet.");
    if (!io.outIsTerminal) throw new InvalidArgumentError("/copy needs a terminal");
    const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(answer)));
    console.send(`\u001b]52;c;${base64}\u0007`);
    console.line("Copied, where the terminal lets programs write to the clipboard (OSC 52).");
  },
  export: exportSession,
  attach: async (chat, argument) => {
    if (argument === "") throw new InvalidArgumentError("Give a file: /attach path");
    const path = resolve(chat.session.directory, argument);
    if (!await host().files.exists(path)) {
      throw new InvalidArgumentError(`There is no file ${path}`);
    }
    chat.files.push(path);
    chat.console.line(
      `Attached to the next prompt: ${chat.files.length} file${chat.files.length === 1 ? "" : "s"}`,
    );
  },
};

async function chooseModel(chat: ChatContext, argument: string): Promise<void> {
  const { ai, console, session } = chat;
  const { providers, default: defaults } = await ai.client.config.providers({
    directory: session.directory,
  });
  const models = providers.flatMap(({ id, models }) =>
    Object.keys(models).map((model) => `${id}/${model}`)
  );
  if (argument === "") {
    const shown = models.slice(0, 40).map((model) =>
      `  ${model === chat.model ? "●" : " "} ${safeLine(model, 100)}`
    );
    const more = models.length > 40
      ? [`  … ${models.length - 40} more: \`opencode-ts models\` lists all`]
      : [];
    const first = Object.entries(defaults)[0]?.join("/");
    const now = chat.model ?? `the default${first === undefined ? "" : `, such as ${first}`}`;
    return console.line(
      [
        `The model is ${safeLine(now, 100)}. /model provider/model chooses one of`,
        ...shown,
        ...more,
      ].join("\n"),
    );
  }
  if (!models.includes(argument)) {
    const near = nearest(argument, models);
    throw new InvalidArgumentError(
      `There is no model ${safeLine(argument, 100)}${
        near === undefined ? "" : `: did you mean ${near}?`
      }`,
    );
  }
  chat.model = argument;
  console.line(`The model is ${argument} now.`);
}

async function chooseAgent(chat: ChatContext, argument: string): Promise<void> {
  const all = await chat.ai.client.app.agents({ directory: chat.session.directory });
  const agents = all.filter(takesPrompts); // the first is the one of a prompt that names none
  const names = agents.map(({ name }) => name);
  if (argument === "") {
    const current = chat.agent ?? names[0];
    const shown = agents.map(({ name, description = "" }) =>
      `  ${name === current ? "●" : " "} ${safeLine(name, 40)}  ${safeLine(description, 100)}`
    );
    return chat.console.line(["/agent name chooses one of", ...shown].join("\n"));
  }
  if (!names.includes(argument)) {
    const near = nearest(argument, names);
    throw new InvalidArgumentError(
      `There is no agent ${safeLine(argument, 60)}${
        near === undefined ? "" : `: did you mean ${near}?`
      }`,
    );
  }
  chat.agent = argument;
  chat.console.line(`The agent is ${argument} now.`);
}

async function chooseSession(chat: ChatContext, argument: string): Promise<void> {
  const sessions = (await chat.ai.sessions({ limit: 20 })).filter(({ info }) =>
    info.parentID === undefined
  );
  if (argument === "") {
    const shown = sessions.map(({ id, title }, at) =>
      `  ${id === chat.session.id ? "●" : " "} ${String(at + 1).padStart(2)}. ${
        safeLine(title, 80)
      }`
    );
    return chat.console.line([...shown, "/sessions number goes on in one of them"].join("\n"));
  }
  const number = /^\d+$/.test(argument) ? sessions[Number(argument) - 1] : undefined;
  const session: Session = number ?? await sessionById(chat.ai, argument);
  chat.session = session;
  chat.console.line(`Going on in: ${safeLine(session.title, 80)}`);
}

async function undo({ session, console }: ChatContext): Promise<void> {
  for await (const { info, parts } of session.messages({ pageSize: 20 })) {
    if (info.role !== "user" || info.id === session.info.revert?.messageID) continue;
    await session.revert(info.id);
    const text = parts.find((part) => part.type === "text" && !part.synthetic);
    const words = text?.type === "text" ? safeLine(text.text, 60) : "the last prompt";
    return console.line(`Taken back, with its changes of files: “${words}”. /redo brings it back.`);
  }
  console.line("There is no prompt to take back.");
}

async function exportSession({ session, console }: ChatContext, argument: string): Promise<void> {
  const path = resolve(session.directory, argument === "" ? `${session.id}.md` : argument);
  const { files, failureKind } = host();
  const text = await session.transcript();
  await files.writeText(path, text, { createNew: true }).catch((error) => {
    if (failureKind(error) !== "already_exists") throw error;
    throw new InvalidArgumentError(`${path} exists already: give another name, /export file`);
  });
  console.line(`Written to ${path}`);
}
