/**
 * Sends seeded frames to the live socket of a running server and says what was answered wrongly.
 *
 * Y1. What breaks the protocol, is too large or no text ends its socket, and that one alone; with a close code where one
 *     is sent (1002, 1007, 1008, 1009, or the documented one).
 * Y2. What is a message, however odd, is answered; an error has a documented code.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '../../../runtime/limits.ts';
import { makeRandom, type Random } from '../../../load-tests/random.ts';
import { problems } from '../../../gateway/problems.ts';
import { opcodes, RawSocket } from './raw-socket.ts';
import { bytesOf, jsonText, oneOf } from './values.ts';

export interface SocketFuzzOptions {
  readonly url: string;
  readonly publishableKey: string;
  readonly seed: number;
  readonly cases: number;
  readonly atOnce: number;
}

export interface FuzzedSockets {
  readonly wrong: readonly string[];
  /** How often sockets were closed with which code; `none`: the connection just ended. */
  readonly closes: ReadonlyMap<string, number>;
}

interface Attack {
  readonly name: string;
  /** The socket must end; else it must go on. */
  readonly ends: boolean;
  readonly send: (socket: RawSocket, random: Random) => void;
}

const text = (value: string): Buffer => Buffer.from(value);
const big = limits.socketMessageBytesMax;

const attacks: readonly Attack[] = [
  {
    name: 'a message of odd JSON',
    ends: false,
    send: (socket, random) => {
      const type = oneOf(random, ['subscribe', 'unsubscribe', 'ping', 'hello', 'dance', '__proto__']);
      const rest = jsonText(random, 1);
      socket.send({
        opcode: opcodes.text,
        payload: text(JSON.stringify({ type, id: rest.slice(0, 80), channel: 'stock', skus: [rest], since: { [rest]: 1 } })),
      });
    },
  },
  { name: 'a ping', ends: false, send: (socket, random) => socket.send({ opcode: opcodes.ping, payload: bytesOf(random, 125) }) },
  {
    name: 'text that is no JSON',
    ends: true,
    send: (socket, random) => socket.send({ opcode: opcodes.text, payload: text(`?${jsonText(random)}`) }),
  },
  {
    name: 'deep JSON',
    ends: true,
    send: (socket, random) => socket.send({ opcode: opcodes.text, payload: text('['.repeat(random.between(20, 16_000))) }),
  },
  { name: 'bytes', ends: true, send: (socket, random) => socket.send({ opcode: opcodes.binary, payload: bytesOf(random, 500) }) },
  {
    name: 'text that is no UTF-8',
    ends: true,
    send: (socket) =>
      socket.send({ opcode: opcodes.text, payload: Buffer.concat([text('{"type":"ping","a":"'), Buffer.from([0xc3, 0x28]), text('"}')]) }),
  },
  {
    name: 'a message that is too large',
    ends: true,
    send: (socket, random) => socket.send({ opcode: opcodes.text, payload: Buffer.alloc(random.between(big + 1, 20 * big), 'x') }),
  },
  {
    name: 'a message of 2 MB',
    ends: true,
    send: (socket) => socket.send({ opcode: opcodes.text, payload: Buffer.alloc(2 * 1024 * 1024, 'x') }),
  },
  {
    name: 'a length that nobody can send',
    ends: true,
    send: (socket) => socket.send({ opcode: opcodes.text, payload: text('x'), claimedLength: Number.MAX_SAFE_INTEGER }),
  },
  {
    name: 'a flood of fragments',
    ends: true,
    send: (socket, random) => {
      socket.send({ opcode: opcodes.text, payload: text('x'), last: false });
      const size = random.between(1, 400);
      for (let sent = 0; sent < big * 2; sent += size) socket.send({ opcode: opcodes.more, payload: Buffer.alloc(size, 'x'), last: false });
      socket.send({ opcode: opcodes.more, payload: text('x') });
    },
  },
  { name: 'a continuation of nothing', ends: true, send: (socket) => socket.send({ opcode: opcodes.more, payload: text('x') }) },
  {
    name: 'reserved bits',
    ends: true,
    send: (socket, random) => socket.send({ opcode: opcodes.text, payload: text('{"type":"ping"}'), reserved: random.between(1, 7) }),
  },
  {
    name: 'an opcode that does not exist',
    ends: true,
    send: (socket, random) => socket.send({ opcode: oneOf(random, [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), payload: text('x') }),
  },
  { name: 'a large ping', ends: true, send: (socket) => socket.send({ opcode: opcodes.ping, payload: Buffer.alloc(200) }) },
  { name: 'a ping in parts', ends: true, send: (socket) => socket.send({ opcode: opcodes.ping, payload: text('x'), last: false }) },
  {
    name: 'a flood of messages',
    ends: true,
    send: (socket) => {
      for (let count = 0; count < limits.socketMessagesPerSecondMax * 3; count++) socket.say({ type: 'ping' });
    },
  },
  {
    name: 'a close with a code that nobody may send',
    ends: true,
    send: (socket) => socket.send({ opcode: opcodes.close, payload: Buffer.from([0, 1]) }),
  },
];

const endsWithinMs = 15_000;
const closeCodes = new Set([
  1000,
  1002,
  1005,
  1006,
  1007,
  1008,
  1009,
  1013,
  ...Object.values(problems).flatMap(({ closes }) => closes ?? []),
]);

export async function fuzzSockets(options: SocketFuzzOptions): Promise<FuzzedSockets> {
  const wrong: string[] = [];
  const closes = new Map<string, number>();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let number = next++; number < options.cases; number = next++) {
      const random = makeRandom(options.seed, number);
      const attack = attacks[number % attacks.length]!;
      const socket = await RawSocket.open(options.url);
      if (random.chance(0.7) || !attack.ends) await socket.greet(options.publishableKey);
      attack.send(socket, random);
      const what = await mistakeIn(socket, attack);
      if (what !== null) wrong.push(`seed ${options.seed}, case ${number}, ${attack.name}: ${what}`);
      if (socket.ended || socket.closeCode !== null) {
        const code = String(socket.closeCode ?? 'none');
        closes.set(`${attack.name}: ${code}`, (closes.get(`${attack.name}: ${code}`) ?? 0) + 1);
      }
      socket.end();
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, work));
  return { wrong, closes };
}

async function mistakeIn(socket: RawSocket, attack: Attack): Promise<string | null> {
  if (!attack.ends) socket.say({ type: 'ping' });
  const settled = (): boolean => (attack.ends ? socket.ended || socket.closeCode !== null : saysPong(socket));
  const deadline = performance.now() + endsWithinMs;
  while (!settled()) {
    if (!attack.ends && socket.ended) return `the socket was ended (${socket.closeCode}); it said ${shown(socket)}`;
    if (performance.now() > deadline) return `${attack.ends ? 'the socket was not ended' : 'no pong'}; it said ${shown(socket)}`;
    await sleep(5);
  }
  if (socket.closeCode !== null && !closeCodes.has(socket.closeCode)) return `closed with ${socket.closeCode}`; // Y1
  for (const { code } of messagesOf(socket)) {
    if (code !== undefined && (!Object.hasOwn(problems, code) || code === 'internal_error')) return `said the code ${code}`; // Y2
  }
  return null;
}

function messagesOf(socket: RawSocket): readonly { readonly type: string; readonly code?: string }[] {
  return socket.frames
    .filter(({ opcode }) => opcode === opcodes.text)
    .map(({ payload }) => JSON.parse(payload.toString('utf8')) as { readonly type: string; readonly code?: string });
}

function saysPong(socket: RawSocket): boolean {
  return messagesOf(socket).some(({ type }) => type === 'pong');
}

function shown(socket: RawSocket): string {
  return JSON.stringify(messagesOf(socket)).slice(0, 500);
}
