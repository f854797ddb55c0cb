/** The page's handler on the real server. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { host } from "../../src/runtime/host.ts";
import type { Script } from "../../src/testing/script.ts";
import { webHandler } from "../../src/web/mod.ts";
import type { FullMessageView, MessagesView, SessionView } from "../../src/web/protocol.ts";
import { apply, conversation, emptyState, takeMessages } from "../../src/web/view/state.ts";
import { HOME, idle, newSession, Visitor, withPage } from "./visitor.ts";

const { files } = host();

async function messages(visitor: Visitor, id: string): Promise<FullMessageView[]> {
  return (await visitor.call<MessagesView>("GET", `sessions/${id}/messages`)).value.messages;
}

test("the handler streams a prompt's answer to two pages, and stores the same", async () => {
  await withPage([{ text: ["one ", "two ", "«three»"] }], async (visitor) => {
    const state = await visitor.enter();
    assert(state.models.length > 0 && state.agents.some(({ name }) => name === "build"));
    const other = await new Visitor(visitor.handler).signIn();
    await other.enter();
    const id = await newSession(visitor);
    const sent = await visitor.call("POST", `sessions/${id}/prompt`, { text: "count" });
    assertEquals(sent.status, 202);
    for (const each of [visitor, other]) {
      await until(idle(each, id), "the turn ends on the page");
      assertEquals(each.text(), "one two «three»");
    }
    const [user, answer] = await messages(visitor, id);
    assertEquals(user!.id, sent.value["messageId"]);
    assertEquals(answer!.parts.find(({ type }) => type === "text"), {
      id: answer!.parts.find(({ type }) => type === "text")!.id,
      type: "text",
      text: "one two «three»",
    });
    assert(JSON.stringify(state).includes("password") === false);
    other.leave();
  });
});

test("a page that was away gets the events after its last one", async () => {
  await withPage(["first", "second"], async (visitor) => {
    const { seq } = await visitor.enter();
    const id = await newSession(visitor);
    await visitor.call("POST", `sessions/${id}/prompt`, { text: "a" });
    await until(idle(visitor, id), "the first turn ends");
    const late = await new Visitor(visitor.handler).signIn();
    late.follow(seq);
    await until(() => late.text() === "first", "the late page has the text of the first turn");
    late.leave();
  });
});

test("a permission is shown with its command, and runs only once it is allowed", async () => {
  const script: Script = [
    { toolCalls: [{ name: "bash", input: { command: "echo here > made.txt" } }] },
    "done",
    { toolCalls: [{ name: "bash", input: { command: "echo there > other.txt" } }] },
    "understood",
  ];
  await withPage(script, async (visitor, { directory, model }) => {
    await visitor.enter();
    const id = await newSession(visitor);
    const asked = () => visitor.events.flatMap((e) => e.type === "permission" ? e.request : []);
    await visitor.call("POST", `sessions/${id}/prompt`, { text: "make it" });
    await until(() => asked().length === 1, "the permission is asked");
    assertEquals(asked()[0]!.command, "echo here > made.txt");
    assertEquals(await files.exists(join(directory, "made.txt")), false);
    const late = await new Visitor(visitor.handler).signIn();
    assertEquals((await late.enter()).permissions.map((each) => each.id), [asked()[0]!.id]);
    late.leave();
    const path = `permissions/${asked()[0]!.id}`;
    assertEquals((await visitor.call("POST", path, { reply: "maybe" })).status, 400);
    assertEquals((await visitor.call("POST", path, { reply: "once" })).status, 204);
    await until(idle(visitor, id), "the turn ends");
    assertEquals(await files.readText(join(directory, "made.txt")), "here\n");
    assertEquals((await visitor.call("POST", path, { reply: "once" })).status, 409);

    visitor.events.length = 0;
    await visitor.call("POST", `sessions/${id}/prompt`, { text: "make another" });
    await until(() => asked().length === 1, "the second permission is asked");
    const body = { reply: "reject", message: "not this one" };
    await visitor.call("POST", `permissions/${asked()[0]!.id}`, body);
    await until(idle(visitor, id), "the second turn ends");
    assertEquals(await files.exists(join(directory, "other.txt")), false);
    assertStringIncludes(model.requests.at(-1)!.toolResults[0]!.content, "not this one");
  }, { config: { permission: { bash: "ask" } } });
});

test("a question is answered, and another one dismissed", async () => {
  const ask = {
    toolCalls: [{
      name: "question",
      input: {
        questions: [{
          question: "Which?",
          header: "Pick",
          options: [{ label: "A", description: "" }, { label: "B", description: "" }],
        }],
      },
    }],
  };
  await withPage([ask, "picked", ask], async (visitor, { model }) => {
    await visitor.enter();
    const id = await newSession(visitor);
    const asked = () => visitor.events.flatMap((e) => e.type === "question" ? e.request : []);
    await visitor.call("POST", `sessions/${id}/prompt`, { text: "go" });
    await until(() => asked().length === 1, "the question is asked");
    const path = `questions/${asked()[0]!.id}`;
    assertEquals((await visitor.call("POST", path, { answers: "A" })).status, 400);
    assertEquals((await visitor.call("POST", path, { answers: [["B"]] })).status, 204);
    await until(idle(visitor, id), "the turn ends");
    assertStringIncludes(model.requests[1]!.toolResults[0]!.content, '"Which?"="B"');
    visitor.events.length = 0;
    await visitor.call("POST", `sessions/${id}/prompt`, { text: "again" });
    await until(() => asked().length === 1, "the second question is asked");
    await visitor.call("POST", `questions/${asked()[0]!.id}`, { answers: null });
    await until(idle(visitor, id), "the second turn ends");
  });
});

test("abort ends a turn; undo and redo move the files; fork, rename, search and delete work", async () => {
  const script: Script = [
    { toolCalls: [{ name: "write", input: { filePath: "a.txt", content: "made" } }] },
    "written",
    { text: "never ends", ending: "hang" },
  ];
  await withPage(script, async (visitor, { directory }) => {
    await visitor.enter();
    const id = await newSession(visitor);
    await visitor.call("POST", `sessions/${id}/prompt`, { text: "write" });
    await until(idle(visitor, id), "the turn ends");
    assertEquals(await files.readText(join(directory, "a.txt")), "made");
    const [user] = await messages(visitor, id);
    const undone = await visitor.call<SessionView>("POST", `sessions/${id}/undo`, {
      messageId: user!.id,
    });
    assertEquals(undone.value.revertedTo, user!.id);
    assertEquals(await files.exists(join(directory, "a.txt")), false);
    const redone = await visitor.call<SessionView>("POST", `sessions/${id}/redo`);
    assertEquals(redone.value.revertedTo, undefined);
    assertEquals(await files.readText(join(directory, "a.txt")), "made");

    const forked = await visitor.call<SessionView>("POST", `sessions/${id}/fork`, {});
    assertEquals((await messages(visitor, forked.value.id)).length, 3);
    const renamed = await visitor.call<SessionView>("PATCH", `sessions/${id}`, { title: "Zebra" });
    assertEquals(renamed.value.title, "Zebra");
    const found = await visitor.call<SessionView[]>("GET", "sessions?search=zebra");
    assertEquals(found.value.map((each) => each.id), [id]);

    visitor.events.length = 0;
    await visitor.call("POST", `sessions/${id}/prompt`, { text: "hang" });
    await until(() => visitor.text() === "never ends", "the text has come");
    assertEquals((await visitor.call("POST", `sessions/${id}/abort`)).status, 204);
    await until(idle(visitor, id), "the turn is over");
    assertEquals((await visitor.call("DELETE", `sessions/${id}`)).status, 204);
    assertEquals((await visitor.call("GET", `sessions/${id}/messages`)).status, 404);
  }, { git: true });
});

test("attachments reach the model, and bad ones are refused", async () => {
  await withPage(["seen"], async (visitor, { model }) => {
    await visitor.enter();
    const id = await newSession(visitor);
    const prompt = (body: unknown) => visitor.call("POST", `sessions/${id}/prompt`, body);
    for (
      const bad of [
        {},
        { text: " " },
        { text: 5 },
        { text: "x", files: {} },
        { text: "x", files: [{ name: "a", mime: "text/plain", data: "%%%" }] },
        { text: "x", files: [{ name: "a", mime: "nonsense", data: "YQ==" }] },
        { text: "x", files: [null] },
      ]
    ) assertEquals((await prompt(bad)).status, 400, JSON.stringify(bad));
    const file = { name: "note.txt", mime: "text/plain", data: btoa("the content of the note") };
    assertEquals((await prompt({ text: "read it", files: [file] })).status, 202);
    await until(idle(visitor, id), "the turn ends");
    assertStringIncludes(JSON.stringify(model.requests[0]!.messages), "the content of the note");
  });
});

test("files of the workspace are shown, nothing outside of it, and what changed", async () => {
  await withPage([], async (visitor, { directory }) => {
    await files.writeText(join(directory, "b.txt"), "hello");
    await files.symlink("/etc/hostname", join(directory, "link.txt"));
    await visitor.enter();
    const list = await visitor.call<{ name: string }[]>("GET", "files?path=");
    assert(list.value.some(({ name }) => name === "b.txt"));
    assert(!list.value.some(({ name }) => name === ".git"));
    const file = await visitor.call("GET", "file?path=b.txt");
    assertEquals(file.value["content"], "hello");
    for (
      const path of [
        "../x",
        "/etc/hostname",
        "..%2f..%2fetc%2fhostname",
        "a/../../b",
        ".git/config",
      ]
    ) {
      const { status } = await visitor.call("GET", `file?path=${path}`);
      assertEquals(status, 403, path);
    }
    const secret = (await files.readText("/etc/hostname")).trim();
    const link = await visitor.call("GET", "file?path=link.txt");
    assert(
      !JSON.stringify(link.value).includes(secret) || link.status >= 400,
      JSON.stringify(link),
    );
    const changes = await visitor.call<{ path: string }[]>("GET", "changes");
    assert(changes.value.some(({ path }) => path === "b.txt"), JSON.stringify(changes));
  }, { git: true });
});

test("a page that is loaded in the middle of a text has its beginning", async () => {
  const words = Array.from({ length: 40 }, (_, i) => `w${i} `);
  await withPage([{ text: words, chunkDelay: 50 }], async (visitor) => {
    await visitor.enter();
    const id = await newSession(visitor);
    await visitor.call("POST", `sessions/${id}/prompt`, { text: "go" });
    await until(() => visitor.text().includes("w9 "), "the text has begun");
    const late = await new Visitor(visitor.handler).signIn();
    const state = emptyState();
    const { seq } = await late.enter();
    takeMessages(
      state,
      id,
      (await late.call<MessagesView>("GET", `sessions/${id}/messages`)).value,
    );
    const text = () =>
      conversation(state, id).messages.at(-1)!.parts.map((part) =>
        part.type === "text" ? part.text : ""
      ).join("");
    assertStringIncludes(text(), "w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 ");
    assert(!text().includes("w39"), "it still streams");
    await until(() => late.text().includes("w39 "), "the text is complete");
    for (const event of late.events) if (event.type === "delta") apply(state, event);
    assertEquals(text(), words.join(""), seq);
    late.leave();
  });
});

test("an address for a further browser is made by one that is signed in, and used once", async () => {
  await withPage([], async (visitor) => {
    const { value } = await visitor.call<{ token: string }>("POST", "link", {});
    const open = () => visitor.fetch(`?token=${value.token}`, { headers: { cookie: "" } });
    assertEquals((await open()).status, 200);
    const again = await visitor.fetch(`?token=${value.token}`, {
      headers: { cookie: "", accept: "text/html" },
    });
    assertEquals([again.status, again.headers.get("content-type")], [
      401,
      "text/plain; charset=utf-8",
    ]);
    assertStringIncludes(await again.text(), "used before");
    const unknown = { headers: { cookie: "", "content-type": "application/json" }, body: "{}" };
    assertEquals((await visitor.fetch("api/link", { method: "POST", ...unknown })).status, 401);
  });
});

test("undo where there is no git says so; a picture of the workspace is shown", async () => {
  await withPage(["fine"], async (visitor, { directory }) => {
    const png = Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13]);
    await files.writeBytes(join(directory, "p.png"), png);
    await visitor.enter();
    const id = await newSession(visitor);
    const { value } = await visitor.call("POST", `sessions/${id}/prompt`, { text: "go" });
    await until(idle(visitor, id), "the turn ends");
    const undone = await visitor.call("POST", `sessions/${id}/undo`, {
      messageId: value["messageId"],
    });
    assertEquals(undone.status, 400);
    assertStringIncludes(String(undone.value["error"]), "git");
    const picture = await visitor.call("GET", "file?path=p.png");
    assertEquals(picture.value, {
      path: "p.png",
      binary: true,
      content: "",
      picture: `data:image/png;base64,${btoa(String.fromCharCode(...png))}`,
    });
  });
});

test("nobody gets in without the cookie, and nothing but the page's own is served", async () => {
  await withPage([], async (visitor) => {
    const bare = (path: string, headers: Record<string, string> = {}) =>
      visitor.fetch(path, { headers: { cookie: "", ...headers } });
    for (const path of ["", "page.js", "api/state", "api/events", "nothing"]) {
      const response = await bare(path);
      assertEquals(response.status, 401, path);
      await response.body?.cancel();
    }
    assertEquals((await bare("?token=wrong")).status, 401);
    for (
      const path of [
        "../etc/hostname",
        "..%2f..%2fetc%2fhostname",
        "%2e%2e/%2e%2e/etc/hostname",
        "....//etc/hostname",
        "/etc/hostname",
        "page.js/../../x",
        "src/web/mod.ts",
        "__proto__",
        "constructor",
        "api/../page.jsx",
        "api/sessions/..%2f..%2fconfig/messages",
        "api/config",
        "api/global/config",
      ]
    ) {
      const response = await visitor.fetch(path);
      assert(response.status === 404, `${path}: ${response.status}`);
      await response.body?.cancel();
    }
    const page = await visitor.fetch("");
    assertEquals(page.status, 200);
    assertStringIncludes(page.headers.get("content-security-policy")!, "script-src 'self'");
    assert(!/<script(?![^>]*src=)|style=|onload=/.test(await page.text()));
    const foreign = await visitor.fetch("api/sessions", {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json", origin: "https://evil.example" },
    });
    assertEquals(foreign.status, 403);
    assertEquals(
      (await visitor.fetch("api/state", { headers: { host: "evil.example" } })).status,
      421,
    );
    const wrong = await visitor.fetch("api/state", { method: "PUT" });
    assertEquals([wrong.status, wrong.headers.get("allow")], [405, "GET"]);
  });
});

test("a handler below a path serves there alone", async () => {
  await withAgent([], async ({ ai }) => {
    const handler = webHandler(ai, { basePath: "agent" });
    const at = (path: string) =>
      handler(new Request(new URL(path, HOME), { headers: { host: "127.0.0.1:3000" } }));
    assertEquals((await at("/")).status, 404);
    assertEquals((await at("/agent")).headers.get("location"), "/agent/");
    const first = await at(`/agent/?token=${handler.issueToken()}`);
    assertStringIncludes(first.headers.get("set-cookie")!, "Path=/agent/");
    assertStringIncludes(await first.text(), "url=/agent/");
    handler.close();
  });
});
