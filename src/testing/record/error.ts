/**
 * The error of recordings and replays.
 *
 * @module
 */
import { OpencodeError, type OpencodeErrorCode } from "../../errors.ts";

/**
 * A recording can't be read, or a replay was asked for something that it doesn't hold.
 *
 * The message shows the difference to the nearest recorded request; record again where it is meant.
 */
export class RecordingError extends OpencodeError {
  /** `"recording_mismatch"`. */
  override readonly code: OpencodeErrorCode = "recording_mismatch";
  /** The class name, also after minification. */
  override get name(): string {
    return "RecordingError";
  }
}
