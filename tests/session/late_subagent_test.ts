import { assertEquals } from "@std/assert";
import { until } from "../agent.ts";
import { test } from "../harness.ts";
import { storedTexts } from "./recordings.ts";
import { replaying } from "./replay.ts";

test("Turn answers a subagent that began and asked while the connection was down", async () => {
  await replaying("subagent", async ({ replay, server, session }) => {
    const { events } = replay.of;
    const asked = events.findIndex(({ type }) => type === "permission.asked");
    const began = events.findIndex(({ type }) => type === "session.created");
    const request = events[asked]!.properties as { id: string; sessionID: string };
    const { info } = events[began]!.properties as { info: object };
    const other = { ...request, id: "per_other", sessionID: "ses_other" };
    replay.more = ({ pathname }) => {
      if (pathname === "/permission") return Response.json([other, request]);
      if (pathname === `/session/${request.sessionID}`) return Response.json(info);
      if (pathname === "/session/ses_other") return Response.json({ id: "ses_other", title: "" });
      if (pathname.endsWith("/reply")) return Response.json(true);
      return undefined;
    };
    const seen: string[] = [];
    const turn = session.stream("go", {
      collect: true,
      onPermission: ({ sessionId }) => {
        seen.push(sessionId);
        return "once";
      },
    });
    await replay.asked;
    const first = await server.stream(0);
    replay.send(first, began);
    replay.at = asked + 1;
    first.cut();
    const second = await server.stream(1);
    const path = `/permission/${request.id}/reply`;
    await until(() => server.requests.some((one) => one.path.startsWith(path)), "the answer");
    replay.send(second, events.length);
    const reply = await turn.reply;
    assertEquals(seen, [request.sessionID]);
    assertEquals(reply.text, storedTexts(replay.of).at(-1));
    assertEquals(
      reply.events.flatMap((event) => event.type === "subagent" ? [event.status] : []),
      ["started", "finished"],
    );
  });
});
