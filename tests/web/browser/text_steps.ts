/** Long texts, conversations that are still read, providers that are tried again. */
import { assert, assertEquals } from "@std/assert";
import { until } from "../../agent.ts";
import { begin, type Desk, rests } from "./desk.ts";
import { LINES } from "./world.ts";

/** The steps, by name. */
export const textSteps: Record<string, (desk: Desk) => Promise<void>> = {
  "long code grows in pieces that stay, and is copied and selected as a whole": async (desk) => {
    const { page, world } = desk;
    world.gate = Promise.withResolvers();
    await begin(page, "long code");
    const code = page.locator(".code code");
    await page.locator(".code .piece").nth(3).waitFor({ state: "attached" });
    await page.evaluate("document.querySelector('.code .piece').known = true");
    world.gate.resolve();
    await rests(page, "That is all.");
    assertEquals(await code.textContent(), LINES);
    assertEquals(await page.evaluate("document.querySelector('.code .piece').known"), true);
    assert(await page.locator(".code .piece").count() > 10);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy code" }).click();
    await page.getByText("Copied").waitFor();
    assertEquals(await page.evaluate("navigator.clipboard.readText()"), LINES);
    const selected = await page.evaluate<string>(`
      getSelection().selectAllChildren(document.querySelector(".code code"));
      String(getSelection())`);
    assertEquals(selected.trimEnd(), LINES);
    await page.evaluate("getSelection().removeAllRanges()");
  },

  "a conversation that is read says so, and one that waits is not called empty": async (desk) => {
    const { page, world } = desk;
    const { id } = await world.ai.createSession({ title: "nothing yet" });
    const open = Promise.withResolvers<void>();
    await page.route(`**/sessions/${id}/messages*`, async (route) => {
      await open.promise;
      await route.continue();
    });
    await page.getByRole("button", { name: /^nothing yet/ }).click();
    await page.getByText("Loading the messages …").waitFor();
    assertEquals(await page.getByText("Ask something to begin.").isVisible(), false);
    open.resolve();
    await page.getByText("Ask something to begin.").waitFor();
    await page.unroute(`**/sessions/${id}/messages*`);
    await begin(page, "question before a reload");
    await page.locator(".question").waitFor();
    await page.route("**/messages*", (route) => route.fulfill({ json: { messages: [] } }));
    await page.reload();
    await page.locator(".question").waitFor();
    await page.getByText("Loading the messages …").waitFor({ state: "hidden" });
    assertEquals(await page.getByText("Ask something to begin.").isVisible(), false);
    await page.unroute("**/messages*");
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.locator(".question").waitFor({ state: "detached" });
  },

  "a provider that fails is tried again, and the page counts down to it": async ({ page }) => {
    await begin(page, "busy provider");
    const status = page.locator(".conversation > .status");
    const seen = new Set<string>();
    await until(async () => {
      const [, seconds] = /Try 2 in (\d+) s/.exec(await status.textContent() ?? "") ?? [];
      if (seconds !== undefined) seen.add(seconds);
      return seen.size >= 2;
    }, "the seconds go down");
    const numbers = [...seen].map(Number);
    assert(numbers[0]! > numbers[1]!, numbers.join());
    await rests(page, "Back again.");
  },
};
