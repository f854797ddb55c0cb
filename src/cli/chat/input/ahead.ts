/**
 * What is typed while a turn runs: prompts that wait, and the text that is being written. Pure:
 * state and key in, state out.
 *
 * @module
 */
import { edit, type Editor, submitted, withText } from "./editor.ts";
import type { Key } from "./keys.ts";

/** What was typed ahead. */
export interface Ahead {
  /** The next input, as far as it is written. */
  readonly editor: Editor;
  /** Inputs that were submitted, the oldest first. */
  readonly queued: readonly string[];
}

/** Keys that mean something although no input is shown; Tab, arrows and the like need one. */
const TAKEN: readonly string[] = ["enter", "newline", "ctrl-o", "backspace"];

/** The state after a key: Enter queues the text as a prompt. */
export function typeAhead({ editor, queued }: Ahead, key: Key): Ahead {
  if (key.kind === "key" && !TAKEN.includes(key.name)) return { editor, queued };
  const { editor: next, wish } = edit(editor, key);
  if (wish !== "submit") return { editor: next, queued };
  if (next.text.trim() === "") return { editor: next, queued };
  return { editor: submitted(next), queued: [...queued, next.text] };
}

/** Takes the queued inputs back into the text, to be changed or sent: the turn was stopped. */
export function takeBack({ editor, queued }: Ahead): Ahead {
  if (queued.length === 0) return { editor, queued };
  const lines = editor.text === "" ? queued : [...queued, editor.text];
  return { editor: withText(editor, lines.join("\n")), queued: [] };
}
