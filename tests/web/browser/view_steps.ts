/** What a conversation shows, what is chosen and attached for a prompt, and two tabs of one browser. */
import { Buffer } from "node:buffer";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { until } from "../../agent.ts";
import { ask, begin, type Desk, rests } from "./desk.ts";

/** The steps, by name. */
export const viewSteps: Record<string, (desk: Desk) => Promise<void>> = {
  "reasoning is folded; a tool call shows input, output, state and time": async ({ page }) => {
    await page.getByRole("button", { name: /^stream please/ }).click();
    const reasoning = page.locator("details.reasoning");
    await reasoning.waitFor();
    assertEquals(await reasoning.getByText("Thinking about it.").isVisible(), false);
    await reasoning.locator("summary").click();
    await reasoning.getByText("Thinking about it.").waitFor();
    await begin(page, "bash echo out; echo problem >&2; sleep 0.2");
    await page.getByRole("button", { name: "Allow once" }).click();
    await rests(page, "Done with bash.");
    const tool = page.locator(".tool");
    assertEquals(await tool.locator(".output, pre").first().isVisible(), false, "folded");
    await tool.locator("summary").click();
    await tool.getByText("Output", { exact: true }).waitFor();
    const shown = await tool.innerText();
    for (const words of ["bash", "done", "Input", "sleep 0.2", "Output", "out", "problem"]) {
      assertStringIncludes(shown, words);
    }
    assert(/\d\s?(?:ms|s)\b/.test(await tool.locator(".tool-time").innerText()), shown);
  },

  "a diff stands in one column or two, and the choice stays": async ({ page }) => {
    await begin(page, "write edited.txt");
    await rests(page, "Done with write.");
    await ask(page, "edit edited.txt");
    await rests(page, "Done with edit.");
    const diff = page.locator("#main .diff").last();
    await diff.locator("table.one").waitFor();
    assertEquals(await diff.locator("tr.added .line").allInnerTexts(), ["second"]);
    assertEquals(await diff.locator("tr.removed .line").allInnerTexts(), ["two"]);
    await diff.getByRole("button", { name: "Two columns" }).click();
    const changed = diff.locator("table.two tr", { hasText: "second" });
    assertEquals(await changed.locator(".line").allInnerTexts(), ["two", "second"]);
    await page.reload();
    await diff.locator("table.two").waitFor();
    await diff.getByRole("button", { name: "One column" }).click();
    await diff.locator("table.one").waitFor();
  },

  "the panel shows tokens, context, a chart, what changed and the files": async ({ page }) => {
    await page.getByRole("button", { name: /^write edited/ }).click();
    const panel = page.locator("#panel");
    assertStringIncludes(await panel.locator("dl").innerText(), "$");
    await panel.getByText(/^Context: /).waitFor();
    assert(await page.evaluate<boolean>("document.querySelector('#panel meter').value > 0"));
    const chart = panel.getByRole("img", { name: /^Tokens of the last 4 steps/ });
    assertEquals(await chart.locator("rect").count(), 4);
    const change = panel.locator("details", { hasText: "edited.txt" });
    await change.locator("summary").click();
    await change.locator(".diff").waitFor();
    await panel.locator(".tree").getByRole("button", { name: "edited.txt" }).click();
    assertEquals(await panel.locator(".viewer pre").textContent(), "one\nsecond");
  },

  "the agent and the model are chosen for a prompt, and stay chosen": async ({ page, world }) => {
    const model = page.getByLabel("Model", { exact: true });
    const value = await model.locator("option").last().getAttribute("value");
    await model.selectOption(value);
    await page.getByLabel("Agent", { exact: true }).selectOption("plan");
    await begin(page, "by plan");
    await rests(page, "You said: by plan");
    await page.locator(".message .who", { hasText: "plan" }).waitFor();
    assertStringIncludes(JSON.stringify(world.model.requests.at(-1)!.messages), "Plan Mode");
    await page.reload();
    await until(async () => await model.inputValue() === value, "the model is still chosen");
    await model.selectOption("");
    await page.getByLabel("Agent", { exact: true }).selectOption("");
  },

  "a file that is dropped goes with the prompt, once, however often Enter is pressed": async (
    { page, world },
  ) => {
    await page.keyboard.press("Alt+N");
    await page.evaluate(`
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["dropped words"], "drop.txt", { type: "text/plain" }));
      document.querySelector("main").dispatchEvent(
        new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }),
      )`);
    await page.locator(".attachments").getByText("drop.txt").waitFor();
    const before = world.model.requests.length;
    await page.getByLabel("Prompt").getByRole("textbox").fill("what was dropped");
    for (let i = 0; i < 3; i++) await page.keyboard.press("Enter");
    await rests(page, "You said: what was dropped");
    assertEquals(await page.locator(".message.user").count(), 1);
    const prompts = world.model.requests.slice(before)
      .filter(({ prompt }) => prompt.startsWith("what was dropped"));
    assertEquals(prompts.length, 1);
    assertStringIncludes(JSON.stringify(prompts[0]!.messages), "dropped words");
    assertEquals(await page.locator(".attachments li").count(), 0);
  },

  "a file that is attached while a prompt is sent goes with the next one": async ({ page }) => {
    const attach = (name: string) =>
      page.getByLabel("Attach files").setInputFiles([
        { name, mimeType: "text/plain", buffer: Buffer.from(name) },
      ]);
    const attached = page.locator(".attachments li");
    await begin(page, "before the files");
    await rests(page, "You said: before the files");
    const held = Promise.withResolvers<() => Promise<void>>();
    await page.route("**/prompt", (route) => held.resolve(() => route.continue()));
    await attach("now.txt");
    await attached.getByText("now.txt").waitFor();
    await ask(page, "with the first file");
    const send = await held.promise;
    await attach("next.txt");
    await attached.getByText("next.txt").waitFor();
    await send();
    await rests(page, "You said: with the first file");
    await attached.getByText("now.txt").waitFor({ state: "detached" });
    assertEquals(await attached.count(), 1);
    await page.unroute("**/prompt");
    await attached.getByRole("button").click();
  },

  "what streams is told to screen readers, block by block": async ({ page, world }) => {
    world.gate = Promise.withResolvers();
    await begin(page, "stream aloud");
    const live = page.locator("[aria-live=polite]");
    await page.getByText("first").waitFor();
    assertStringIncludes(await live.innerText(), "Begin");
    assertEquals((await live.innerText()).includes("let x"), false);
    world.gate.resolve();
    await page.locator(".code code").waitFor();
    await until(async () => (await live.innerText()).includes("let x = 1;"), "the end is told");
    assertEquals((await live.innerText()).split("first second").length, 2, "once");
    // what was there before is not read out again
    await page.reload();
    await page.locator(".code code").waitFor();
    assertEquals(await live.innerText(), "");
  },

  "light and dark are switched by hand, and stay": async ({ page }) => {
    const back = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    await page.emulateMedia({ colorScheme: "light" });
    const light = await back();
    await page.getByRole("button", { name: "Light or dark" }).click();
    const dark = await back();
    assert(dark !== light);
    await page.reload();
    await page.locator(".sessions li").first().waitFor();
    assertEquals(await back(), dark);
    await page.getByRole("button", { name: "Light or dark" }).click();
    assertEquals(await back(), light);
    await page.evaluate("localStorage.removeItem('opencode.theme')");
  },

  "a permission that one tab answers goes from the other": async ({ page, complaints }) => {
    const second = await page.context().newPage();
    complaints.follow(second);
    await begin(page, "bash echo two tabs");
    await page.getByText("Allow bash?").waitFor();
    await second.goto(page.url());
    await second.getByText("Allow bash?").waitFor();
    await second.getByRole("button", { name: "Allow once" }).click();
    await page.locator(".permission").waitFor({ state: "detached" });
    await rests(page, "Done with bash.");
    await rests(second, "Done with bash.");
    await begin(page, "question in two tabs");
    await page.locator(".question").waitFor();
    await second.goto(page.url());
    await second.locator(".question").waitFor();
    await page.getByRole("button", { name: "Dismiss" }).click();
    await second.locator(".question").waitFor({ state: "detached" });
    await ask(second, "from the second tab");
    await page.locator("#main").getByText("You said: from the second tab").waitFor();
    await second.close();
  },
};
