/**
 * Where a prompt of the command line goes: a server of its own, a kept one, a given one, the demo.
 *
 * @module
 */
import { resolve } from "../runtime/path.ts";
import { Opencode } from "../facade/opencode.ts";
import type { OpencodeOptions } from "../facade/options.ts";
import type { Session } from "../session/session.ts";
import { titleOf } from "../session/title.ts";
import { demoScript } from "../testing/demo.ts";
import { scriptedModel } from "../testing/model.ts";
import type { Args } from "./args.ts";
import type { Io } from "./io.ts";
import { keptConversation } from "./keep.ts";
import type { Progress } from "./progress.ts";

/** A session, and what becomes of it afterwards. */
export interface Conversation {
  readonly session: Session;
  /** Lets go of everything that does not outlive this call. @param completed The answer came. */
  close(completed: boolean): Promise<void>;
}

/** Opens what the flags ask for. */
export async function openConversation(
  prompt: string,
  args: Args,
  io: Io,
  progress: Progress,
  signal: AbortSignal,
): Promise<Conversation> {
  const options: OpencodeOptions = {
    directory: args.directory ?? io.cwd(),
    onProgress: (state) => progress.download(state),
    signal,
  };
  if (args.port !== undefined) options.port = args.port;
  const title = titleOf(prompt);
  if (args.attach !== undefined) {
    const { directory: _, ...rest } = options;
    // without one, the server's own; a path for a server on this machine is one of this directory's
    const local = /^(localhost|127\.|\[::1\])/.test(new URL(args.attach).hostname);
    const where = args.directory === undefined
      ? {}
      : { directory: local ? resolve(io.cwd(), args.directory) : args.directory };
    return await inOwn({ ...rest, ...where, baseUrl: args.attach }, title);
  }
  if (args.demo) return await demo(options, title, progress);
  const kept = await keptConversation({ args, progress, signal, title, options });
  return kept ?? await inOwn(options, title);
}

async function inOwn(options: OpencodeOptions, title: string): Promise<Conversation> {
  const ai = new Opencode(options);
  const close = () => ai.close();
  try {
    return { session: await ai.createSession({ title }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function demo(
  options: OpencodeOptions,
  title: string,
  progress: Progress,
): Promise<Conversation> {
  progress.line("A demo: the real server, and a built-in script in place of a language model.");
  const model = await scriptedModel(demoScript);
  try {
    const conversation = await inOwn({ ...options, isolated: true, config: model.config }, title);
    return {
      session: conversation.session,
      async close(completed) {
        await conversation.close(completed);
        await model.close();
      },
    };
  } catch (error) {
    await model.close();
    throw error;
  }
}
