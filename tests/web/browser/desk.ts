/** A page in a browser, and what every test does with it. */
import type { Browser, Complaints, Page } from "./chromium.ts";
import type { World } from "./world.ts";

/** What a step works with. */
export interface Desk {
  world: World;
  page: Page;
  complaints: Complaints;
  /** Opens a further browser, which knows nothing of the first. */
  another(options?: Parameters<Browser["newContext"]>[0]): Promise<Page>;
}

/** Sends a prompt. */
export async function ask(page: Page, text: string): Promise<void> {
  await page.getByLabel("Prompt").getByRole("textbox").fill(text);
  await page.keyboard.press("Enter");
}

/** Begins a session with a prompt. */
export async function begin(page: Page, text: string): Promise<void> {
  await page.keyboard.press("Alt+N");
  await page.getByText("Choose a session").waitFor();
  await page.locator("textarea:focus").waitFor();
  await ask(page, text);
}

/** Waits until no turn runs in the session that is shown. */
export async function rests(page: Page, answer: string): Promise<void> {
  await page.locator("#main").getByText(answer).last().waitFor();
  await page.locator(".conversation > .status").waitFor({ state: "hidden" });
}
