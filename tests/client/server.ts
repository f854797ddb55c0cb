/** A real server in a home of its own, for the tests of a file. */
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { createIsolatedHome } from "../../src/runtime/isolation.ts";
import { OpencodeClient } from "../../src/client/mod.ts";
import type { ClientOptions } from "../../src/client/mod.ts";

export interface TestServer {
  url: string;
  password: string;
  /** A directory of its own, with a git repository where git is there. */
  directory: string;
  client(options?: Partial<ClientOptions>): OpencodeClient;
  stop(): Promise<void>;
}

/** Starts it; `config` is the server's configuration. */
export async function startServer(config: object = {}): Promise<TestServer> {
  const { home, env, dispose } = await createIsolatedHome();
  const directory = join(home, "project");
  await host().files.makeDir(directory);
  await host().files.writeText(join(directory, "hello.txt"), "Hello, wörld\nsecond line\n");
  await git(directory, env);
  const password = crypto.randomUUID();
  const child = await host().spawn(host().env.get("OPENCODE_BIN") ?? "opencode", {
    args: ["serve", "--hostname", "127.0.0.1", "--port", "0"],
    cwd: directory,
    env: {
      ...env,
      OPENCODE_SERVER_PASSWORD: password,
      OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
    },
    clearEnv: true,
    detached: true,
  });
  const ready = Promise.withResolvers<string>();
  const drains = [child.stdout!, child.stderr!].map((stream) => drain(stream, ready.resolve));
  void child.status.then(() => ready.reject(new Error("The server ended before it was ready")));
  const url = await ready.promise;
  return {
    url,
    password,
    directory,
    client: (options = {}) =>
      new OpencodeClient({ baseUrl: url, password, directory, env: {}, ...options }),
    async stop() {
      child.kill("SIGKILL");
      await child.status;
      await Promise.all(drains);
      await dispose();
    },
  };
}

async function git(directory: string, env: Record<string, string>): Promise<void> {
  for (const args of [["init", "-q"], ["add", "."], ["commit", "-qm", "first"]]) {
    try {
      const child = await host().spawn("git", {
        args: ["-c", "user.name=Test", "-c", "user.email=test@example.invalid", ...args],
        cwd: directory,
        env,
        stdout: "null",
        stderr: "null",
      });
      await child.status;
    } catch { /* no git: a plain directory then */ }
  }
}

async function drain(stream: ReadableStream<Uint8Array>, onUrl: (url: string) => void) {
  let text = "";
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  for (;;) {
    const { value } = await reader.read();
    if (!value) return;
    text = (text + decoder.decode(value, { stream: true })).slice(-2000);
    const url = /listening on (http:\S+)/.exec(text)?.[1];
    if (url) onUrl(url);
  }
}
