/**
 * Message ids of our own, so that each turn can be identified.
 *
 * @module
 */

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

let last = 0;
let counter = 0;

/**
 * A new message id in the server's own form: `msg_`, the time in hexadecimal, and chance, so that
 * ids made later sort later (server 1.18.33 refuses an id that does not start with `msg`).
 *
 * @param now Milliseconds since 1970.
 */
export function messageId(now: number = Date.now()): string {
  counter = now === last ? counter + 1 : 0;
  last = now;
  const time = ((BigInt(now) << 12n) + BigInt(counter & 0xfff)) & 0xffff_ffff_ffffn;
  const random = crypto.getRandomValues(new Uint8Array(14));
  const chance = Array.from(random, (byte) => ALPHABET[byte % ALPHABET.length]).join("");
  return `msg_${time.toString(16).padStart(12, "0")}${chance}`;
}
