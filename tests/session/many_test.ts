import { assertEquals } from "@std/assert";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

const SESSIONS = 32;
const PIECES = 50;

test("32 sessions that stream at once over one connection lose, reorder and mix nothing", async () => {
  let connections = 0;
  const counting: typeof fetch = (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : String(input));
    if (pathname === "/event") connections++;
    return fetch(input, init);
  };
  let arrived = 0;
  let all!: () => void;
  const together = new Promise<void>((resolve) => all = resolve);
  const pieces = (name: string) => Array.from({ length: PIECES }, (_, i) => `${name}:${i} `);
  const script = ({ prompt }: { prompt: string }) => {
    if (++arrived === SESSIONS) all();
    const parts = pieces(prompt).flatMap((text) => [{ text }, { delay: 10 }]);
    return { parts: [{ until: together }, ...parts] };
  };
  await withAgent(script, async ({ ai }) => {
    await Promise.all(Array.from({ length: SESSIONS }, async (_, n) => {
      const session = await ai.createSession({ title: `t${n}` });
      const turn = session.stream(`p${n}`, { collect: true });
      let streamed = "";
      for await (const piece of turn) streamed += piece;
      const reply = await turn.reply;
      const expected = pieces(`p${n}`).join("");
      assertEquals([streamed, reply.text, reply.outcome], [expected, expected, "completed"]);
      assertEquals(reply.events.filter(({ sessionId }) => sessionId !== session.id), []);
      const [, answer] = await session.history();
      const stored = answer!.parts.map((part) => part.type === "text" ? part.text : "").join("");
      assertEquals(stored, expected);
    }));
    assertEquals(connections, 1);
  }, { fetch: counting });
});
