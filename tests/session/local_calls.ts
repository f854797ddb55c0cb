/** What the scripted model says where a test is about tools of this process. */
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";

/** A script that calls one of our tools by whatever name the server gives it, then reports. */
export function calls(
  name: string,
  input: unknown,
  times = 1,
): (request: ModelRequest) => ScriptStep {
  return (request) => {
    const full = request.toolNames.find((one) => one.endsWith(`_${name}`));
    if (!full) return { text: `there is no ${name}` };
    if (request.toolResults.length >= times) return { text: request.toolResults.at(-1)!.content };
    return { toolCalls: [{ name: full, input }] };
  };
}
