/**
 * The plugin that a server of ours loads: it keeps secrets from what the model runs, and calls hooks.
 *
 * It is JavaScript in a string because no package of ours can ship a file: JSR serves modules from
 * the network, and a compiled program has no files.
 *
 * @module
 */

/**
 * The plugin's options, from the server's configuration: `hide` are variables for the server alone,
 * `shell` are values for its shell, `hooks` says where hooks are called.
 *
 * Hidden variables stay readable by name, which is how the server reads them, but whoever copies the
 * environment for a child gets none. The kernel's copy of the environment, `/proc/<pid>/environ`,
 * is memory of this process: its values are overwritten there (Linux).
 */
export const PLUGIN = String.raw`import fs from "fs";

const wiped = new Set();

function hide(names) {
  for (const name of names) {
    const value = process.env[name];
    if (value === undefined) continue;
    delete process.env[name];
    const hidden = { value, enumerable: false, writable: true, configurable: true };
    Object.defineProperty(process.env, name, hidden);
  }
}

/** Fields 48 and 49 of stat, counted behind the name, are where the environment begins and ends. */
function wipe(names) {
  const fresh = names.filter((name) => !wiped.has(name));
  if (fresh.length === 0 || process.platform !== "linux") return;
  for (const name of fresh) {
    wiped.add(name);
    // a copy of its own, before the memory changes that it may point to
    const value = process.env[name];
    if (value !== undefined) process.env[name] = Buffer.from(value).toString();
  }
  let fd;
  try {
    const stat = fs.readFileSync("/proc/self/stat", "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [start, end] = [Number(fields[47]), Number(fields[48])];
    fd = fs.openSync("/proc/self/mem", "r+");
    const block = Buffer.alloc(end - start);
    fs.readSync(fd, block, 0, block.length, start);
    for (let at = 0; at < block.length;) {
      const zero = block.indexOf(0, at);
      const stop = zero < 0 ? block.length : zero;
      const equals = block.indexOf(61, at);
      if (equals > at && equals < stop && fresh.includes(block.toString("latin1", at, equals))) {
        const length = stop - equals - 1;
        if (length > 0) fs.writeSync(fd, Buffer.alloc(length, 42), 0, length, start + equals + 1);
      }
      at = stop + 1;
    }
  } catch { /* a hardened kernel refuses it */ } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** Calls back to the process that started the server; whatever fails there is an error here. */
async function call({ url, token, timeout }, event, input) {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: "Bearer " + token, "content-type": "application/json" },
    body: JSON.stringify({ event, input }),
    signal: AbortSignal.timeout(timeout),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

function hooksOf(hooks) {
  const agents = new Map();
  const contexts = new Map();
  const remember = (map, key, value) => {
    if (map.size >= 10_000) map.delete(map.keys().next().value);
    map.set(key, value);
  };
  /** By session, for which tools there are hooks: an answer said so. */
  const only = new Map();
  const skips = (event, { sessionID, tool }) => {
    const wanted = only.get(sessionID)?.[event];
    return wanted !== undefined && !wanted.some((one) => one.test(tool));
  };
  const learn = (sessionID, said) => {
    const of = (list) => list?.map(([source, flags]) => new RegExp(source, flags));
    remember(only, sessionID, {
      preToolUse: of(said.preToolUse),
      postToolUse: of(said.postToolUse),
    });
  };
  const where = ({ sessionID, callID, agent }) => {
    if (agent) remember(agents, sessionID, agent);
    return { sessionId: sessionID, callId: callID, agent: agents.get(sessionID) };
  };
  const ask = async (event, input, more) => {
    try {
      const answer = await call(hooks, event, { ...where(input), ...more });
      if (answer.only && !only.has(input.sessionID)) learn(input.sessionID, answer.only);
      return answer;
    } catch (error) {
      const why = error?.message ?? String(error);
      throw new Error(why.startsWith("Refused") ? why : "Refused: no answer of the hook: " + why);
    }
  };
  const asksAfter = hooks.events.includes("postToolUse");
  const tell = (event, input) => {
    if (hooks.events.includes(event)) ask(event, input, {}).catch(() => {});
  };
  const on = {
    "tool.execute.before": async (input, output) => {
      if (skips("preToolUse", input)) return;
      const answer = await ask("preToolUse", input, { tool: input.tool, input: output.args });
      if (answer.decision === "deny") throw new Error(answer.reason);
      if (answer.input !== undefined) {
        // the server may hold the object itself
        for (const key of Object.keys(output.args)) delete output.args[key];
        Object.assign(output.args, answer.input);
      }
      if (answer.context) remember(contexts, input.sessionID + " " + input.callID, answer.context);
    },
    "tool.execute.after": async (input, output) => {
      const key = input.sessionID + " " + input.callID;
      const context = contexts.get(key);
      contexts.delete(key);
      const parts = Array.isArray(output?.content) ? output.content : undefined;
      const texts = parts?.filter((part) => part.type === "text").map((part) => part.text);
      let text = parts ? texts.join("\n\n") : String(output?.output ?? "");
      const before = text;
      try {
        const said = { tool: input.tool, input: input.args ?? {}, output: text };
        const asks = asksAfter && !skips("postToolUse", input);
        if (asks) text = (await ask("postToolUse", input, said)).output ?? text;
      } catch (error) {
        text = "The output is withheld. " + error.message;
      }
      if (context) text += "\n\n" + context;
      if (text === before || !output) return;
      if (parts) {
        output.content = [{ type: "text", text }, ...parts.filter(({ type }) => type !== "text")];
      } else {
        output.output = text;
        // the same text once more, for those who follow the call
        if (typeof output.metadata?.output === "string") output.metadata.output = text;
        if (typeof output.metadata?.preview === "string") output.metadata.preview = text;
      }
    },
    "chat.message": async (input, { message, parts }) => {
      const part = parts.find(({ type, synthetic }) => type === "text" && !synthetic);
      const session = { sessionID: message.sessionID, agent: message.agent };
      const prompt = part?.text ?? "";
      const answer = await ask("userPrompt", session, { prompt });
      if (answer.decision === "deny") throw new Error(answer.reason);
      const text = [answer.prompt ?? prompt, answer.context].filter(Boolean).join("\n\n");
      if (part) part.text = text;
    },
    "experimental.chat.system.transform": async (input, output) => {
      if (!input.sessionID) return;
      const { system } = await ask("systemPrompt", input, { system: [...output.system] });
      if (system !== undefined) output.system.splice(0, output.system.length, ...system);
    },
    "chat.params": async (input, output) => {
      const { temperature, topP, topK, maxOutputTokens, options } = output;
      const params = { temperature, topP, topK, maxOutputTokens, options };
      const model = input.model ? input.model.providerID + "/" + input.model.id : undefined;
      const answer = await ask("chatParams", input, { params, model });
      if (answer.params !== undefined) Object.assign(output, answer.params);
    },
    "experimental.session.compacting": async (input, output) => {
      const answer = await ask("compact", input, {});
      if (answer.context !== undefined) output.context.push(answer.context);
      if (answer.prompt !== undefined) output.prompt = answer.prompt;
    },
    event: async ({ event: { type, properties } }) => {
      const sessionID = properties?.sessionID ?? properties?.info?.id;
      if (type === "session.created") tell("sessionStart", { sessionID });
      else if (type === "session.deleted") tell("sessionEnd", { sessionID });
      else if (type === "session.idle") tell("stop", { sessionID });
    },
    env: async (input) => {
      const said = { cwd: input.cwd };
      if (hooks.events.includes("shellEnv")) return (await ask("shellEnv", input, said)).env;
      // a trace alone holds up no command
      const soon = { ...hooks, timeout: 2_000 };
      return (await call(soon, "shellEnv", { ...where(input), ...said }).catch(() => ({}))).env;
    },
  };
  const events = {
    "tool.execute.before": ["preToolUse"],
    // what a hook before the call has to say is said after it
    "tool.execute.after": ["preToolUse", "postToolUse"],
    "chat.message": ["userPrompt"],
    "experimental.chat.system.transform": ["systemPrompt"],
    "chat.params": ["chatParams"],
    "experimental.session.compacting": ["compact"],
    event: ["sessionStart", "sessionEnd", "stop"],
    env: ["shellEnv"],
  };
  const named = Object.entries(on).filter(([name]) =>
    events[name].some((event) => hooks.events.includes(event)) || (name === "env" && hooks.trace)
  );
  // agents are known by their requests
  const knows = { "chat.params": async (input) => void where(input) };
  return { ...knows, ...Object.fromEntries(named) };
}

async function server(_input, { hide: hidden = [], shell = {}, hooks } = {}) {
  wipe([...hidden, ...Object.keys(shell)]);
  hide(hidden);
  const { env, ...rest } = hooks ? hooksOf(hooks) : {};
  return {
    ...rest,
    "shell.env": async (input, output) => {
      Object.assign(output.env, shell, await env?.(input));
    },
  };
}

export default { id: "opencode-ts", server };
`;
