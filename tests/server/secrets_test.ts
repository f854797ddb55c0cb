/** What the server's own shell can learn of the server's secrets. */
import { assertEquals, assertNotMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { Opencode } from "../../src/facade/opencode.ts";
import { downloadBinary } from "../../src/binary/download.ts";
import { PLUGIN } from "../../src/plugin/text.ts";
import { installPlugin } from "../../src/plugin/install.ts";
import { host } from "../../src/runtime/host.ts";
import { toFileUrl } from "../../src/runtime/path.ts";
import { scriptedModel } from "../../src/testing/model.ts";
import { START } from "../agent.ts";
import { test, UNIX } from "../harness.ts";
import { withTempDir } from "./fixtures.ts";

/** Everything that shows an environment: its own, its parent's, and that of every process in reach. */
const LOOK = `env; printenv; tr '\\0' '\\n' <"/proc/$PPID/environ"
for one in /proc/[0-9]*/environ; do
  if grep -qF "OPENCODE_TS_SERVER=$OPENCODE_TS_SERVER" "$one" 2>/dev/null; then tr '\\0' '\\n' <"$one"; fi
done; echo looked`;

const call = { toolCalls: [{ name: "bash", input: { command: LOOK, description: "look" } }] };

for (const isolated of [true, false]) {
  test(
    `the server's shell finds no secret of a server that is ${isolated ? "" : "not "}isolated`,
    () =>
      withTempDir(async (root) => {
        const { files } = host();
        const { path: binary } = await downloadBinary();
        const model = await scriptedModel([call, "one", call, "two"]);
        const [directory, other] = [join(root, "one"), join(root, "two")];
        await files.makeDir(directory);
        await files.makeDir(other);
        const own = join(root, "own.mjs");
        await files.writeText(
          own,
          'export default async () => ({ "shell.env": (_, output) => { output.env.OWN = "ran"; } });\n',
        );
        const at = (name: string) => join(root, "home", name);
        try {
          await using ai = new Opencode({
            binary,
            directory,
            isolated,
            startTimeout: START,
            password: "the-servers-password",
            env: {
              MY_TOKEN: "the-users-token",
              PLAIN: "plain value",
              ...isolated ? {} : {
                HOME: at(""),
                XDG_CONFIG_HOME: at("config"),
                XDG_DATA_HOME: at("data"),
                XDG_CACHE_HOME: at("cache"),
                XDG_STATE_HOME: at("state"),
                OPENCODE_DISABLE_MODELS_FETCH: "1",
                // a home of a user's kind gets the server's plugin package, 63 MB: not here
                npm_config_registry: "http://127.0.0.1:9/",
                npm_config_fetch_retries: "0",
              },
            },
            config: {
              ...model.config,
              plugin: isolated ? [toFileUrl(own).href] : [],
              username: "a-secret-of-the-config",
            },
          });
          for (const place of [directory, other]) {
            const session = await ai.createSession({ directory: place, title: "look" });
            const turn = session.stream("go");
            let seen = "";
            for await (const event of turn.events) {
              if (event.type === "tool" && event.status === "completed") seen = event.output ?? "";
            }
            await turn.reply;
            assertStringIncludes(seen, "PLAIN=plain value");
            assertStringIncludes(seen, "looked");
            if (isolated) assertStringIncludes(seen, "OWN=ran"); // the user's own plugin works
            for (
              const secret of [
                "the-servers-password",
                "the-users-token",
                "secret-of-the-config",
              ]
            ) {
              assertEquals(seen.includes(secret), false, secret);
            }
            assertNotMatch(seen, /OPENCODE_CONFIG_CONTENT=\{/);
          }
        } finally {
          await model.close();
        }
      }),
    { os: ["linux"] },
  );
}

test(
  "the plugin's file is shared by starts at the same time, and put right again",
  () =>
    withTempDir(async (root) => {
      const { files } = host();
      const urls = await Promise.all(Array.from({ length: 8 }, () => installPlugin(root)));
      assertEquals(new Set(urls).size, 1);
      const [entry, ...more] = await files.readDir(join(root, "plugin"));
      assertEquals(more, []);
      const path = join(root, "plugin", entry!.name);
      assertEquals((await files.stat(path)).mode & 0o777, 0o600);
      assertEquals((await files.stat(join(root, "plugin"))).mode & 0o777, 0o700);
      await files.writeText(path, "export default 1;");
      await installPlugin(root);
      assertEquals(await files.readText(path), PLUGIN);
    }),
  { os: UNIX },
);
