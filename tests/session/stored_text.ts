import type { Session } from "../../src/session/session.ts";

/** The text of the last assistant message, as the server stores it. */
export async function storedText(session: Session): Promise<string> {
  const last = (await session.history()).at(-1)!;
  return last.parts.map((part) => part.type === "text" ? part.text : "").join("");
}
