/**
 * Foreign pages in a real browser that is signed in: one under another name, one on another port of
 * this machine, where the browser sends the page's cookie along.
 */
import { assert, assertEquals } from "@std/assert";
import { type Agent, until, withAgent } from "../agent.ts";
import { webHandler } from "../../src/web/mod.ts";
import type { Browser, Page } from "./browser/chromium.ts";
import { CHROMIUM, launch } from "./browser/chromium.ts";

/** What a foreign page tries, each by name; the functions run in its window. */
const ATTEMPTS = `({
  read: async (at) => (await fetch(at + "api/state", { credentials: "include" })).status,
  blind: (at) => fetch(at + "api/link", {
    method: "POST", mode: "no-cors", credentials: "include", body: "{}",
  }).then(({ type }) => type),
  write: (at) => fetch(at + "api/sessions", {
    method: "POST", credentials: "include", body: '{"title":"evil"}',
    headers: { "content-type": "application/json" },
  }).then(({ status }) => status),
  events: (at) => new Promise((resolve) => {
    const source = new EventSource(at + "api/events", { withCredentials: true });
    source.onopen = () => resolve("open");
    source.onerror = () => (source.close(), resolve("refused"));
  }),
  socket: (at) => new Promise((resolve) => {
    const socket = new WebSocket(at.replace("http", "ws") + "api/events");
    socket.onopen = () => resolve("open");
    socket.onerror = () => resolve("refused");
  }),
  ...Object.fromEntries(["img", "script", "link", "embed", "object", "iframe"].map((tag) => [
    tag,
    (at) => new Promise((resolve) => {
      const element = document.createElement(tag);
      const path = { img: "icon.svg", link: "page.css", iframe: "" }[tag] ?? "api/state";
      if (tag === "link") element.rel = "stylesheet";
      element[{ link: "href", object: "data" }[tag] ?? "src"] = at + path;
      element.onload = () => {
        try {
          // a frame that was refused holds the browser's own page of another origin
          resolve(element.contentDocument ? "read" : tag === "iframe" ? "refused" : "loaded");
        } catch {
          resolve("refused");
        }
      };
      element.onerror = () => resolve("refused");
      document.body.append(element);
    }),
  ])),
})`;

/** What must come of them. */
const REFUSED = {
  read: "TypeError",
  blind: "TypeError",
  write: "TypeError",
  events: "refused",
  socket: "refused",
  img: "refused",
  script: "refused",
  link: "refused",
  // it says the same of what was refused; the answers' status tells
  embed: "loaded",
  object: "refused",
  iframe: "refused",
};

/** A page that sends a form; \`sandbox\` gives it the origin \`null\`. */
function form(action: string, body: string): string {
  // text/plain lets a form write JSON
  const [name, value] = [body.slice(0, -2), body.slice(-2)];
  return `<form method="post" enctype="text/plain" action="${action}">
<input name='${name}' value='${value}'></form><script>document.forms[0].submit()</script>`;
}

Deno.test({
  name: "foreign pages read nothing, change nothing and show nothing of the page",
  ignore: CHROMIUM === undefined,
  fn: () =>
    withAgent(["hello"], async (agent) => {
      const web = serve(agent);
      let body = "";
      const csp: Record<string, string> = {};
      const foreign = Deno.serve(
        { port: 0, hostname: "127.0.0.1", onListen: () => {} },
        ({ url }) =>
          new Response(new URL(url).pathname === "/" ? `<!doctype html><p>foreign${body}` : "", {
            headers: { "content-type": "text/html", ...csp },
          }),
      );
      const browser = await launch(["--host-resolver-rules=MAP *.example 127.0.0.1"]);
      try {
        const { port } = foreign.addr;
        const sites = [`http://evil.example:${port}/`, `http://127.0.0.1:${port}/`];
        const mine = await signedIn(browser, web);
        const page = await mine.context().newPage();
        const visit = async (site: string, content: string, headers = {}) => {
          body = content;
          for (const name of Object.keys(csp)) delete csp[name];
          Object.assign(csp, headers);
          await page.goto(site);
        };
        for (const site of sites) {
          await visit(site, "");
          web.answers.length = 0;
          const found = await page.evaluate(`(async () => {
            const results = {};
            for (const [name, run] of Object.entries(${ATTEMPTS})) {
              results[name] = await run("${home(web)}").catch(({ name }) => name);
            }
            return results;
          })()`);
          assertEquals(found, REFUSED, site);
          // the browser itself asks for no frame that could not be shown
          assert(web.answers.length > 8, web.answers.join());
          assertEquals(web.answers.filter((answer) => !answer.endsWith(" 403")), [], site);
          for (
            const headers of [{}, {
              "content-security-policy": "sandbox allow-scripts allow-forms",
            }]
          ) {
            for (const path of ["api/link", "api/sessions", ""]) {
              const answer = page.waitForResponse((response) =>
                response.url() === home(web) + path && response.request().method() === "POST"
              );
              await visit(site, form(home(web) + path, '{"title":"evil","x":""}'), headers);
              assertEquals((await answer).status(), 403, `a form, ${site} ${path}`);
            }
          }
          // a link to a route of the API, and one with a token that was used
          for (const [path, status] of [["api/state", 403], ["api/events", 403]] as const) {
            await visit(site, `<a id="go" href="${home(web)}${path}">go</a>`);
            const answer = page.waitForResponse(home(web) + path);
            await page.locator("#go").click();
            assertEquals((await answer).status(), status, `a link, ${site} ${path}`);
          }
          await visit(site, `<script>w = open("${home(web)}")</script>`);
          await page.waitForFunction("w.closed");
          assertEquals(await page.evaluate("w.length"), 0);
        }
        await untouched(mine, agent);
        await rebound(browser, web);
        await usedToken(browser, web);
      } finally {
        await browser.close();
        await foreign.shutdown();
        await web.close();
      }
    }),
});

/** The page, and what its server answered to others than the page itself. */
interface Web {
  port: number;
  answers: string[];
  newUrl(): string;
  close(): Promise<void>;
}

function serve({ ai }: Agent): Web {
  const handler = webHandler(ai);
  const answers: string[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const response = await handler(request);
      const { pathname } = new URL(request.url);
      const site = request.headers.get("sec-fetch-site");
      if (site !== "same-origin") answers.push(`${request.method} ${pathname} ${response.status}`);
      return response;
    },
  );
  const { port } = server.addr;
  return {
    port,
    answers,
    newUrl: () => `http://127.0.0.1:${port}/?token=${handler.issueToken()}`,
    close: async () => {
      handler.close();
      await server.shutdown();
    },
  };
}

const home = ({ port }: Web) => `http://127.0.0.1:${port}/`;

async function signedIn(browser: Browser, web: Web): Promise<Page> {
  const context = await browser.newContext();
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  await page.goto(web.newUrl());
  await page.getByText("Choose a session").waitFor();
  return page;
}

/** Nothing was made, and who was signed in still is. */
async function untouched(page: Page, { ai, model }: Agent): Promise<void> {
  const sessions = await ai.client.session.list({ directory: ai.directory });
  assertEquals(sessions.filter(({ title }) => title.includes("evil")), []);
  assertEquals(model.requests.length, 0);
  await page.reload();
  await page.getByText("Choose a session").waitFor();
  assertEquals(await page.evaluate("opener"), null);
}

/** A foreign name that is turned to this machine. */
async function rebound(browser: Browser, web: Web): Promise<void> {
  const page = await (await browser.newContext()).newPage();
  const at = `http://rebound.example:${web.port}/`;
  for (const path of ["", "api/state", "page.js", new URL(web.newUrl()).search]) {
    assertEquals((await page.goto(at + path))!.status(), 421, path);
  }
  // not used up by that
  await page.goto(web.newUrl());
  await page.getByText("Choose a session").waitFor();
  await page.context().close();
}

/** A link with a token that somebody else used. */
async function usedToken(browser: Browser, web: Web): Promise<void> {
  const url = web.newUrl();
  const first = await (await browser.newContext()).newPage();
  await first.goto(url);
  await first.getByText("Choose a session").waitFor();
  const second = await (await browser.newContext()).newPage();
  assertEquals((await second.goto(url))!.status(), 401);
  assertEquals(await second.context().cookies(), []);
  assertEquals((await second.goto(home(web)))!.status(), 401);
  await until(async () => (await first.context().cookies()).length === 1, "the first has its own");
  await first.context().close();
  await second.context().close();
}
