/** The page in a real browser: one Chromium, one server, one page after the other. */
import { Buffer } from "node:buffer";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { until } from "../agent.ts";
import {
  type BrowserContext,
  checkAccessibility,
  CHROMIUM,
  Complaints,
  launch,
} from "./browser/chromium.ts";
import { PAYLOADS } from "./browser/payloads.ts";
import { ask, begin, type Desk, rests } from "./browser/desk.ts";
import { sleepSteps } from "./browser/sleep_steps.ts";
import { textSteps } from "./browser/text_steps.ts";
import { viewSteps } from "./browser/view_steps.ts";
import { widthSteps } from "./browser/width_steps.ts";
import { withWorld } from "./browser/world.ts";

/** How long a page may take to show something, in milliseconds. */
const PATIENCE = 30_000;

const steps: Record<string, (desk: Desk) => Promise<void>> = {
  "a prompt streams, with reasoning, Markdown, tokens and dollars": async ({ page, world }) => {
    await ask(page, "stream please");
    await page.getByText("first").waitFor();
    assertEquals(await page.getByText("second").count(), 0);
    await page.getByText("Working …").waitFor();
    // a reload in the middle of the text loses none of it
    await page.reload();
    await page.getByText("first").waitFor();
    world.gate.resolve();
    await page.locator(".code code").waitFor();
    assertEquals(await page.locator(".code code").textContent(), "let x = 1;");
    assertEquals(await page.locator(".markdown h3").textContent(), "Begin");
    assertStringIncludes(await page.locator(".markdown").innerText(), "first second");
    await page.getByText("$0.0081").first().waitFor();
    assertEquals(await page.locator("h1").textContent(), "stream please");
  },

  "a permission shows the command; refused nothing runs, allowed it does": async (desk) => {
    const { page, world: { directory, model } } = desk;
    const { files } = host();
    await ask(page, "bash echo a > made.txt");
    await page.getByText("Allow bash?").waitFor();
    assertEquals(await page.locator(".permission pre").textContent(), "echo a > made.txt");
    await page.getByLabel("Reason for the refusal").fill("not like this");
    await page.getByRole("button", { name: "Refuse" }).click();
    await page.locator(".permission").waitFor({ state: "detached" });
    await rests(page, "Done with bash.");
    assertEquals(await files.exists(join(directory, "made.txt")), false);
    assertStringIncludes(model.requests.at(-1)!.toolResults[0]!.content, "not like this");
    await begin(page, "bash echo b > made.txt");
    await page.getByRole("button", { name: "Allow once" }).click();
    await rests(page, "Done with bash.");
    assertEquals(await files.readText(join(directory, "made.txt")), "b\n");
  },

  "a question is answered by a choice, and by words of one's own": async ({ page, world }) => {
    const answer = () => world.model.requests.at(-1)!.toolResults[0]!.content;
    await begin(page, "question one");
    await page.getByLabel("Blue").check();
    await page.getByRole("button", { name: "Answer" }).click();
    await rests(page, "Done with question.");
    assertStringIncludes(answer(), '="Blue"');
    await begin(page, "question two");
    await page.getByLabel("Red").check();
    await page.getByLabel("An answer of your own").fill("Green");
    await page.getByRole("button", { name: "Answer" }).click();
    await rests(page, "Done with question.");
    assertStringIncludes(answer(), '="Green"');
  },

  ...textSteps,
  ...viewSteps,
  ...sleepSteps,

  "stop ends a turn; undo and redo take a file back and bring it again": async (desk) => {
    const { page, world: { directory } } = desk;
    const { files } = host();
    await begin(page, "hang now");
    await page.getByText("It hangs").waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("button", { name: "Stop" }).waitFor({ state: "hidden" });
    await begin(page, "write new.txt");
    await rests(page, "Done with write.");
    const made = join(directory, "new.txt");
    assertEquals(await files.readText(made), "one\ntwo\n");
    await page.getByRole("button", { name: "Undo from this message on" }).click();
    await page.getByText("taken back").waitFor();
    assertEquals(await files.exists(made), false);
    const input = page.getByLabel("Prompt").getByRole("textbox");
    await until(
      async () => await input.inputValue() === "write new.txt",
      "the prompt can be changed and sent again",
    );
    await page.getByRole("button", { name: "Redo" }).click();
    await page.getByText("Done with write.").waitFor();
    assertEquals(await files.readText(made), "one\ntwo\n");
    await until(
      async () => await input.inputValue() === "",
      "a prompt that is in the conversation again leaves the input",
    );
    await input.fill("of my own");
    await page.getByRole("button", { name: "Undo from this message on" }).click();
    await page.getByText("taken back").waitFor();
    assertEquals(await input.inputValue(), "of my own");
    await page.getByRole("button", { name: "Redo" }).click();
    await page.getByText("Done with write.").waitFor();
    assertEquals(await input.inputValue(), "of my own");
    await input.fill("");
  },

  "todos and a subagent's conversation are shown": async ({ page }) => {
    await begin(page, "todo list");
    await rests(page, "Done with todo.");
    assertStringIncludes(await page.locator(".todos").innerText(), "the first thing");
    await begin(page, "task it");
    await rests(page, "Done with task.");
    await page.locator(".tool > summary").click();
    await page.getByRole("button", { name: "Show the subagent's conversation" }).click();
    await page.locator(".nested").getByText("The subagent has looked.").waitFor();
  },

  "a subagent's subagent asks on the page, and its conversation opens in the other's": async (
    { page },
  ) => {
    await begin(page, "deep work");
    const allow = page.getByRole("button", { name: "Allow once" });
    await allow.waitFor();
    assertStringIncludes(await page.locator(".requests").innerText(), "echo deep");
    await allow.click();
    await rests(page, "Done with deep.");
    const show = { name: "Show the subagent's conversation" };
    await page.locator(".tool > summary").click();
    await page.getByRole("button", show).click();
    const child = page.locator(".nested");
    await child.getByText("Done with deeper.").waitFor();
    await child.locator(".tool > summary").click();
    await child.getByRole("button", show).click();
    const grandchild = child.locator(".nested");
    await grandchild.getByText("Done with bash.").waitFor();
    assertStringIncludes(await grandchild.locator(".tool > summary").innerText(), "echo deep");
  },

  "sessions are found, renamed, forked and deleted; the address survives a reload": async (
    desk,
  ) => {
    const { page } = desk;
    await page.getByLabel("Search sessions").fill("write new");
    const row = page.locator(".sessions li");
    await until(async () => await row.count() === 1, "one session fits");
    await row.getByRole("button", { name: /^write new/ }).click();
    await page.getByText("Done with write.").waitFor();
    await page.reload();
    await page.getByText("Done with write.").waitFor();
    await page.getByLabel("Search sessions").fill("write new");
    const act = async (name: string) => {
      await row.first().locator("summary").click();
      const hidden = await page.evaluate(
        "(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)(document.querySelector('.sessions'))",
      );
      assertEquals(hidden, 0, "the menu of a short list needs no scrolling");
      await row.first().getByRole("button", { name, exact: true }).click();
    };
    await act("Rename");
    await page.getByLabel("Rename the session").fill("write new name");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "write new name", level: 1 }).waitFor();
    await act("Fork");
    await until(async () => await row.count() === 2, "the fork is in the list");
    await act("Delete");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await until(async () => await row.count() === 1, "it is gone");
    await page.getByLabel("Search sessions").fill("");
  },

  "two browsers see the same; a third needs an address of its own": async ({ page, another }) => {
    await page.getByRole("button", { name: "Link" }).click();
    const link = await page.getByLabel("Address", { exact: true }).inputValue();
    await page.getByRole("button", { name: "Close" }).click();
    const second = await another();
    await second.goto(link);
    await second.getByText("Choose a session").waitFor();
    await begin(second, "hello from the second");
    await page.getByRole("button", { name: /^hello from the second/ }).click();
    await page.locator("#main").getByText("You said: hello from the second").waitFor();
    await ask(page, "and from the first");
    await second.locator("#main").getByText("You said: and from the first").waitFor();
    await second.context().close();
    const third = await another();
    const response = await third.goto(link);
    assertEquals([response!.status(), (await third.innerText("body")).includes("new address")], [
      401,
      true,
    ]);
    await third.context().close();
  },

  "every action works by keyboard alone": async ({ page, world }) => {
    const { keyboard } = page;
    const focused = () =>
      page.evaluate<string>(
        "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent",
      );
    const tabTo = async (name: string, key = "Tab") => {
      for (let i = 0; i < 150; i++) {
        if (await focused() === name) return;
        await keyboard.press(key);
      }
      throw new Error(`Tab does not reach ${name}`);
    };
    await begin(page, "bash echo by keyboard");
    await page.getByText("Allow bash?").waitFor();
    await tabTo("Allow once", "Shift+Tab");
    await keyboard.press("Enter");
    await rests(page, "Done with bash.");
    await begin(page, "question by keyboard");
    await page.getByText("Pick: Which colour?").waitFor();
    await tabTo("Dismiss", "Shift+Tab");
    for (let i = 0; i < 3; i++) await keyboard.press("Shift+Tab");
    await keyboard.press("Space");
    await keyboard.press("ArrowUp");
    await tabTo("Answer");
    await keyboard.press("Enter");
    await rests(page, "Done with question.");
    assertStringIncludes(world.model.requests.at(-1)!.toolResults[0]!.content, '="Red"');
    await begin(page, "hang by keyboard");
    await page.getByText("It hangs").waitFor();
    await keyboard.press("Escape");
    await page.getByRole("button", { name: "Stop" }).waitFor({ state: "hidden" });
    await keyboard.press("Alt+S");
    assertEquals(await focused(), "Search sessions");
    await tabTo("Actions for hang by keyboard");
    await keyboard.press("Enter");
    await tabTo("Delete");
    await keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await tabTo("Delete");
    await keyboard.press("Enter");
    await page.getByRole("button", { name: /^hang by keyboard/ }).waitFor({ state: "detached" });
    await keyboard.press("Alt+ArrowDown");
    await page.locator(".sessions [aria-current]").waitFor();
    await keyboard.press("Alt+P");
    await page.locator("#panel").waitFor({ state: "hidden" });
    await keyboard.press("Alt+P");
    await page.locator("#panel").waitFor();
    await keyboard.press("Alt+I");
    assertEquals(await focused(), "Prompt");
    for (const name of ["Model", "Agent", "Attach", "Send"]) await tabTo(name);
  },

  "files are attached by the picker and by paste; a picture is shown": async ({ page, world }) => {
    await page.keyboard.press("Alt+N");
    await page.getByLabel("Attach files").setInputFiles([
      { name: "pixel.png", mimeType: "image/png", buffer: Buffer.from(PIXEL, "base64") },
    ]);
    await page.locator(".attachments img").waitFor();
    await page.evaluate(`
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File(["pasted words"], "note.txt", { type: "text/plain" }));
      document.querySelector("textarea").dispatchEvent(
        new ClipboardEvent("paste", { clipboardData, bubbles: true }),
      )`);
    await page.getByText("note.txt").waitFor();
    await ask(page, "what is it");
    await rests(page, "You said:");
    await page.locator(".message.user img").waitFor();
    const sent = JSON.stringify(world.model.requests.at(-1)!.messages);
    assertStringIncludes(sent, "pasted words");
  },

  "the page comes back when the server was killed": async ({ page, world, complaints }) => {
    complaints.check();
    await begin(page, "before the end");
    await rests(page, "You said: before the end");
    const { pid } = world.ai.server!;
    await ask(page, "hang until then");
    await page.getByText("It hangs").waitFor();
    const banner = page.getByText("The opencode server is gone; waiting for it …");
    const told = banner.waitFor();
    host().platform.kill(pid, "SIGKILL");
    await told;
    await page.locator(".conversation > .error").waitFor();
    await page.getByRole("button", { name: "Stop" }).waitFor({ state: "hidden" });
    await ask(page, "after the end");
    await page.locator("#main").getByText("You said: after the end").waitFor();
    assert(world.ai.server!.pid !== pid, "another server answers");
    await page.locator("#main").getByText("You said: before the end").waitFor();
    await banner.waitFor({ state: "hidden" });
    complaints.check(/Failed to load resource/);
  },

  "nothing that the model, a tool, a file or a title says runs": async ({ page, world }) => {
    assert(PAYLOADS.length >= 50);
    const { ai, directory } = world;
    const { files } = host();
    const names = PAYLOADS.map((text) => text.replace(/[/\\\0\n]/g, "_").slice(0, 120));
    for (const name of names) await files.writeText(join(directory, name), PAYLOADS.join("\n"));
    await Promise.all(PAYLOADS.map((title) => ai.createSession({ title })));
    await begin(page, "payloads");
    await page.locator("#main").getByText("constructor toString").waitFor();
    await begin(page, `bash ls; cat -- *`);
    await page.getByRole("button", { name: "Allow once" }).click();
    await rests(page, "Done with bash.");
    for (const summary of await page.locator(".tool > summary").all()) await summary.click();
    await begin(page, "ask-payloads");
    await page.locator(".question").waitFor();
    const change = page.locator("#panel details .path").first();
    await change.click();
    await page.locator("#panel .diff").first().waitFor();
    await page.locator(".tree button").first().click();
    await page.locator(".viewer pre").waitFor();
    const found = await page.evaluate(
      `({ ran: "__xss" in globalThis, elements: document.querySelectorAll(${
        JSON.stringify(INJECTED)
      }).length })`,
    );
    assertEquals(found, { ran: false, elements: 0 });
    await page.getByRole("button", { name: "Dismiss" }).click();
  },

  ...widthSteps,

  "axe finds nothing, light and dark, with a card and a dialog": async ({ page }) => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await begin(page, `bash echo ${colorScheme}`);
      await page.getByText("Allow bash?").waitFor();
      await checkAccessibility(page, `${colorScheme}, permission`);
      await page.getByRole("button", { name: "Refuse" }).click();
      await page.locator(".permission").waitFor({ state: "detached" });
      await page.getByRole("button", { name: /^stream please/ }).click();
      await page.locator(".code code").waitFor();
      await checkAccessibility(page, `${colorScheme}, an answer`);
      await page.getByRole("button", { name: /^write new/ }).first().click();
      await page.locator(".diff, .tool").first().waitFor();
      await page.locator(".tool > summary").first().click();
      await page.getByRole("button", { name: "Keys" }).click();
      await checkAccessibility(page, `${colorScheme}, dialog`);
      await page.keyboard.press("Escape");
    }
  },
};

/** What the page itself never has. */
const INJECTED =
  "script:not([src='page.js']), iframe, object, embed, video, audio, marquee, base, " +
  "style, form:not(.composer):not(.card), [onerror], [onload], [onfocus], [style], " +
  "a:not([href^='http']):not([href='#main']), img:not([src^='data:'])";

const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

Deno.test({
  name: "the page in Chromium",
  ignore: CHROMIUM === undefined,
  fn: (t) =>
    withWorld(async (world) => {
      const browser = await launch();
      const complaints = new Complaints();
      const another = async (options = {}) => {
        const context: BrowserContext = await browser.newContext(options);
        context.setDefaultTimeout(PATIENCE);
        const page = await context.newPage();
        complaints.follow(page);
        return page;
      };
      try {
        const page = await another({ viewport: { width: 1300, height: 850 } });
        await page.goto(world.web.url);
        await page.getByText("Choose a session").waitFor();
        for (const [name, step] of Object.entries(steps)) {
          const passed = await t.step(name, async () => {
            await step({ world, page, complaints, another });
            complaints.check(/401 \(Unauthorized\)/);
          });
          if (!passed) break;
        }
      } finally {
        await browser.close();
      }
    }),
});
