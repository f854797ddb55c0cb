/** Chromium as the system has it, what the page says on its console, and what axe finds. */
// deno-lint-ignore-file no-import-prefix
import type { Browser, Page } from "npm:playwright-core@1.65.1";
import fs from "node:fs";
import axe from "npm:axe-core@4.14.1";
import { assertEquals } from "@std/assert";

export type { Browser, BrowserContext, Page } from "npm:playwright-core@1.65.1";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Where Chromium is; nothing where there is none. */
export const CHROMIUM: string | undefined = (Deno.env.get("PATH") ?? "").split(":")
  .flatMap((dir) => NAMES.map((name) => `${dir}/${name}`))
  .find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });

if (CHROMIUM === undefined) {
  console.log("There is no Chromium here: the tests of the page in a browser are left out");
}

/** Starts it; `args` are further ones of its command line. */
export async function launch(args: readonly string[] = []): Promise<Browser> {
  const { chromium } = await playwright();
  // the sandbox needs rights that containers do not give
  return await chromium.launch({ executablePath: CHROMIUM!, args: ["--no-sandbox", ...args] });
}

/** Loads it. It looks for WSL in `/proc/sys`, where only `--allow-all` may look: there is none then. */
async function playwright() {
  const { existsSync } = fs;
  fs.existsSync = (path) => {
    try {
      return existsSync(path);
    } catch {
      return false;
    }
  };
  try {
    return await import("npm:playwright-core@1.65.1");
  } finally {
    fs.existsSync = existsSync;
  }
}

/** Everything that a page says that it should not: errors, warnings, violations of its policy. */
export class Complaints {
  readonly #lines: string[] = [];

  /** Listens to a page. */
  follow(page: Page): void {
    page.on("console", (message) => {
      if (!["error", "warning"].includes(message.type())) return;
      this.#lines.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => this.#lines.push(`uncaught: ${error.message}`));
    page.on("dialog", (dialog) => {
      this.#lines.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  /** Fails where there is one, but for those that are expected. */
  check(expected?: RegExp): void {
    const lines = this.#lines.splice(0);
    assertEquals(lines.filter((line) => !expected?.test(line)), []);
  }
}

/** Fails where axe finds a violation. */
export async function checkAccessibility(page: Page, what: string): Promise<void> {
  // injected by the debugger, which no policy of the page concerns
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>("axe.run()");
  const found = violations.map(({ id, nodes }) =>
    `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`)}`
  );
  assertEquals(found, [], what);
}
