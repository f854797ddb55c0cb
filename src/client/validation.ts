import type { ResolvedHttp, ValidateMode } from "../http/options.ts";
export function checkAnswer(
  _http: ResolvedHttp,
  _id: string,
  _what: string,
  _data: unknown,
  _mode: ValidateMode,
): void {}
