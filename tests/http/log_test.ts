import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { log, type Logger } from "../../src/http/log.ts";

function memory(): { logger: Logger; seen: string[] } {
  const seen: string[] = [];
  const at = (level: string) => (message: string) => void seen.push(`${level} ${message}`);
  return {
    logger: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
    seen,
  };
}

test("log keeps to the level", () => {
  const { logger, seen } = memory();
  for (const logLevel of ["debug", "warn", "off"] as const) {
    for (const level of ["debug", "info", "warn", "error"] as const) {
      log({ logger, logLevel }, level, logLevel, () => ({}));
    }
  }
  assertEquals(seen, [
    "debug debug",
    "info debug",
    "warn debug",
    "error debug",
    "warn warn",
    "error warn",
  ]);
});

test("log makes no fields where nobody reads them", () => {
  log({ logger: undefined, logLevel: "debug" }, "error", "x", () => {
    throw new Error("not called");
  });
});

test("log goes on where the logger throws", () => {
  const logger = { ...memory().logger, error: () => JSON.parse("{") };
  log({ logger, logLevel: "error" }, "error", "x", () => ({}));
});
