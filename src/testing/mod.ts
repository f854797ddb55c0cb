/**
 * For tests of programs that use opencode: a scripted model, with which the real server answers
 * without a key and without a network, a home of its own for that server, and a fake server for what
 * the real one can't be made to do.
 *
 * @module
 */
export {
  type ScriptedModel,
  scriptedModel,
  type ScriptedModelConfig,
  type ScriptedModelOptions,
  ScriptError,
} from "./model.ts";
export type {
  ModelMessage,
  ModelRequest,
  Script,
  ScriptedToolCall,
  ScriptedUsage,
  ScriptFunction,
  ScriptPart,
  ScriptStep,
  ScriptSteps,
} from "./script.ts";
export { demoScript } from "./demo.ts";
export {
  type FakeEventStream,
  type FakeHandler,
  type FakeRequest,
  type FakeServer,
  fakeServer,
  type FakeServerOptions,
} from "./fake_server.ts";
export { isolatedEnv, type IsolatedHome, type IsolatedHomeOptions } from "./isolated.ts";
export { OpencodeError, type OpencodeErrorCode } from "../errors.ts";
export { type ModelRecorder, recordModel, type RecordModelOptions } from "./record/record.ts";
export { type ModelReplay, replayModel, type ReplayModelOptions } from "./record/replay.ts";
export { RecordingError } from "./record/error.ts";
export type { Match } from "./record/match.ts";
export type {
  Exchange,
  RecordedProvider,
  RecordedResponse,
  Recording,
  RecordingHeader,
} from "./record/format.ts";
export {
  describeRecording,
  pruneRecording,
  readRecording,
  writeRecording,
} from "./record/tools.ts";
export type { RecordedConfig } from "./record/providers.ts";
