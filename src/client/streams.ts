/**
 * What the client loads when it is first asked for events or for a terminal.
 *
 * @module
 */
export { ownEvents, sharedEvents } from "./event_stream.ts";
export { EventHub } from "./hub.ts";
export { openTerminal } from "./socket.ts";
export { open } from "../http/open.ts";
