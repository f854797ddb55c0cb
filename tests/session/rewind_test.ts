/** Back to before a prompt: files, conversation, or both. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InvalidArgumentError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import type { Session } from "../../src/session/session.ts";
import type { ModelRequest } from "../../src/testing/script.ts";
import { until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";

/** Runs the prompt as a command. */
const obey = ({ prompt, toolResults }: ModelRequest) =>
  toolResults.length > 0 || prompt === "hello"
    ? "done"
    : { toolCalls: [{ name: "bash", input: { command: prompt, description: "x" } }] };

interface Scene {
  session: Session;
  /** The messages of the prompts. */
  ids: string[];
  read(file: string): Promise<string | undefined>;
}

/** A session with three prompts, whose second and third change files. */
async function inScene(run: (scene: Scene) => Promise<void>): Promise<void> {
  await withAgent(obey, async ({ ai, directory }) => {
    const { files } = host();
    const session = await ai.createSession({ title: "t" });
    const ids: string[] = [];
    for (const prompt of ["echo 1 > a", "echo 2 >> a; echo b > b", "echo 3 >> a"]) {
      ids.push((await session.prompt(prompt)).messageId);
    }
    const read = async (file: string) => {
      const path = join(directory, file);
      return await files.exists(path) ? await files.readText(path) : undefined;
    };
    await run({ session, ids, read });
  }, { git: true });
}

const expected = [{ path: "a", additions: 2, deletions: 0 }, {
  path: "b",
  additions: 1,
  deletions: 0,
}];

test("rewind tells with dryRun what it would change, and then changes that", () =>
  inScene(async ({ session, ids, read }) => {
    const { length } = await session.history();
    const dry = await session.rewind(ids[1]!, { dryRun: true });
    assertEquals(dry, { files: expected, messages: length / 3 * 2, session });
    assertEquals([await read("a"), await read("b")], ["1\n2\n3\n", "b\n"]);
    assertEquals(session.info.revert, undefined);
    assertEquals(await session.rewind(ids[1]!), dry);
    assertEquals([await read("a"), await read("b")], ["1\n", undefined]);
    for (const id of [ids[1]!, ids[2]!]) {
      await assertRejects(() => session.rewind(id), InvalidArgumentError, "taken back already");
    }
    // what is taken back already counts no second time
    const first = await session.rewind(ids[0]!, { dryRun: true });
    assertEquals(first.files, [{ path: "a", additions: 1, deletions: 0 }]);
    assertEquals(first.messages, length / 3);
    await session.prompt("hello");
    assertEquals((await session.history()).length, length / 3 + 2);
  }));

test("rewind of the files alone leaves the conversation, and no session behind", () =>
  inScene(async ({ session, ids, read }) => {
    // the server adds a prompt's changes to its message some 200 ms after the turn (1.18.33)
    const messages = async () =>
      (await session.history()).map(({ info: { id, role }, parts }) => ({ id, role, parts }));
    const before = await messages();
    const done = await session.rewind(ids[1]!, { conversation: false });
    assertEquals(done, { files: expected, messages: 0, session });
    assertEquals([await read("a"), await read("b")], ["1\n", undefined]);
    assertEquals(await messages(), before);
    assertEquals((await session.refresh()).revert, undefined);
    await session.prompt("hello");
    assertEquals((await session.history()).length, before.length + 2);
    assertEquals([await read("a"), await read("b")], ["1\n", undefined]);
  }));

test("rewind of the conversation alone gives a fork, and leaves the files", () =>
  inScene(async ({ session, ids, read }) => {
    const { length } = await session.history();
    const options = { files: false, dryRun: true };
    const dry = await session.rewind(ids[1]!, options);
    assertEquals(dry, { files: [], messages: length / 3 * 2, session });
    const done = await session.rewind(ids[1]!, { files: false });
    assertEquals([done.files, done.messages], [dry.files, dry.messages]);
    assertEquals((await done.session.history()).length, length / 3);
    assertEquals((await session.history()).length, length);
    assertEquals([await read("a"), await read("b")], ["1\n2\n3\n", "b\n"]);
  }));

test("rewind of files refuses while the session works", () =>
  inScene(async ({ session, ids, read }) => {
    const turn = session.stream("echo started > c; sleep 30");
    await until(async () => await read("c") !== undefined, "the command began");
    for (const conversation of [true, false]) {
      await assertRejects(
        () => session.rewind(ids[0]!, { conversation }),
        InvalidArgumentError,
        "await its turn",
      );
    }
    await turn.abort();
    await turn.settled;
    assertEquals(await read("a"), "1\n2\n3\n");
    await session.rewind(ids[0]!);
    assertEquals([await read("a"), await read("c")], [undefined, undefined]);
  }));

test("rewind says why it can't, and changes nothing", async () => {
  await withAgent(obey, async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const { messageId } = await session.prompt("hello");
    const refused = (id: string, options: object, message: string) =>
      assertRejects(() => session.rewind(id, options), InvalidArgumentError, message);
    await refused(messageId, {}, "or give `files: false`");
    await refused(messageId, { dryRun: true }, "git init");
    await refused(messageId, { files: false, conversation: false }, "Cannot rewind nothing");
    await refused("msg_nothing", { files: false }, "there is no such message");
    const [, answer] = await session.history();
    await refused(answer!.info.id, { files: false }, "it is an answer");
    assertEquals((await session.history()).length, 2);
    const { session: fork } = await session.rewind(messageId, { files: false });
    assertEquals((await fork.history()).length, 0);
  });
});
