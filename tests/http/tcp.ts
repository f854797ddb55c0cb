/** A TCP proxy in front of a server, for what goes wrong below HTTP. Runs on Deno, Node and Bun. */
import type { AddressInfo, Server, Socket } from "node:net";

type Net = {
  createServer(onSocket: (socket: Socket) => void): Server;
  connect(port: number, host: string): Socket;
};

/** A running proxy. */
export interface TcpProxy {
  readonly port: number;
  /**
   * Breaks the connection that carries a text, once the server has had all of it for a moment: by a
   * reset or by a plain end. `undefined` passes everything on.
   */
  breakOn: { text: string; how: "reset" | "end" } | undefined;
  /** How many connections were broken. */
  readonly broken: number;
  /** All that clients sent, as text. */
  readonly received: string;
  close(): Promise<void>;
}

/** Starts one on a free loopback port. */
export async function tcpProxy(target: number): Promise<TcpProxy> {
  const { process } = globalThis as unknown as {
    process: { getBuiltinModule(name: "node:net"): Net };
  };
  const net = process.getBuiltinModule("node:net");
  const sockets = new Set<Socket>();
  const state = { breakOn: undefined as TcpProxy["breakOn"], broken: 0, received: "" };
  const server = net.createServer((client) => {
    const up = net.connect(target, "127.0.0.1");
    for (const socket of [client, up]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        up.destroy();
      });
    }
    let breaking = false;
    client.on("data", (data: Uint8Array) => {
      up.write(data);
      const text = new TextDecoder().decode(data);
      state.received += text;
      const wanted = state.breakOn;
      if (!wanted || breaking || !text.includes(wanted.text)) return;
      breaking = true;
      state.broken++;
      setTimeout(() => {
        if (wanted.how === "reset") client.resetAndDestroy();
        else client.destroy();
      }, 50);
    });
    up.on("data", (data: Uint8Array) => {
      if (!breaking) client.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    port: (server.address() as AddressInfo).port,
    get breakOn() {
      return state.breakOn;
    },
    set breakOn(value) {
      state.breakOn = value;
    },
    get broken() {
      return state.broken;
    },
    get received() {
      return state.received;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
