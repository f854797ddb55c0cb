import { assert, assertEquals } from "@std/assert";
import { Opencode } from "../../src/facade/opencode.ts";
import { withAgent } from "../agent.ts";
import { addressOf, type Proxy, proxy } from "../campaign/proxy.ts";

/** A client of a server through a proxy. */
async function through(
  ai: Opencode,
  directory: string,
  run: (far: Opencode, link: Proxy) => Promise<void>,
): Promise<void> {
  await using link = proxy(await addressOf(ai));
  await using far = new Opencode({ baseUrl: link.url, directory });
  await run(far, link);
}

for (const delay of [50, 150, 300]) {
  Deno.test(`an abort soon after sending leaves nothing at work on a link of ${delay} ms`, async () => {
    await withAgent(
      ({ prompt }) => prompt === "next" ? "fine" : { text: "w ".repeat(200), chunkDelay: 20 },
      async ({ ai, directory }) => {
        await through(ai, directory, async (far, link) => {
          const sessions = await Promise.all(
            [0, 0.3, 0.9, 1.1, 1.9, 2.5].map(async (part) => ({
              session: await far.createSession({ title: "t" }),
              wait: part * delay,
            })),
          );
          link.delay = delay;
          await Promise.all(sessions.map(async ({ session, wait }) => {
            const turn = session.stream("x");
            const sent = () =>
              link.seen.some(({ path }) => path.includes(`${session.id}/prompt_async`));
            for (let n = 0; !sent() && n < 1000; n++) {
              await new Promise((next) => setTimeout(next, 5));
            }
            await new Promise((next) => setTimeout(next, wait));
            const began = performance.now();
            await turn.abort();
            const took = performance.now() - began;
            assert(took < 15_000, `the abort took ${took} ms`);
            assertEquals((await turn.settled).outcome, "aborted");
            for (let n = 0; n < 10; n++) {
              const busy = await ai.client.session.status();
              assertEquals(
                session.id in busy,
                false,
                `busy after an abort ${wait} ms after sending`,
              );
              await new Promise((next) => setTimeout(next, 50));
            }
          }));
          link.delay = 0;
          for (const { session } of sessions) {
            assertEquals((await session.prompt("next")).text, "fine");
          }
        });
      },
    );
  });
}
