/**
 * A TCP proxy that can lose answers: what the client sends arrives and is acted on, but the connection is cut
 * before the client hears of it. How a commit becomes unknown. It can also part both sides: connections stay
 * open and nothing crosses them, in either direction, as when a cable is pulled.
 */
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface LossyProxy extends AsyncDisposable {
  /** The same address with the proxy in between. */
  url(target: string): string;
  /** From now on the next thing the server says cuts its connection instead of reaching the client. */
  loseNextAnswer(): void;
  /** Nothing crosses any more, also on new connections. */
  part(): void;
  /** The parted connections are gone; new ones work. */
  heal(): void;
  /** Connections cut so far. */
  readonly cut: number;
}

export async function lossyProxy(target: { readonly host: string; readonly port: number }): Promise<LossyProxy> {
  const sockets = new Set<Socket>();
  const state = { losing: false, parted: false, cut: 0 };
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (question) => {
      if (!state.parted) upstream.write(question);
    });
    upstream.on('data', (answer) => {
      if (state.parted) return;
      if (!state.losing) return void client.write(answer);
      state.losing = false;
      state.cut += 1;
      client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (url) => Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).href,
    loseNextAnswer() {
      state.losing = true;
    },
    part() {
      state.parted = true;
    },
    heal() {
      state.parted = false;
      for (const socket of sockets) socket.destroy();
    },
    get cut() {
      return state.cut;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
