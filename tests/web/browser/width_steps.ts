/** The page on screens that are narrower than its three columns. */
import { assertEquals } from "@std/assert";
import { checkAccessibility } from "./chromium.ts";
import { ask, type Desk, rests } from "./desk.ts";

/** The steps, by name. */
export const widthSteps: Record<string, (desk: Desk) => Promise<void>> = {
  "a phone: no panel at first, sessions behind a button, a prompt": async ({ another, world }) => {
    const phone = await another({ viewport: { width: 390, height: 800 }, isMobile: true });
    await phone.goto(world.web.newUrl());
    await phone.getByText("Choose a session").waitFor();
    assertEquals(await phone.locator("#panel").isVisible(), false);
    assertEquals(await phone.locator("nav").isVisible(), false);
    await ask(phone, "from a phone");
    await rests(phone, "You said: from a phone");
    await checkAccessibility(phone, "phone");
    await phone.getByRole("button", { name: "Sessions" }).click();
    await phone.getByLabel("Search sessions").fill("write new");
    await checkAccessibility(phone, "phone, sessions");
    await phone.getByRole("button", { name: /^write new/ }).first().click();
    await phone.getByText("Done with write.").waitFor();
    assertEquals(await phone.locator("nav").isVisible(), false);
    const wide = await phone.evaluate<number>("document.documentElement.scrollWidth");
    assertEquals(wide <= 390, true, `nothing is wider than the screen: ${wide}`);
    await phone.context().close();
  },

  "a tablet: the details take the place of the list of sessions": async ({ another, world }) => {
    const tablet = await another({ viewport: { width: 900, height: 800 } });
    await tablet.goto(world.web.newUrl());
    await tablet.getByText("Choose a session").waitFor();
    const width = async (selector: string) =>
      (await tablet.locator(selector).boundingBox())?.width ?? 0;
    const menu = tablet.getByRole("button", { name: "Sessions" });
    const search = tablet.getByLabel("Search sessions");
    assertEquals(await menu.isVisible(), false, "the list stands beside the conversation");
    await tablet.keyboard.press("Alt+P");
    await tablet.locator("#panel").waitFor();
    assertEquals(await tablet.locator("nav").isVisible(), false);
    assertEquals(await width("main") >= 500, true, `room to read: ${await width("main")}`);
    await checkAccessibility(tablet, "tablet, details");
    // the list is a key or a click away, and both take it away again
    await tablet.keyboard.press("Alt+S");
    await tablet.locator("nav input:focus").waitFor();
    await tablet.keyboard.press("Escape");
    await tablet.locator("nav").waitFor({ state: "hidden" });
    await menu.click();
    await search.fill("write new");
    await tablet.getByRole("button", { name: /^write new/ }).first().click();
    await tablet.getByText("Done with write.").waitFor();
    assertEquals(await tablet.locator("nav").isVisible(), false);
    await tablet.getByRole("button", { name: "Details" }).click();
    await tablet.locator("#panel").waitFor({ state: "hidden" });
    assertEquals(await tablet.locator("nav").isVisible(), true);
    await tablet.context().close();
  },
};
