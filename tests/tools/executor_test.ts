import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { InvalidArgumentError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { type AuditRecord, type Permissions, tool, ToolExecutor } from "../../src/tools/mod.ts";
import { test } from "../harness.ts";
import { plant, until, withExecutor } from "./support.ts";

const any = { type: "object" } as const;

test("execute never runs what a rule denies, and says why", async () => {
  const permissions = { "*": "deny", read: { "*": "allow", "*.env": "deny" } } as const;
  await withExecutor({ permissions }, async (executor, inside) => {
    await host().files.writeText(join(inside, "x.env"), "SECRET");
    for (
      const [name, input] of [
        ["bash", { command: "touch ran" }],
        ["write", { path: "ran", content: "" }],
        ["read", { path: "x.env" }],
        ["read", { path: "./sub/../x.env" }],
      ] as const
    ) {
      const result = await executor.execute(name, input);
      assertEquals([result.status, result.metadata.reason], ["refused", "denied"], name);
      assertStringIncludes(result.text, "a permission rule forbids it");
    }
    assertEquals((await host().files.readDir(inside)).map((entry) => entry.name), ["x.env"]);
  });
});

test("a rule for a file holds for links to it and for what grep shows of it", async () => {
  const permissions = {
    read: { "*.env": "deny" },
    edit: { "*.env": "deny" },
    bash: "allow",
  } as const;
  await withExecutor({ permissions }, async (executor, inside) => {
    await host().files.writeText(join(inside, "x.env"), "SECRET");
    await host().files.symlink("x.env", join(inside, "innocent.txt"));
    assertEquals((await executor.execute("read", { path: "innocent.txt" })).status, "refused");
    assertEquals(
      (await executor.execute("edit", { path: "innocent.txt", old: "S", new: "X" })).status,
      "refused",
    );
    assertEquals((await executor.execute("grep", { pattern: "SECRET" })).text, "No matches found");
    assertEquals(
      (await executor.execute("grep", { pattern: "SECRET", path: "x.env" })).status,
      "refused",
    );
  });
});

test("ask is refused at once when there is no terminal and no confirm", async () => {
  await withExecutor({ permissions: { write: "ask" } }, async (executor, inside) => {
    if (host().terminal.stdin.isTerminal() && host().terminal.stderr.isTerminal()) return;
    const started = Date.now();
    for (
      const [name, input] of [["bash", { command: "ls" }], ["write", {
        path: "x",
        content: "",
      }]] as const
    ) {
      const result = await executor.execute(name, input);
      assertEquals([result.status, result.metadata.reason], ["refused", "nobody_to_ask"]);
      assertStringIncludes(result.text, "no one could give it");
    }
    assert(Date.now() - started < 10_000);
    assertEquals(await host().files.readDir(inside), []);
  });
});

test("confirm decides where the rules ask, and is told name, input and a signal", async () => {
  const asked: unknown[] = [];
  await withExecutor({
    permissions: { bash: { "*": "ask", "echo *": "allow" } },
    confirm(name, input, { signal }) {
      asked.push([name, input, signal.aborted]);
      return (input as { command: string }).command === "printf yes";
    },
  }, async (executor) => {
    assertEquals((await executor.execute("bash", { command: "printf yes" })).text, "yes");
    const no = await executor.execute("bash", { command: "printf no" });
    assertEquals([no.status, no.metadata.reason], ["refused", "not_confirmed"]);
    assertEquals((await executor.execute("bash", { command: "echo free" })).text, "free\n");
    assertEquals(asked, [["bash", { command: "printf yes" }, false], ["bash", {
      command: "printf no",
    }, false]]);
  });
});

test("a confirm that throws, says something else than true, or never answers is a no", async () => {
  const answers = [
    () => {
      throw new Error("broken");
    },
    () => "yes" as unknown as boolean,
    () => undefined as unknown as boolean,
    () => new Promise<boolean>(() => {}),
  ];
  for (const confirm of answers) {
    await withExecutor(
      { permissions: "ask", confirm, confirmTimeout: 50 },
      async (executor, inside) => {
        const result = await executor.execute("write", { path: "x", content: "" });
        assert(result.status === "refused" || result.status === "error", result.text);
        assertEquals(await host().files.readDir(inside), []);
      },
    );
  }
});

test("a question ends with the call's signal", async () => {
  const controller = new AbortController();
  const confirm = () => {
    controller.abort();
    return new Promise<boolean>(() => {});
  };
  await withExecutor({ permissions: "ask", confirm }, async (executor) => {
    const result = await executor.execute("bash", { command: "ls" }, { signal: controller.signal });
    assertEquals(result.status, "aborted");
  });
});

test("eight calls at once each have their own result", async () => {
  const controller = new AbortController();
  let [ended, fine] = [0, 0];
  const tools = [
    tool({
      name: "fine",
      description: "",
      inputSchema: any,
      async execute() {
        // both are at work, or neither ends
        fine++;
        await until(() => fine === 2);
        return { done: true };
      },
    }),
    tool({
      name: "throws",
      description: "",
      inputSchema: any,
      execute() {
        throw new TypeError("no such thing");
      },
    }),
    tool({
      name: "rejects",
      description: "",
      inputSchema: any,
      execute: () => Promise.reject("a string"),
    }),
    tool({
      name: "never",
      description: "",
      inputSchema: any,
      execute(_, { signal }) {
        signal.addEventListener("abort", () => ended++, { once: true });
        return new Promise(() => {});
      },
    }),
    tool({
      name: "slow",
      description: "",
      inputSchema: any,
      timeout: 100,
      execute: () => new Promise(() => {}),
    }),
    tool({
      name: "strict",
      description: "",
      inputSchema: { type: "object", properties: { n: { type: "number" } }, required: ["n"] },
      execute: ({ n }) => n,
    }),
  ];
  await withExecutor({ tools, permissions: "allow" }, async (executor) => {
    setTimeout(() => controller.abort(), 150);
    const results = await Promise.all([
      executor.execute("fine", {}),
      executor.execute("fine", {}),
      executor.execute("throws", {}),
      executor.execute("rejects", {}),
      executor.execute("never", {}, { signal: controller.signal }),
      executor.execute("slow", {}),
      executor.execute("strict", { n: "1" }),
      executor.execute("nowhere", {}),
    ]);
    assertEquals(
      results.map((result) => result.status),
      ["ok", "ok", "error", "error", "aborted", "timeout", "invalid", "unknown"],
    );
    assertEquals(results[0]!.text, '{\n  "done": true\n}');
    assertEquals(results[2]!.text, "no such thing");
    assertEquals(results[3]!.text, "a string");
    assertStringIncludes(results[5]!.text, "slow took longer than 100 ms");
    assertStringIncludes(results[6]!.text, "/n: Expected number, got string");
    assertStringIncludes(
      results[7]!.text,
      "The tools are: bash, write, edit, read, glob, grep, fine",
    );
    assertEquals(ended, 1);
  });
});

test("execute checks inputs of the built-in tools before it runs them", async () => {
  await withExecutor({}, async (executor, inside) => {
    const cases: [string, unknown][] = [
      ["bash", {}],
      ["bash", { command: "" }],
      ["bash", { command: 1 }],
      ["bash", { command: "touch ran", timeout: 0 }],
      ["bash", { command: "touch ran", timeout: 1e9 }],
      ["bash", { command: "touch ran", other: 1 }],
      ["bash", null],
      ["bash", "ls"],
      ["bash", undefined],
      ["bash", ["ls"]],
      ["write", { path: "ran" }],
      ["write", { path: 1, content: "x" }],
      ["read", { path: "x", offset: 0 }],
      ["read", { path: "x", limit: 1.5 }],
      ["glob", { pattern: "" }],
      ["grep", { pattern: "(" }],
      ["grep", { pattern: "(?=a)b" }],
    ];
    for (const [name, input] of cases) {
      const result = await executor.execute(name, input);
      assertEquals(result.status, "invalid", `${name} ${JSON.stringify(input)}: ${result.text}`);
    }
    assertEquals(await host().files.readDir(inside), []);
  });
});

test("audit is told of every call, and can't break one", async () => {
  const records: AuditRecord[] = [];
  await withExecutor({
    permissions: { bash: "deny" },
    audit(record) {
      records.push(record);
      throw new Error("broken");
    },
  }, async (executor) => {
    await executor.execute("write", { path: "a", content: "" }, {
      sessionId: "ses_1",
      callId: "call_1",
    });
    await executor.execute("bash", { command: "ls" });
    await executor.execute("nowhere", 1);
    assertEquals(
      records.map(({ name, action, result }) => [name, action, result.status]),
      [["write", "allow", "ok"], ["bash", "deny", "refused"], ["nowhere", undefined, "unknown"]],
    );
    assertEquals([records[0]!.sessionId, records[0]!.callId], ["ses_1", "call_1"]);
    assert(records.every((record) => record.durationMs >= 0 && record.startedAt > 0));
  });
});

test("close ends what runs, and later calls", async () => {
  const executor = new ToolExecutor({ permissions: "allow" });
  const running = executor.execute("bash", { command: "sleep 100" });
  await executor.close();
  assertEquals((await running).status, "aborted");
  assertEquals((await executor.execute("glob", { pattern: "*" })).status, "aborted");
  await executor.close();
});

test("the executor's own signal ends calls too", async () => {
  const controller = new AbortController();
  await withExecutor({ signal: controller.signal }, async (executor) => {
    const running = executor.execute("bash", { command: "sleep 100" });
    controller.abort();
    assertEquals((await running).status, "aborted");
  });
});

test("builtins and tools choose what there is", () => {
  const names = (executor: ToolExecutor) => executor.definitions().map(({ name }) => name);
  assertEquals(names(new ToolExecutor()), ["bash", "write", "edit", "read", "glob", "grep"]);
  assertEquals(names(new ToolExecutor({ builtins: false })), []);
  assertEquals(names(new ToolExecutor({ builtins: ["grep", "read"] })), ["read", "grep"]);
  const mine = tool({ name: "read", description: "mine", inputSchema: any, execute: () => "mine" });
  const own = new ToolExecutor({ builtins: ["read"], tools: [mine] });
  assertEquals(own.definitions().map(({ description }) => description), ["mine"]);
  assertThrows(() => new ToolExecutor({ builtins: ["web"] }), InvalidArgumentError, "web");
  assertThrows(() => new ToolExecutor({ timeout: -1 }), InvalidArgumentError, "timeout");
  assertThrows(
    () => new ToolExecutor({ permissions: { bash: "alow" as "allow" } }),
    InvalidArgumentError,
    "alow",
  );
  for (const { description, inputSchema } of new ToolExecutor().definitions()) {
    assert(description.length > 40);
    for (const property of Object.values(inputSchema.properties ?? {})) {
      assert((property as { description: string }).description.length > 10);
    }
  }
});

test("a working directory that is not there is an error of each call", async () => {
  const executor = new ToolExecutor({ workdir: "/not/there/at/all", permissions: "allow" });
  for (
    const [name, input] of [["bash", { command: "ls" }], ["read", { path: "x" }], ["glob", {
      pattern: "*",
    }]] as const
  ) {
    const result = await executor.execute(name, input);
    assertEquals(result.status, "error");
    assertStringIncludes(result.text, "working directory is not there");
  }
});

test("what may not be read is not found by grep either, and not listed by a denied glob", async () => {
  const tree = { "src/a.ts": "KEY src\n", "private/b.ts": "KEY private\n", "c.env": "KEY env\n" };
  const grepped = async (permissions: Permissions, input: Record<string, unknown> = {}) => {
    let asked = 0;
    const confirm = () => ++asked > 0;
    let found = "";
    await withExecutor({ permissions, confirm }, async (executor, inside) => {
      await plant(inside, tree);
      const { status, text } = await executor.execute("grep", { pattern: "KEY", ...input });
      found = status === "refused"
        ? "refused"
        : [...text.matchAll(/^(\S+?):1:/gm)].map((match) => match[1]).join(" ");
    });
    return `${found}${asked > 0 ? " (asked)" : ""}`;
  };
  assertEquals(await grepped({}), "c.env private/b.ts src/a.ts");
  assertEquals(await grepped({ read: { "*": "deny", "src/*": "allow" } }), "src/a.ts");
  assertEquals(
    await grepped({ read: { "*": "deny", "src/*": "allow" } }, { path: "src" }),
    "src/a.ts",
  );
  assertEquals(
    await grepped({ read: { "*": "deny", "src/*": "allow" } }, { path: "private" }),
    "",
  );
  assertEquals(
    await grepped({ read: { "*": "deny", "src/*": "allow" } }, { path: "private/b.ts" }),
    "refused",
  );
  assertEquals(await grepped({ read: "deny" }), "refused");
  assertEquals(await grepped({ "*": "deny", grep: "allow" }), "refused");
  assertEquals(await grepped({ read: { "*.env": "deny" } }), "private/b.ts src/a.ts");
  assertEquals(await grepped({ read: { "*.env": "deny" } }, { path: "c.env" }), "refused");
  assertEquals(await grepped({ read: "ask" }), "c.env private/b.ts src/a.ts (asked)");
  assertEquals(await grepped({ read: { "*.env": "ask" } }), "private/b.ts src/a.ts");
  assertEquals(await grepped({ read: { "*.env": "ask" } }, { path: "c.env" }), "c.env (asked)");
  assertEquals(
    await grepped({ read: { "*": "ask", "src/*": "allow" } }, { path: "src/a.ts" }),
    "src/a.ts",
  );
  assertEquals(await grepped({ grep: { private: "deny" } }, { path: "private" }), "refused");
  await withExecutor(
    { permissions: { glob: { "*": "deny", "src/*": "allow" } } },
    async (executor, inside) => {
      await plant(inside, tree);
      assertEquals((await executor.execute("glob", { pattern: "**/*" })).text, "src/a.ts");
    },
  );
  await withExecutor({ permissions: { glob: "deny" } }, async (executor) => {
    assertEquals((await executor.execute("glob", { pattern: "*" })).status, "refused");
    assertEquals((await executor.execute("read", { path: "." })).status, "refused");
  });
});

test("confirm answers with the words of the server's permission requests, too", async () => {
  const answers: unknown[] = [
    "once",
    { reply: "reject", message: "not on Sundays" },
    "reject",
    "yes",
    "always",
  ];
  let asked = 0;
  const confirm = (() => answers[asked++]) as () => "once";
  await withExecutor({ permissions: "ask", confirm }, async (executor) => {
    const run = async () => {
      const { status, text } = await executor.execute("glob", { pattern: "*" });
      return status === "ok" ? "ok" : text;
    };
    assertEquals(await run(), "ok");
    assertMatch(await run(), /not run: not on Sundays/);
    assertMatch(await run(), /not run: the user said no/);
    assertMatch(await run(), /not run: the user said no/);
    assertEquals([await run(), await run(), asked], ["ok", "ok", 5]);
  });
});
