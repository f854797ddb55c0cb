/**
 * What a page needs at first, and the events from then on.
 *
 * @module
 */
import { VERSION } from "../../version.ts";
import type { AgentView, ModelView, StateView } from "../protocol.ts";
import { sessionView } from "../views.ts";
import type { Call, Routes } from "./router.ts";

/** How many sessions the list shows. */
const SESSIONS = 200;

/** `GET state`, `GET events`, `GET sessions` and `POST link`. */
export const stateRoutes: Routes = {
  "GET state": state,
  "GET events": ({ live, request, url }) => {
    const after = request.headers.get("last-event-id") ?? url.searchParams.get("after");
    return new Response(live.log.stream(after, request.signal), {
      headers: {
        "content-type": "text/event-stream",
        "cache-control": "no-store, no-transform",
        "x-accel-buffering": "no",
      },
    });
  },
  "POST link": ({ issueToken }) => ({ token: issueToken() }),
  "GET sessions": async ({ ai, url }) => {
    const search = url.searchParams.get("search") ?? "";
    const infos = await ai.client.session.list({
      directory: ai.directory,
      limit: SESSIONS,
      ...search !== "" && { search },
    });
    return infos.map(sessionView);
  },
};

async function state({ ai, live }: Call): Promise<StateView> {
  await live.start();
  const { client, directory } = ai;
  // taken before the rest is read: what happens meanwhile comes again as an event
  const { seq } = live.log;
  const [sessions, providers, agents, config] = await Promise.all([
    client.session.list({ directory, limit: SESSIONS }),
    client.config.providers({ directory }),
    client.app.agents({ directory }),
    client.config.get({ directory }),
  ]);
  const models = providers.providers.flatMap(({ id, name, models }) =>
    Object.values(models).map((model): ModelView => ({
      id: `${id}/${model.id}`,
      name: model.name,
      provider: name,
      context: model.limit?.context ?? 0,
      images: model.capabilities?.input?.image ?? false,
    }))
  );
  const shown = agents.filter(({ mode, hidden }) => mode !== "subagent" && !hidden);
  return {
    directory,
    version: VERSION,
    sessions: sessions.map(sessionView),
    busy: Object.fromEntries(live.busy),
    permissions: live.permissions.all,
    questions: live.questions.all,
    models,
    agents: shown.map(({ name, description = "" }): AgentView => ({ name, description })),
    ...config.model !== undefined && { defaultModel: config.model },
    seq,
  };
}
