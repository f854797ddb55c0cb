import { assertEquals } from "@std/assert";
import { isSecret, safeEnvironment } from "../../src/tools/shell/environment.ts";
import { host } from "../../src/runtime/host.ts";
import { test } from "../harness.ts";
import { withExecutor } from "./support.ts";

test("isSecret keeps what is called or looks like a secret", () => {
  const secret = [
    "OPENCODE_SERVER_PASSWORD",
    "OPENCODE_CONFIG_CONTENT",
    "OPENCODE",
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SESSION_TOKEN",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "GITHUB_PAT",
    "NPM_TOKEN",
    "npm_config__auth",
    "NPM_CONFIG_//registry.example/:_authToken",
    "PGPASSWORD",
    "MYSQL_PWD",
    "SSHPASS",
    "DB_PASS",
    "SENTRY_DSN",
    "SLACK_WEBHOOK_URL",
    "SECRET",
    "MY_CLIENT_SECRET",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "SESSION_COOKIE",
    "STRIPE_KEY",
    "apiKey",
    "API_KEY2",
    "API_KEY_2",
    "TOKEN_1",
    "OPENAI_KEY1",
    "OPENAIKEY",
    "accessKeyId",
    "dbPass",
    "clientSecret2",
    "stripe.key",
    "MY_JWT",
  ];
  for (const name of secret) assertEquals(isSecret(name, "x"), true, name);
  const plain = [
    "PATH",
    "HOME",
    "PWD",
    "OLDPWD",
    "LANG",
    "SSH_AUTH_SOCK",
    "KEYBOARD",
    "TOKENIZERS_PARALLELISM",
    "MONKEY",
    "EDITOR",
    "NODE_ENV",
    "PASSENGER_ROOT",
    "DENO_DIR",
  ];
  for (const name of plain) assertEquals(isSecret(name, "x"), false, name);
  const values = [
    "postgres://me:hunter2@db/x",
    "https://user:pw@proxy:8080",
    "sk-test-abcdefghijklmnop0123",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "AKIAIOSFODNN7EXAMPLE",
    "-----BEGIN RSA PRIVATE KEY-----",
    "sk_live_abcdefgh01234567",
    "sk_test_abcdefgh01234567",
    "hf_abcdefghijklmnopqrstuv",
    "gsk_abcdefghijklmnopqrstuv",
    "gho_abcdefghijklmnopqrstuvwxyz0123456789",
    "xai-abcdefghijklmnopqrstuv",
    "Authorization: Bearer abcdefghijklmnop",
    "Server=db;User=me;Password=hunter2",
    "jdbc:postgresql://me:hunter2@db/x",
    "DefaultEndpointsProtocol=https;AccountKey=abc==;",
  ];
  for (const value of values) assertEquals(isSecret("HARMLESS", value), true, value);
  for (
    const value of [
      "https://example.org/a",
      "/usr/bin:/bin",
      "sk-1",
      "a@b:c",
      "half_open",
      "task_live_it",
    ]
  ) {
    assertEquals(isSecret("HARMLESS", value), false, value);
  }
  assertEquals(safeEnvironment({ A_TOKEN: "1", B: "2" }, { C_TOKEN: "3" }).C_TOKEN, "3");
});

test("bash sees no secret of this process, and what the caller gives", async () => {
  const { env } = host();
  const names = ["OPENCODE_SERVER_PASSWORD", "OPENCODE_CONFIG_CONTENT", "X_TEST_API_KEY"];
  for (const name of names) env.set(name, "LEAKED");
  try {
    await withExecutor({ env: { MY_TOKEN: "given" } }, async (executor) => {
      const { text } = await executor.execute("bash", {
        command: "env; echo token=$MY_TOKEN; echo path=$PATH",
      });
      assertEquals(text.includes("LEAKED"), false, text);
      assertEquals(text.includes("token=given"), true);
      assertEquals(/path=\S/.test(text), true);
    });
  } finally {
    for (const name of names) env.delete(name);
  }
});
