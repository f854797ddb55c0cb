/**
 * The error of recordings and replays.
 *
 * @module
 */
import { identify, OpencodeError } from "../../errors/base.ts";

/**
 * A recording can't be read, or a replay was asked for something that it doesn't hold.
 *
 * The message shows the difference to the nearest recorded request; record again where it is meant.
 */
export class RecordingError extends OpencodeError {
  static {
    identify(this, "RecordingError", "recording_mismatch");
  }
}
