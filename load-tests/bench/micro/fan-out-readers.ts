/** Sockets that watch, and say when each has got one more message, for `fan-out.ts`. Without a key nothing is asked for: the other side just sends. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { assert } from '../../../actors/kernel/index.ts';

interface Wish {
  readonly port: number;
  readonly key: string;
  readonly sockets: number;
  readonly skus: readonly string[];
}

let received = 0;

process.on('message', (wish: Wish) => void watch(wish).then(() => process.send!('watching')));

async function watch({ port, key, sockets, skus }: Wish): Promise<void> {
  for (let count = 0; count < sockets; count += 1) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/live`, { perMessageDeflate: false });
    await once(socket, 'open');
    if (key !== '') await subscribe(socket, key, skus);
    socket.on('message', (data: Buffer) => {
      if (!data.includes('"stock"')) return; // a heartbeat
      received += 1;
      if (received % sockets === 0) process.send!('round');
    });
  }
}

async function subscribe(socket: WebSocket, key: string, skus: readonly string[]): Promise<void> {
  socket.send(JSON.stringify({ type: 'hello', key }));
  await once(socket, 'message');
  socket.send(JSON.stringify({ type: 'subscribe', id: 's', channel: 'stock', skus }));
  const [snapshot] = (await once(socket, 'message')) as [Buffer];
  assert(snapshot.includes('"snapshot"'), `the subscription is answered: ${String(snapshot)}`);
}
