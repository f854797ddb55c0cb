// Deno alone: the memory of this very process is looked at, and Deno can say how much it is.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { withExecutor } from "./support.ts";

Deno.test("bash takes 1 GB of output in less than 50 MB of memory", async () => {
  await withExecutor({}, async (executor) => {
    await executor.execute("bash", { command: "head -c 50000000 /dev/zero" });
    const before = Deno.memoryUsage().rss;
    let peak = 0;
    const watch = setInterval(() => peak = Math.max(peak, Deno.memoryUsage().rss), 20);
    const result = await executor.execute("bash", {
      command: "echo first; head -c 1000000000 /dev/zero; echo last",
      timeout: 120,
    });
    clearInterval(watch);
    assertEquals(result.status, "ok");
    assertEquals(result.metadata.bytes, 1_000_000_011);
    assert(result.text.startsWith("first\n"));
    assert(result.text.endsWith("last\n"));
    assertMatch(result.text, /\[… \d+ of 1000000011 bytes of output cut here …\]/);
    assert(peak - before < 50_000_000, `grew by ${peak - before} bytes`);
  });
});
