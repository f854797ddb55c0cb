/**
 * Models and agents that a prompt may name, looked up before it is sent: the server accepts any name,
 * fails later, and goes on to use the failed model for the session (server 1.18.33).
 *
 * @module
 */
import { abortable } from "../async/abort.ts";
import { type ModelRef, type OfferedAgent, takesPrompts } from "../dialect/sessions.ts";
import type { Dialect, MessageWithParts } from "../dialect/types.ts";
import { InvalidArgumentError } from "../errors.ts";
import { didYouMean } from "../text/nearest.ts";
import { parseModel } from "./options.ts";

/** What a prompt names. */
export interface Named {
  model?: string | undefined;
  agent?: string | undefined;
  agents?: readonly string[] | undefined;
  variant?: string | undefined;
  command?: { name: string } | undefined;
  serverTools?: Readonly<Record<string, boolean>> | undefined;
}

/** What a directory offers. */
interface Offered {
  /** `"provider/model"` of each, with its variants. */
  models: ReadonlyMap<string, readonly string[]>;
  /** The ids of the providers that can be used. */
  providers: readonly string[];
}

/** Knows what each directory of a server offers. */
export class Choices {
  readonly #server: { readonly dialect: Dialect };
  readonly #models = new Map<string, Promise<Offered>>();
  readonly #agents = new Map<string, Promise<OfferedAgent[]>>();
  /** Sessions with a turn that has not gone well: the model that they remember may be wrong. */
  readonly #doubted = new Set<string>();

  /** Sessions for which no one had named a model when their prompt was sent. */
  readonly #unnamed = new Set<string>();

  /** @param server Asked for its dialect at each call: it may start late, and anew. */
  constructor(server: { readonly dialect: Dialect }) {
    this.#server = server;
  }

  /** Asks ahead what models a directory has; never rejects, as the prompt that needs them asks anew. */
  async learn(directory: string, signal: AbortSignal): Promise<void> {
    await this.#modelsOf(directory, signal, true, signal).catch(() => {});
  }

  /**
   * Checks the model and its variant, the agents, the command and the server's tools of a prompt.
   *
   * @param session Where the prompt goes.
   * @throws {InvalidArgumentError} for one that the server doesn't have, with the nearest that it has.
   */
  async check(
    options: Named,
    session: { id: string; directory: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { directory } = session;
    const { model, agent, agents = [], variant, command, serverTools = {} } = options;
    if (model !== undefined && !(await this.has(model, directory, signal))) {
      throw new InvalidArgumentError(await this.#unknown(model, directory, signal));
    }
    if (variant !== undefined) {
      // a command may have a model of its own
      const taken = model ?? (command ? undefined : await this.#modelFor(session, agent, signal));
      await this.#checkVariant(variant, taken, directory, signal);
    }
    const { offers } = this.#server.dialect;
    if (command !== undefined) {
      const names = await offers.commands(directory, { ...SHARED, signal });
      if (!names.includes(command.name)) throw unknownOf("command", command.name, names);
    }
    // those of MCP servers carry the server's name before theirs
    const own = Object.keys(serverTools).filter((name) => /^[a-zA-Z]+$/.test(name));
    if (own.length > 0) {
      const names = await offers.tools(directory, { ...SHARED, signal });
      for (const name of own) {
        // a plugin's tool can have any name: only what looks like a typo is refused
        if (!names.includes(name) && didYouMean(name, names)) throw unknownOf("tool", name, names);
      }
    }
    for (const name of agent === undefined ? agents : [agent, ...agents]) {
      const named = (one: OfferedAgent) => one.name === name;
      if ((await this.#agentsOf(directory, signal)).some(named)) continue;
      const known = await this.#agentsOf(directory, signal, true);
      if (known.some(named)) continue;
      throw unknownOf("agent", name, known.map((one) => one.name));
    }
  }

  /**
   * The server ignores a variant that the model doesn't have. Where it is not known which model it
   * will choose, only a variant that none has is refused.
   */
  async #checkVariant(
    variant: string,
    model: string | undefined,
    directory: string,
    signal: AbortSignal,
  ): Promise<void> {
    for (const anew of [false, true]) {
      const { models } = await this.#modelsOf(directory, signal, anew);
      const own = model === undefined ? undefined : models.get(model);
      const variants = own ?? [...new Set([...models.values()].flat())];
      if (variants.includes(variant)) return;
      if (anew) throw unknownVariant(variant, own && model, variants);
    }
  }

  /**
   * The model that the server takes where a prompt names none, as far as that is known: the agent's,
   * that of the session's last prompt, the configured one (server 1.18.33).
   */
  async #modelFor(
    { id, directory }: { id: string; directory: string },
    agent: string | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { sessions, offers } = this.#server.dialect;
    const agents = await this.#agentsOf(directory, signal);
    const own = agents.find(agent === undefined ? takesPrompts : ({ name }) => name === agent);
    if (own?.model) return nameOf(own.model);
    const { model } = await sessions.get({ sessionId: id, directory }, { signal });
    return model ? nameOf(model) : await offers.configuredModel(directory, { signal });
  }

  /** Whether the server has a model, asked anew where it is not known. */
  async has(model: string, directory: string, signal: AbortSignal): Promise<boolean> {
    if ((await this.#modelsOf(directory, signal)).models.has(model)) return true;
    return (await this.#modelsOf(directory, signal, true)).models.has(model);
  }

  /**
   * The model to send for a session whose own model the server doesn't have: that of its last answer,
   * else the configured one; `undefined` where the session's is good.
   */
  async instead(
    { id, directory, info }: { id: string; directory: string; info: object },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const where = { sessionId: id, directory };
    const { sessions, offers } = this.#server.dialect;
    const known = this.#doubted.has(id) ? await sessions.get(where, { signal }) : info;
    // a turn on its way may fail; whoever asks next looks anew
    this.#doubted.add(id);
    const { model } = known as { model?: StoredModel };
    if (model) this.#unnamed.delete(id);
    else this.#unnamed.add(id);
    if (!model || await this.has(nameOf(model), directory, signal)) return undefined;
    const { messages } = await sessions.page(where, { limit: 50, before: undefined }, { signal })
      .catch(() => ({ messages: [] as MessageWithParts[] }));
    for (const { info } of messages.reverse()) {
      if (info.role === "assistant" && info.error === undefined) return nameOf(info);
    }
    return await offers.configuredModel(directory, { signal }) ??
      (await offers.providers(directory, { signal })).first;
  }

  /**
   * Whether the server chose the session's model by itself, as no one named one and none is
   * configured.
   *
   * @param timeout How long to ask for it, in milliseconds.
   */
  async chosen(sessionId: string, directory: string, timeout: number): Promise<boolean> {
    if (!this.#unnamed.has(sessionId)) return false;
    const { offers } = this.#server.dialect;
    return await offers.configuredModel(directory, { timeout, maxRetries: 0 }) === undefined;
  }

  /** Takes note that a turn of the session went well: its model is good. */
  trust(sessionId: string): void {
    this.#doubted.delete(sessionId);
    this.#unnamed.delete(sessionId);
  }

  async #unknown(model: string, directory: string, signal: AbortSignal): Promise<string> {
    const { models, providers } = await this.#modelsOf(directory, signal);
    const { providerID } = parseModel(model);
    const names = [...models.keys()];
    const near = instead(model, names);
    if (providers.includes(providerID) || near !== "") {
      const own = names.filter((name) => name.startsWith(`${providerID}/`));
      const some = own.slice(0, 10).join(", ");
      const more = own.length > 10 ? `, and ${own.length - 10} more` : "";
      const all = some && `${near === "" ? ";" : ""} ${providerID} has ${some}${more}`;
      return `Unknown model "${model}"${near}${all}`;
    }
    const there = providers.length === 0 ? "none is" : `${providers.join(", ")} can be used`;
    return `Unknown model "${model}": the provider "${providerID}" is not set up (${there}); log in with \`opencode auth login\`, set its key in the environment, or configure it`;
  }

  /** @param life Ends the request itself, which other prompts may wait for. */
  #modelsOf(
    directory: string,
    signal: AbortSignal,
    anew = false,
    life?: AbortSignal,
  ): Promise<Offered> {
    const models = cached(this.#models, directory, anew, async () => {
      const call = { ...SHARED, ...life && { signal: life } };
      const { providers } = await this.#server.dialect.offers.providers(directory, call);
      const models = providers.flatMap(({ id, models }) =>
        models.map(({ name, variants }) => [`${id}/${name}`, variants] as const)
      );
      return { models: new Map(models), providers: providers.map(({ id }) => id) };
    });
    return abortable(models, signal);
  }

  #agentsOf(directory: string, signal: AbortSignal, anew = false): Promise<OfferedAgent[]> {
    const agents = cached(
      this.#agents,
      directory,
      anew,
      () => this.#server.dialect.offers.agents(directory, SHARED),
    );
    return abortable(agents, signal);
  }
}

/** A look-up that several prompts wait for is not ended by one of them, but bounded. */
const SHARED = { timeout: 30_000 };

interface StoredModel {
  providerID: string;
  id: string;
}

function nameOf(model: StoredModel | ModelRef): string {
  return `${model.providerID}/${"modelID" in model ? model.modelID : model.id}`;
}

function unknownOf(what: string, name: string, names: readonly string[]): InvalidArgumentError {
  const near = instead(name, names);
  return new InvalidArgumentError(
    `Unknown ${what} "${name}"${near}${near === "" ? "; the" : " The"} ${what}s here are ${
      names.join(", ")
    }`,
  );
}

function unknownVariant(
  variant: string,
  model: string | undefined,
  variants: readonly string[],
): InvalidArgumentError {
  const near = instead(variant, variants);
  const owner = model === undefined ? "the models here have" : `${model} has`;
  const has = `${owner} ${variants.join(", ") || "none"}`;
  return new InvalidArgumentError(
    `Unknown variant "${variant}"${near === "" ? ";" : near} ${has}`,
  );
}

function instead(word: string, candidates: readonly string[]): string {
  const hint = didYouMean(word, candidates);
  return hint === undefined ? "" : `; ${hint}`;
}

/** What was learned once; a failure is not kept. */
function cached<T>(
  cache: Map<string, Promise<T>>,
  key: string,
  anew: boolean,
  make: () => Promise<T>,
): Promise<T> {
  const known = anew ? undefined : cache.get(key);
  if (known) return known;
  const made = make();
  cache.set(key, made);
  made.catch(() => cache.get(key) === made && cache.delete(key));
  return made;
}
