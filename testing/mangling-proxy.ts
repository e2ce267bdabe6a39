/**
 * An HTTP proxy as bad networks are: it delivers requests that change something twice, or holds them back and delivers
 * them in another order than they came in. Sockets that are upgraded pass untouched.
 *
 * M1. Every request is delivered at least once; its sender hears the answer to one delivery.
 * M2. Held-back requests go as soon as `shuffled` of them wait, or nothing more has come for a while.
 */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Mangling {
  readonly deliveries: 1 | 2;
  /** So many requests change places with each other; 1 keeps their order. */
  readonly shuffled: number;
  readonly random: () => number;
}

export interface ManglingProxy extends AsyncDisposable {
  readonly url: string;
  /** Requests delivered a second time, and requests that went before an earlier one. */
  readonly counts: { readonly twice: number; readonly overtaken: number };
}

interface Parcel {
  readonly number: number;
  readonly deliver: () => void;
}

const idleMs = 20;

export async function manglingProxy(target: { readonly port: number }, mangling: Mangling): Promise<ManglingProxy> {
  const agent = new Agent({ keepAlive: true });
  const counts = { twice: 0, overtaken: 0 };
  const sockets = new Set<Socket>();
  let waiting: Parcel[] = [];
  let arrived = 0;
  const deliverAll = (): void => {
    const parcels = waiting.map((parcel) => ({ parcel, place: mangling.random() })).toSorted((a, b) => a.place - b.place);
    waiting = [];
    let highest = -1;
    for (const { parcel } of parcels) {
      if (parcel.number < highest) counts.overtaken += 1;
      highest = Math.max(highest, parcel.number);
      parcel.deliver();
    }
  };
  const idle = setTimeout(deliverAll, idleMs);
  const take = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const changes = incoming.method !== 'GET';
    const deliver = (): void => {
      for (let delivery = 1; delivery <= (changes ? mangling.deliveries : 1); delivery += 1)
        send({ agent, port: target.port, incoming, body, answer: delivery === 1 ? answer : null });
      if (changes && mangling.deliveries === 2) counts.twice += 1;
    };
    if (!changes || mangling.shuffled === 1) return deliver();
    waiting.push({ number: arrived++, deliver });
    if (waiting.length >= mangling.shuffled) deliverAll();
    else idle.refresh(); // M2
  };
  const server = createServer((incoming, answer) => void take(incoming, answer).catch(() => answer.destroy()));
  server.on('connection', (socket) => sockets.add(socket).size > 0 && socket.once('close', () => sockets.delete(socket)));
  server.on('upgrade', (incoming, socket: Socket, head) => passThrough(target.port, incoming, socket, head));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    async [Symbol.asyncDispose]() {
      clearTimeout(idle);
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Delivery {
  readonly agent: Agent;
  readonly port: number;
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  /** Null for the delivery whose answer nobody hears. */
  readonly answer: ServerResponse | null;
}

function send({ agent, port, incoming, body, answer }: Delivery): void {
  const { method, url, headers } = incoming;
  const outgoing = request({ agent, port, host: '127.0.0.1', method, path: url, headers }, (response) => {
    if (answer === null) return void response.resume();
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  outgoing.on('error', () => answer?.destroy());
  outgoing.end(body);
}

function passThrough(port: number, { method, url, rawHeaders }: IncomingMessage, socket: Socket, head: Buffer): void {
  const upstream = connect(port, '127.0.0.1');
  const lines = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : []));
  upstream.write(`${method} ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  upstream.write(head);
  for (const [from, to] of [
    [socket, upstream],
    [upstream, socket],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    from.pipe(to);
  }
}
