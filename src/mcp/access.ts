/**
 * Who may talk to the endpoint: who knows the token, from this machine, and no web page.
 *
 * @module
 */

/** Whether a request carries the token; takes as long whatever the difference. */
export function authorized(request: Request, token: string): boolean {
  const given = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  const encoder = new TextEncoder();
  const [a, b] = [encoder.encode(given), encoder.encode(token)];
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= (a[i] ?? 0) ^ b[i]!;
  return difference === 0;
}

/**
 * Whether a request was made under another name than this machine's own (a name that an attacker
 * turned to loopback), or by a page that came from elsewhere.
 */
export function fromElsewhere(request: Request): boolean {
  const host = request.headers.get("host") ?? new URL(request.url).host;
  if (!LOOPBACK.test(host)) return true;
  const origin = request.headers.get("origin");
  if (origin === null) return false;
  try {
    const { protocol, host: from } = new URL(origin);
    return !/^https?:$/.test(protocol) || !LOOPBACK.test(from);
  } catch {
    return true;
  }
}

const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i;

/** A token that can't be guessed: 256 bits. */
export function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
