/**
 * A turn of 320 s on Node, longer than its fetch waits for the head of an answer (300 s):
 * `deno task test:long`, which bundles what this imports before.
 */
import assert from "node:assert/strict";
import { Opencode } from "../../dist/node/mod.mjs";
import { scriptedModel } from "../../dist/node/testing.mjs";

const SECONDS = Number(process.env.OPENCODE_TEST_SECONDS ?? 320);

// the server itself gives up a provider that is silent for 300 s (1.18.33)
const pauses = Array.from({ length: 10 }, () => [{ text: "." }, { delay: SECONDS * 100 }]);
const model = await scriptedModel([
  { parts: [{ text: "begin " }, ...pauses.flat(), { text: " end" }] },
  "next",
]);
const ai = new Opencode({ isolated: true, config: model.config });
try {
  const session = await ai.createSession({ title: "long" });
  const began = Date.now();
  const reply = await session.prompt("go");
  const seconds = (Date.now() - began) / 1000;
  assert.equal(reply.text, "begin .......... end");
  assert.ok(seconds >= SECONDS, `${seconds} s`);
  assert.equal(model.requests.length, 1, "the prompt was sent once");
  assert.equal((await session.prompt("and now")).text, "next");
  console.log(
    `A turn of ${seconds.toFixed(1)} s on Node ${process.versions.node}: as it should be`,
  );
} finally {
  await ai.close();
  await model.close();
}
