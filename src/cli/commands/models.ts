/**
 * `opencode-ts models`: what `--model` takes, and what of it can be used now.
 *
 * @module
 */
import type { Opencode } from "../../facade/opencode.ts";
import { safeLine } from "../../text/terminal.ts";
import type { Args } from "../args.ts";
import type { Io } from "../io.ts";

/** Lists those that have a key; with a filter or `--all` the others too. */
export async function runModels(args: Args, io: Io, ai: Opencode): Promise<number> {
  const { all, connected, default: defaults } = await ai.client.provider.list({
    directory: ai.directory,
  });
  const [filter] = args.words;
  const every = all.flatMap((provider) =>
    Object.values(provider.models).map((model) => ({
      model: `${provider.id}/${model.id}`,
      name: model.name,
      usable: connected.includes(provider.id),
      ...defaults[provider.id] === model.id && { default: true },
      ...provider.env.length > 0 && { key: provider.env },
    }))
  );
  const fits = ({ model, name }: { model: string; name: string }) =>
    filter === undefined || `${model} ${name}`.toLowerCase().includes(filter.toLowerCase());
  const found = every.filter(fits).sort((a, b) => a.model < b.model ? -1 : 1);
  const shown = args.all || filter !== undefined ? found : found.filter(({ usable }) => usable);
  if (args.json) {
    await io.out(`${JSON.stringify(shown, null, 2)}\n`);
    return 0;
  }
  const lines = shown.map(({ model, usable, default: first }) =>
    `${usable ? "*" : " "} ${safeLine(model)}${first && usable ? "  (default)" : ""}\n`
  );
  await io.out(lines.join(""));
  if (!args.quiet) await io.err(remark(shown, found.length - shown.length, filter));
  return 0;
}

function remark(
  shown: readonly { usable: boolean }[],
  hidden: number,
  filter: string | undefined,
): string {
  if (shown.length === 0 && filter !== undefined) {
    return `No model fits "${safeLine(filter, 60)}"\n`;
  }
  const usable = shown.filter((one) => one.usable).length;
  const login = usable === 0
    ? "No model has a key: run `opencode auth login`, or set the variable of a provider\n"
    : `* can be used now (${usable})\n`;
  return hidden > 0 ? `${login}${hidden} more have no key: opencode-ts models --all\n` : login;
}
