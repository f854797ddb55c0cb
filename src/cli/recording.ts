/**
 * `--record` and `--replay`: a run written to a file, or answered from one.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import { Opencode } from "../facade/opencode.ts";
import type { OpencodeOptions } from "../facade/options.ts";
import { host } from "../runtime/host.ts";
import { resolve } from "../runtime/path.ts";
import { checkPlace } from "../testing/record/place.ts";
import { recordModel } from "../testing/record/record.ts";
import { replayModel } from "../testing/record/replay.ts";
import type { Args } from "./args.ts";
import type { Io } from "./io.ts";
import type { Progress } from "./progress.ts";

/** What stands between the server and its providers. */
export interface Tape {
  /** Goes into the options of the agent. */
  options: Pick<OpencodeOptions, "config">;
  /** Writes the recording, or says what of it was not used. */
  close(): Promise<void>;
}

/** What {@linkcode openTape} takes. */
export interface TapeOptions {
  args: Args;
  options: OpencodeOptions;
  io: Io;
  progress: Progress;
}

/** Opens what `--record` or `--replay` asks for. */
export async function openTape(given: TapeOptions): Promise<Tape> {
  const { args, io } = given;
  if (args.record !== undefined) return await record(resolve(io.cwd(), args.record), given);
  return await replay(resolve(io.cwd(), args.replay!), given);
}

async function record(file: string, { args, options, progress }: TapeOptions): Promise<Tape> {
  if (await host().files.exists(file)) {
    throw new InvalidArgumentError(`${file} exists already: give --record another file`);
  }
  await checkPlace(file);
  const { model, upstream } = await providersOf(options, args.model);
  const recorder = await recordModel({
    file,
    upstream,
    config: { ...options.config, ...model !== undefined && { model } },
  });
  return {
    options: { config: recorder.config as OpencodeOptions["config"] & object },
    async close() {
      const { exchanges } = recorder;
      await recorder.close();
      progress.line(`Recorded ${exchanges} requests in ${file}`);
    },
  };
}

/** Where the user's providers are, as their own configuration says: a server of its own is asked. */
async function providersOf(
  options: OpencodeOptions,
  wanted: string | undefined,
): Promise<{ model: string | undefined; upstream: Record<string, string> }> {
  const ai = new Opencode(options);
  try {
    await ai.start();
    const where = { directory: ai.directory };
    const [{ providers }, config] = await Promise.all([
      ai.client.config.providers(where),
      ai.client.config.get(where),
    ]);
    const upstream: Record<string, string> = {};
    for (const { id, options: provider, models } of providers) {
      const { baseURL } = provider as { baseURL?: unknown };
      const url = baseURL ?? Object.values(models)[0]?.api.url;
      if (typeof url === "string" && /^https?:/.test(url)) upstream[id] = url;
    }
    return { model: wanted ?? config.model, upstream };
  } finally {
    await ai.close();
  }
}

async function replay(file: string, { args, progress }: TapeOptions): Promise<Tape> {
  if (!await host().files.exists(file)) {
    throw new InvalidArgumentError(`There is no recording ${file}: make one with --record`);
  }
  const model = await replayModel({ file, ...args.match && { match: args.match } });
  return {
    options: { config: model.config as OpencodeOptions["config"] & object },
    async close() {
      const { remaining } = model;
      await model.close();
      if (remaining > 0) progress.line(`${remaining} recorded requests were not asked for`);
    },
  };
}
