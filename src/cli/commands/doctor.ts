/**
 * `opencode-ts doctor`: what stands between the user and a running server.
 *
 * @module
 */
import { doctor, type DoctorLine } from "../../doctor/doctor.ts";
import { safeText } from "../../text/terminal.ts";
import { wantsColor } from "../io.ts";
import { type Paint, painter } from "../render/color.ts";
import type { CommandCall } from "./run.ts";

/** Prints one line for each thing looked at; 1 where something does not work. */
export async function runDoctor({ args, io, signal, progress }: CommandCall): Promise<number> {
  progress.busy("looking at this machine");
  const lines = await doctor({
    cwd: args.directory ?? io.cwd(),
    signal,
    ...args.binary !== undefined && { binary: args.binary },
  });
  progress.idle();
  await progress.written();
  const paint = painter(io.outIsTerminal && wantsColor(args.color, io));
  await io.out(
    args.json
      ? `${JSON.stringify(lines, null, 2)}\n`
      : lines.map((line) => show(line, paint)).join(""),
  );
  return lines.some(({ status }) => status === "fail") ? 1 : 0;
}

const COLORS = { ok: "green", warn: "yellow", fail: "red" } as const;

function show({ check, status, message, repair }: DoctorLine, paint: Paint): string {
  const mark = paint(COLORS[status], status.padEnd(4));
  const more = repair === undefined ? "" : `\n      ${safeText(repair)}`;
  return `${mark}  ${check}: ${safeText(message)}${more}\n`;
}
