/** The page of an agent that is attached to a server, which ends and comes back on the same port. */
import { assertEquals } from "@std/assert";
import { until } from "../agent.ts";
import { createIsolatedHome } from "../../src/runtime/isolation.ts";
import { host } from "../../src/runtime/host.ts";
import { createOpencodeServer } from "../../src/server/mod.ts";
import { scriptedModel } from "../../src/testing/model.ts";
import { Opencode, serveWeb } from "../../src/web/mod.ts";
import { CHROMIUM, Complaints, launch } from "./browser/chromium.ts";
import { ask, begin, rests } from "./browser/desk.ts";

/** Whether it is also away for more than the 10 s after which a connection is given up. */
const LONG = Deno.env.get("OPENCODE_TEST_LONG") !== undefined;

Deno.test({
  name: "the page of an attached agent comes back with its server, and loses no message",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    const { files, platform } = host();
    const directory = await files.realPath(await files.makeTempDir({ prefix: "opencode-test-" }));
    const home = await createIsolatedHome();
    const model = await scriptedModel(({ prompt }) =>
      prompt.startsWith("hang")
        ? { text: `Hanging, ${prompt.slice(5)}`, ending: "hang" }
        : `You said: ${prompt}`
    );
    const password = crypto.randomUUID();
    // the server's own choice is 4096 where that is free: other servers take it meanwhile
    const port = freePort();
    const start = () =>
      createOpencodeServer({ port, password, env: home.env, config: model.config, cwd: directory });
    let server = await start();
    const ai = new Opencode({ baseUrl: server.url, password, directory });
    const browser = await launch();
    try {
      await using web = await serveWeb(ai);
      const complaints = new Complaints();
      const page = await browser.newPage();
      page.setDefaultTimeout(60_000);
      complaints.follow(page);
      await page.goto(web.url);
      await page.getByText("Choose a session").waitFor();
      await page.evaluate("globalThis.loadedOnce = true");
      const text = (words: string) => page.locator("#main").getByText(words);
      const banner = page.getByText("The opencode server is gone; waiting for it …");
      const state = () => page.evaluate<number>("fetch('api/state').then(({ status }) => status)");
      await begin(page, "before it");
      await rests(page, "You said: before it");
      // the second one lasts for so long that the event connection is given up
      for (const round of LONG ? ["short", "long"] : ["short"]) {
        await ask(page, `hang ${round}`);
        await text(`Hanging, ${round}`).waitFor();
        complaints.check();
        platform.kill(server.pid, "SIGKILL");
        await banner.waitFor();
        if (round === "long") {
          await until(async () => await state() === 503, "the connection is given up");
        }
        await server.close();
        server = await start();
        await banner.waitFor({ state: "hidden" });
        await page.getByRole("button", { name: "Stop" }).waitFor({ state: "hidden" });
        await ask(page, `after a ${round} time`);
        await rests(page, `You said: after a ${round} time`);
        for (const words of ["You said: before it", `hang ${round}`]) {
          assertEquals(await text(words).count(), 1, words);
        }
        complaints.check(/Failed to load resource/);
      }
      assertEquals(await page.evaluate("loadedOnce"), true, "nobody loaded it again");
      // what a server that is killed has not stored of an answer is gone with it
      const messages = page.locator(".message", { hasNotText: "Hanging" })
        .filter({ hasText: /before it|hang|after a/ });
      const shown = await messages.allInnerTexts();
      assertEquals(shown.length, LONG ? 8 : 5);
      await page.reload();
      await text("You said: after a").last().waitFor();
      assertEquals(await messages.allInnerTexts(), shown, "what is stored is what was shown");
    } finally {
      await browser.close();
      await ai.close();
      await server.close();
      await model.close();
      await home.dispose();
      await files.remove(directory, { recursive: true });
    }
  },
});

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
