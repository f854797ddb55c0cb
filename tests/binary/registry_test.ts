/** npm's settings: where the registry is, and to whom its credentials are shown. */
import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { host } from "../../src/runtime/host.ts";
import { findRegistry, parseNpmrc } from "../../src/binary/registry.ts";
import { withTempDir } from "../server/fixtures.ts";

const PATH = "/usr/bin:/bin";

test("findRegistry takes the option before the environment, and that before the user's .npmrc", () =>
  withTempDir(async (HOME) => {
    await host().files.writeText(`${HOME}/.npmrc`, "registry = http://user.test/npm/\n");
    const find = async (env: Record<string, string>, registry?: string) =>
      (await findRegistry({ env: { HOME, PATH, ...env }, registry }))?.url;
    assertEquals(await find({}), "http://user.test/npm/");
    assertEquals(await find({ npm_config_registry: "http://env.test" }), "http://env.test/");
    assertEquals(await find({ NPM_CONFIG_REGISTRY: "http://env.test" }), "http://env.test/");
    assertEquals(
      await find({ npm_config_registry: "http://env.test" }, "http://option.test"),
      "http://option.test/",
    );
    await host().files.writeText(`${HOME}/other`, 'registry="http://other.test/"\n');
    assertEquals(await find({ NPM_CONFIG_USERCONFIG: `${HOME}/other` }), "http://other.test/");
  }));

test("findRegistry asks npm when there is no setting, and is undefined when there is no npm", () =>
  withTempDir(async (HOME) => {
    const { files } = host();
    await files.writeText(`${HOME}/npm`, '#!/bin/sh\necho "http://asked.test/$1-$2-$3/"\n', {
      mode: 0o755,
    });
    const find = async (path: string) => (await findRegistry({ env: { HOME, PATH: path } }))?.url;
    assertEquals(await find(HOME), "http://asked.test/config-get-registry/");
    await files.writeText(`${HOME}/npm`, "#!/bin/sh\necho undefined\n");
    assertEquals(await find(HOME), undefined);
    await files.writeText(`${HOME}/npm`, "#!/bin/sh\nexit 1\n");
    assertEquals(await find(HOME), undefined);
    assertEquals(await find("/nowhere"), undefined);
  }));

test("findRegistry shows credentials to what lies below their address alone", () =>
  withTempDir(async (HOME) => {
    await host().files.writeText(
      `${HOME}/.npmrc`,
      [
        "registry=https://private.test/npm/",
        "//private.test/npm/:_authToken=${SECRET_TOKEN}",
        "//basic.test/:_auth=dXNlcjpwdw==",
        "//old.test/:username=me",
        "//old.test/:_password=cHc=",
      ].join("\n"),
    );
    const env = { HOME, PATH, SECRET_TOKEN: "t0ken" };
    const registry = await findRegistry({ env });
    const shown = (url: string) => registry?.authorization(url);
    assertEquals(shown("https://private.test/npm/opencode-linux-x64/1.0.0"), "Bearer t0ken");
    assertEquals(shown("https://private.test/npm/a/-/a.tgz"), "Bearer t0ken");
    assertEquals(shown("https://private.test/other/a.tgz"), undefined);
    assertEquals(shown("https://private.test.evil/npm/a.tgz"), undefined);
    assertEquals(shown("http://private.test/npm/a.tgz"), undefined);
    assertEquals(shown("https://private.test:8443/npm/a.tgz"), undefined);
    assertEquals(shown("https://basic.test/a.tgz"), "Basic dXNlcjpwdw==");
    assertEquals(shown("https://old.test/a.tgz"), `Basic ${btoa("me:pw")}`);
  }));

test("parseNpmrc reads settings, and leaves comments and unknown variables alone", () => {
  const text = "; comment\n# comment\n a = 1 \r\nb='two'\n\nbroken\nc=${NO_SUCH}\nd[]=x\n=x";
  assertEquals(parseNpmrc(text, {}), [["a", "1"], ["b", "two"], ["c", "${NO_SUCH}"], ["d[]", "x"]]);
});
