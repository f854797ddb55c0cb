/**
 * `opencode-ts doctor`: what stands between the user and a running server.
 *
 * @module
 */
import { doctor, type DoctorLine } from "../../doctor/doctor.ts";
import type { Args } from "../args.ts";
import type { Io } from "../io.ts";
import { paint } from "../render/progress.ts";

/** Prints one line for each thing looked at; 1 where something does not work. */
export async function runDoctor(args: Args, io: Io, signal: AbortSignal): Promise<number> {
  const lines = await doctor({ cwd: args.directory ?? io.cwd(), signal });
  await io.out(
    args.json
      ? `${JSON.stringify(lines, null, 2)}\n`
      : lines.map((line) => show(line, io)).join(""),
  );
  return lines.some(({ status }) => status === "fail") ? 1 : 0;
}

const COLORS = { ok: 32, warn: 33, fail: 31 } as const;

function show({ check, status, message, repair }: DoctorLine, io: Io): string {
  const mark = paint(status.padEnd(4), COLORS[status], io.color);
  const more = repair === undefined ? "" : `\n      ${repair}`;
  return `${mark}  ${check}: ${message}${more}\n`;
}
