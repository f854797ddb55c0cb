/** A way to the page whose event stream can die without a word, as that of a machine that slept does. */

/** A proxy that listens on loopback. */
export interface FrozenProxy extends AsyncDisposable {
  readonly port: number;
  /** Event streams pass nothing on any more, and stay open; the other connections are closed. */
  freeze(): void;
}

interface Link {
  near: Deno.Conn;
  far: Deno.Conn;
  events: boolean;
  frozen: boolean;
}

/** Passes everything on to a port. */
export function frozenProxy(target: number): FrozenProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const links = new Set<Link>();
  const end = (link: Link) => {
    if (!links.delete(link)) return;
    link.near.close();
    link.far.close();
  };
  const pass = async (link: Link, from: Deno.Conn, to: Deno.Conn) => {
    const buffer = new Uint8Array(65_536);
    try {
      for (let read; (read = await from.read(buffer)) !== null;) {
        const bytes = buffer.subarray(0, read);
        link.events ||= new TextDecoder().decode(bytes).startsWith("GET /api/events");
        for (let at = 0; at < read && !link.frozen;) at += await to.write(bytes.subarray(at));
      }
    } catch { /* the other side has closed */ }
    end(link);
  };
  const serving = (async () => {
    const passing: Promise<void>[] = [];
    for await (const near of listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: target });
      const link: Link = { near, far, events: false, frozen: false };
      links.add(link);
      passing.push(pass(link, near, far), pass(link, far, near));
    }
    await Promise.all(passing);
  })();
  return {
    port: listener.addr.port,
    freeze() {
      for (const link of links) {
        if (link.events) link.frozen = true;
        else end(link);
      }
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const link of links) end(link);
      await serving;
    },
  };
}
