/**
 * The script behind `--demo`.
 *
 * @module
 */
import type { ModelRequest, ScriptStep } from "./script.ts";

/**
 * Answers any prompt: says what it is, and repeats the prompt in small pieces: the whole way from
 * the prompt through a real server to the streamed answer, without a language model.
 */
export function demoScript(request: ModelRequest): ScriptStep {
  const prompt = request.prompt.trim();
  const shown = prompt.length > 300 ? `${prompt.slice(0, 300)}…` : prompt;
  const words = prompt === "" ? 0 : prompt.split(/\s+/).length;
  const greeting = /\b(hello|hi|hey|moin|hallo|bonjour|hola)\b/i.test(prompt) ? "Hello! " : "";
  const turn = request.messages.filter(({ role }) => role === "user").length;
  const again = turn > 1
    ? ` This is prompt number ${turn} of this session, and I was sent all of them.`
    : "";
  return {
    text:
      `${greeting}I am a script built into this package, not a language model. A real opencode server ` +
      `asked me to answer your prompt of ${words} word${words === 1 ? "" : "s"}:\n\n` +
      `> ${shown.replaceAll("\n", "\n> ")}\n\n` +
      `What you see now was streamed through that server, chunk by chunk.${again} ` +
      `Leave out --demo, and name a model, to get an answer with thought behind it.\n`,
    chunkDelay: 15,
    usage: { input: Math.ceil(prompt.length / 4), output: 80 },
  };
}
