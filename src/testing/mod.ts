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
export { OpencodeError } from "../errors.ts";
