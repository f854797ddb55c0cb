/**
 * Takes the pictures of the documentation, `docs/pictures/*.png`, from the real program: the page with
 * a scripted model behind the real server, in the system's Chromium.
 * `deno run -A scripts/deno.ts run -A scripts/pictures.ts`.
 */
import { launch, type Page } from "../tests/web/browser/chromium.ts";
import { commitAll, withAgent } from "../tests/agent.ts";
import { serveWeb } from "../src/web/mod.ts";
import type { ModelRequest, ScriptStep } from "../src/testing/script.ts";

const target = new URL("../docs/pictures/", import.meta.url);

const BEFORE = `export interface Item {
  name: string;
  price: number;
}

export function total(items: Item[]): number {
  let sum = 0;
  for (const item of items) {
    sum = sum + item.price;
  }
  return sum;
}
`;

const ANSWER = `\`total\` now takes a discount, and refuses one that makes no sense:

| discount | 3 × $10 |
| -------- | ------: |
| none     |  $30.00 |
| 0.2      |  $24.00 |

- callers that give none get the same sum as before
- the loop is a \`reduce\`

\`\`\`ts
total([{ name: "tea", price: 10 }], 0.2); // 8
\`\`\`
`;

function script({ prompt, toolResults }: ModelRequest, directory: string): ScriptStep {
  const usage = { input: 4_200 + 800 * toolResults.length, output: 350, cached: 3_000 };
  if (/tests/.test(prompt)) {
    return toolResults.length === 0
      ? {
        text: "I will run the tests.",
        toolCalls: [{ name: "bash", input: { command: "deno test --parallel tests/" } }],
        usage,
      }
      : { text: "All of them pass.", usage };
  }
  if (toolResults.length === 0) {
    return {
      reasoning: "The sum is in shop.ts. A discount is a second parameter with a default.",
      text: "First I look at the file, and note what is to be done.",
      toolCalls: [
        { name: "read", input: { filePath: `${directory}/shop.ts` } },
        {
          name: "todowrite",
          input: {
            todos: [
              { content: "Add a discount to total", status: "in_progress", priority: "high" },
              { content: "Run the tests", status: "pending", priority: "medium" },
            ],
          },
        },
      ],
      usage,
    };
  }
  if (toolResults.length === 2) {
    return {
      toolCalls: [{
        name: "edit",
        input: {
          filePath: `${directory}/shop.ts`,
          oldString: BEFORE.slice(BEFORE.indexOf("export function")),
          newString: `export function total(items: Item[], discount = 0): number {
  if (discount < 0 || discount > 1) throw new RangeError("discount: 0 to 1");
  const sum = items.reduce((sum, { price }) => sum + price, 0);
  return sum * (1 - discount);
}
`,
        },
      }],
      usage,
    };
  }
  return { text: ANSWER, usage };
}

async function take(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: new URL(`${name}.png`, target).pathname, animations: "disabled" });
}

async function ask(page: Page, text: string): Promise<void> {
  await page.getByLabel("Prompt").getByRole("textbox").fill(text);
  await page.keyboard.press("Enter");
}

await Deno.mkdir(target, { recursive: true });
let directory = "";
await withAgent(
  (request) => script(request, directory),
  async (agent) => {
    const { ai } = agent;
    ({ directory } = agent);
    await Deno.writeTextFile(`${directory}/shop.ts`, BEFORE);
    await commitAll(directory);
    await using web = await serveWeb(ai);
    const browser = await launch();
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      await page.goto(web.url);
      await page.getByText("Choose a session").waitFor();
      for (
        const title of ["Why is the build slow?", "Rename the tables", "Release notes for 2.4"]
      ) {
        await ai.createSession({ title });
      }
      await ask(page, "Add a discount to total() in shop.ts");
      await page.locator("#main").getByText("the loop is a").waitFor();
      await page.locator(".status").first().waitFor({ state: "hidden" });
      await take(page, "page-light");
      await page.emulateMedia({ colorScheme: "dark" });
      await take(page, "page-dark");
      await page.emulateMedia({ colorScheme: "light" });
      await page.getByRole("button", { name: "Two columns" }).click();
      await page.locator(".diff").scrollIntoViewIfNeeded();
      await take(page, "page-diff");
      await page.getByRole("button", { name: "One column" }).click();
      await ask(page, "Run the tests");
      await page.getByText("Allow bash?").waitFor();
      await take(page, "page-permission");
      await page.setViewportSize({ width: 390, height: 780 });
      await page.reload();
      await page.getByText("I will run the tests.").waitFor();
      await page.getByText("Allow bash?").waitFor();
      await take(page, "page-phone");
    } finally {
      await browser.close();
    }
  },
  {
    own: true,
    git: true,
    config: { permission: { bash: "ask" } },
    scripted: { cost: { input: 3, output: 15 } },
  },
);
