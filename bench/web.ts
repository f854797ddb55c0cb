/**
 * The page with much to show: 2,000 messages scrolled from end to end, and a message of 1 MB that
 * streams. Frames are counted by Chromium's own trace. The page is the real one; what it reads is made
 * here, as 2,000 real turns would take minutes.
 * `deno run -A scripts/deno.ts run -A bench/web.ts`; a word after it chooses what is measured, such as
 * `loading`.
 */
import { launch, type Page } from "../tests/web/browser/chromium.ts";
import { asset } from "../src/web/assets.ts";
import { EventLog } from "../src/web/event_log.ts";
import type { FullMessageView, MessagesView, StateView } from "../src/web/protocol.ts";

const MESSAGES = 2_000;
const STREAM = 1_000_000;
/** How much comes at once while it streams, in characters. */
const PIECE = 4_000;
const ID = "ses_bench";
const tokens = { input: 1_000, output: 200, reasoning: 0, cacheRead: 0, cacheWrite: 0 };

const TEXT = `Some **text** with \`code\` and a [link](https://example.com).

- one item
- another item

\`\`\`ts
const answer: number = 42;
console.log(answer);
\`\`\`

| a | b |
| - | - |
| 1 | 2 |

`;

function message(i: number): FullMessageView {
  const base = { id: `msg_${String(i).padStart(6, "0")}`, sessionId: ID, created: i };
  if (i % 2 === 0) {
    return {
      ...base,
      role: "user",
      parts: [{ id: `${base.id}_p`, type: "text", text: `Question ${i}` }],
    };
  }
  return {
    ...base,
    role: "assistant",
    completed: i + 1,
    model: "scripted/model",
    cost: 0.01,
    tokens,
    parts: [
      { id: `${base.id}_r`, type: "reasoning", text: "Thinking.", start: 1, end: 2 },
      {
        id: `${base.id}_t`,
        type: "tool",
        tool: "bash",
        callId: `call_${i}`,
        status: "completed",
        input: { command: `ls -la ${i}` },
        output: "a\nb\nc\n",
        start: 1,
        end: 20,
      },
      { id: `${base.id}_p`, type: "text", text: `# Answer ${i}\n\n${TEXT}` },
    ],
  };
}

const all = Array.from({ length: MESSAGES }, (_, i) => message(i));
const log = new EventLog();

function answer(request: Request): Response {
  const { pathname, searchParams } = new URL(request.url);
  const path = pathname.slice(1);
  if (path === "api/state") return Response.json(state());
  if (path === "api/events") {
    return new Response(log.stream(searchParams.get("after"), request.signal), {
      headers: { "content-type": "text/event-stream" },
    });
  }
  if (path.endsWith("/messages")) {
    const before = searchParams.get("before");
    const end = Number(before ?? all.length);
    const start = Math.max(0, end - (before === null ? 100 : 200));
    const page: MessagesView = { messages: all.slice(start, end) };
    return Response.json(start > 0 ? { ...page, before: String(start) } : page);
  }
  if (path.startsWith("api/")) return Response.json([]);
  return asset(path, request) ?? new Response(null, { status: 404 });
}

function state(): StateView {
  const session = { id: ID, title: "Long", created: 1, updated: 2, cost: 10, tokens };
  return {
    directory: "/project",
    version: "0",
    sessions: [session],
    busy: {},
    permissions: [],
    questions: [],
    models: [],
    agents: [],
    seq: log.seq,
  };
}

interface Frames {
  seconds: number;
  rate: number;
  /** The longest time between two frames, in milliseconds. */
  longest: number;
}

interface TraceEvent {
  name: string;
  ts: number;
}

/** Runs something, and counts the frames that Chromium drew meanwhile. */
async function frames(page: Page, run: () => Promise<void>): Promise<Frames> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => {
    events.push(...value as unknown as TraceEvent[]);
  });
  await session.send("Tracing.start", {
    traceConfig: { includedCategories: ["disabled-by-default-devtools.timeline.frame"] },
  });
  await run();
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  const drawn = events.filter(({ name }) => name === "DrawFrame").map(({ ts }) => ts / 1_000)
    .sort((a, b) => a - b);
  const gaps = drawn.slice(1).map((at, i) => at - drawn[i]!);
  const span = (drawn.at(-1)! - drawn[0]!) / 1_000;
  return { seconds: span, rate: gaps.length / span, longest: Math.max(...gaps) };
}

/** What of it is measured. */
const [wanted = ""] = Deno.args;

/** Asks for earlier messages until there are none, as someone does who does not wait. */
const LOAD = `(async () => {
  const older = document.querySelector(".older");
  while (!older.hidden) {
    older.click();
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
})()`;

async function report(what: string, page: Page, run: () => Promise<void>): Promise<void> {
  if (!what.includes(wanted)) return await run();
  const { seconds, rate, longest } = await frames(page, run);
  console.log(
    `${what}: ${rate.toFixed(0)} frames a second over ${seconds.toFixed(1)} s, ` +
      `the longest ${longest.toFixed(0)} ms`,
  );
}

const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, answer);
const browser = await launch();
try {
  const page = await browser.newPage({ viewport: { width: 1300, height: 850 } });
  const started = performance.now();
  await page.goto(`http://127.0.0.1:${server.addr.port}/#${ID}`);
  await page.getByText(`Answer ${MESSAGES - 1}`).waitFor();
  console.log(`the newest messages: ${(performance.now() - started).toFixed(0)} ms`);
  const first = page.locator(`[data-id="${message(0).id}"]`);
  for (const place of ["end", "beginning"]) {
    await page.reload();
    await page.getByText(`Answer ${MESSAGES - 1}`).waitFor();
    if (place === "beginning") await page.locator("main").press("Home");
    await report(`loading 2,000 messages, seen from the ${place}`, page, async () => {
      await page.evaluate(LOAD);
      await first.waitFor({ state: "attached" });
    });
  }
  await page.mouse.move(600, 400);
  for (const [what, step] of [["up", -1_500], ["down", 1_500]] as const) {
    if (!"scrolling".includes(wanted)) continue;
    await report(`scrolling ${what} through them`, page, async () => {
      const end = performance.now() + 4_000;
      while (performance.now() < end) await page.mouse.wheel(0, step);
    });
  }
  await page.evaluate("document.querySelector('main').scrollTop = 1e9");
  await stream(page);
} finally {
  await browser.close();
  await server.shutdown();
}

/** A message that streams, one part after the other. */
async function stream(page: Page): Promise<void> {
  const id = "msg_stream";
  const { parts: _, completed: __, ...info } = message(MESSAGES + 1);
  const at = { sessionId: ID, messageId: id };
  log.push({ type: "message", message: { ...info, id, created: MESSAGES + 1 } });
  const paragraphs = TEXT.repeat(Math.ceil(STREAM / TEXT.length)).slice(0, STREAM);
  for (
    const [type, what, text] of [
      ["text", "Markdown", paragraphs],
      ["text", "one block of code", longCode()],
      ["text", "one line of code", `\`\`\`\n${"const a = 1; ".repeat(STREAM / 13)}`],
      ["text", "one paragraph without a line break", "words and words ".repeat(STREAM / 16)],
      ["reasoning", "reasoning that is open", paragraphs],
      ["reasoning", "reasoning without a line break, open", "words and words ".repeat(STREAM / 16)],
    ] as const
  ) {
    const name = `streaming 1 MB, ${what}`;
    if (!name.includes(wanted)) continue;
    const partId = `prt_${what}`;
    log.push({ type: "part", ...at, part: { id: partId, type, text: "" } });
    if (type === "reasoning") await open(page, type);
    await report(name, page, async () => {
      for (let sent = 0; sent < text.length; sent += PIECE) {
        log.push({ type: "delta", ...at, partId, at: sent, text: text.slice(sent, sent + PIECE) });
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
      await page.waitForTimeout(300);
    });
    log.push({ type: "part-removed", ...at, partId });
    await page.locator(`[data-id="msg_stream"] details`).waitFor({ state: "detached" });
  }
  const partId = "prt_tool";
  const tool = { id: partId, type: "tool", tool: "bash", callId: "call", input: {} } as const;
  log.push({ type: "part", ...at, part: { ...tool, status: "running" } });
  await open(page, "tool");
  const name = "the output of a tool, up to 1 MB, as a whole each time";
  if (!name.includes(wanted)) return;
  await report(name, page, async () => {
    for (let sent = 20_000; sent < STREAM; sent += 20_000) {
      const output = paragraphs.slice(0, sent);
      log.push({ type: "part", ...at, part: { ...tool, status: "running", output } });
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  });
}

/** Opens a folded part; only then is it drawn. */
async function open(page: Page, kind: string): Promise<void> {
  const details = page.locator(`[data-id="msg_stream"] details.${kind}`);
  await details.locator("> summary").dispatchEvent("click");
  await details.and(page.locator("[open]")).waitFor({ state: "attached" });
}

function longCode(): string {
  return `\`\`\`\n${"const line = 'of code that goes on and on';\n".repeat(STREAM / 45)}`;
}
