/** A page that sleeps, is cut off, or whose connection is dead and does not say so. */
import { assertEquals } from "@std/assert";
import { begin, type Desk, rests } from "./desk.ts";
import { frozenProxy } from "./frozen_proxy.ts";

/** The steps, by name. */
export const sleepSteps: Record<string, (desk: Desk) => Promise<void>> = {
  "a page that was offline or frozen catches up": async ({ page, world, complaints }) => {
    await begin(page, "before the sleep");
    await rests(page, "You said: before the sleep");
    const id = new URL(page.url()).hash.slice(1);
    const session = await world.ai.session(id);
    const devtools = await page.context().newCDPSession(page);
    await page.context().setOffline(true);
    await session.prompt("while offline");
    await page.context().setOffline(false);
    await page.locator("#main").getByText("You said: while offline").waitFor();
    complaints.check(/Failed to load resource|ERR_INTERNET_DISCONNECTED/);
    await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
    await session.prompt("while frozen");
    await devtools.send("Page.setWebLifecycleState", { state: "active" });
    await page.locator("#main").getByText("You said: while frozen").waitFor();
    assertEquals(await page.locator(".message.user").count(), 3, "nothing twice, nothing lost");
    await page.getByText("The connection is gone; trying again …").waitFor({ state: "hidden" });
  },

  "a connection that died while the machine slept is noticed at waking": async (desk) => {
    const { world, another } = desk;
    await using proxy = frozenProxy(world.web.port);
    const page = await another();
    await page.clock.install();
    const url = new URL(world.web.newUrl());
    url.port = String(proxy.port);
    await page.goto(url.href);
    await page.getByText("Choose a session").waitFor();
    await begin(page, "before it died");
    await rests(page, "You said: before it died");
    const session = await world.ai.session(new URL(page.url()).hash.slice(1));
    proxy.freeze();
    await session.prompt("while it was dead");
    assertEquals(await page.locator("#main").getByText("while it was dead").count(), 0);
    await page.clock.fastForward(60_000);
    await page.locator("#main").getByText("You said: while it was dead").waitFor();
    assertEquals(await page.locator(".message.user").count(), 2);
    await page.context().close();
  },
};
