/** Flags of a server or an address of the call's own, as a process in a home of its own. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { test } from "../harness.ts";
import { world } from "./command.ts";

const AGENT = { mode: "primary", prompt: "The prompt of my own." };

test("--isolated reads nothing of the user's home, project and environment", async () => {
  await using here = await world(() => "ok");
  const { files } = host();
  const config = JSON.parse(await files.readText(join(here.directory, "opencode.json")));
  const project = JSON.stringify({ ...config, agent: { project: AGENT } });
  await files.writeText(join(here.directory, "opencode.json"), project);
  const home = join(here.home, "config", "opencode");
  await files.makeDir(home);
  await files.writeText(join(home, "opencode.json"), JSON.stringify({ agent: { home: AGENT } }));
  const env = { OPENCODE_CONFIG_CONTENT: JSON.stringify({ agent: { variable: AGENT } }) };
  const agents = async (...flags: string[]) => {
    const { code, out, err } = await here.run(["agents", "--json", ...flags], { env });
    assertEquals(code, 0, err);
    const names = (JSON.parse(out) as { name: string }[]).map(({ name }) => name);
    return ["build", "home", "project", "variable"].filter((name) => names.includes(name));
  };
  assertEquals(await agents(), ["build", "home", "project", "variable"]);
  assertEquals(await agents("--isolated"), ["build"]);
  assertEquals(await here.servers(), []);
});

test("--system replaces the prompt of the agent that takes the call, also of a configured one", async () => {
  await using here = await world(() => "ok");
  const { files } = host();
  const path = join(here.directory, "opencode.json");
  const config = JSON.parse(await files.readText(path));
  const agent = { mine: AGENT, other: AGENT };
  await files.writeText(path, JSON.stringify({ ...config, default_agent: "mine", agent }));
  const system = async (...flags: string[]) => {
    const { code, err } = await here.run([...flags, "x"]);
    assertEquals(code, 0, err);
    return here.model.requests.at(-1)!.system.split("\n")[0];
  };
  assertEquals(await system("--system", "Only rhymes."), "Only rhymes.");
  assertEquals(await system("--system", "Only rhymes.", "--agent", "other"), "Only rhymes.");
  assertEquals(await here.servers(), []);
});

test("web says where --host names an address that this machine doesn't have", async () => {
  await using here = await world([]);
  const { code, out, err } = await here.run(["web", "-p", "0", "--host", "192.0.2.1"]);
  assertEquals([code, out], [2, ""], err);
  assertStringIncludes(err, "Cannot serve the page at 192.0.2.1 port 0: ");
});
