/**
 * Seeded HTTP requests that nobody would send on purpose.
 *
 * Q1. `sound`: HTTP as it should be, whatever it carries: one answer is owed. The others break the protocol itself: a 4xx
 *     or the end of the connection is the answer.
 */
import type { Random } from '../../../load-tests/random.ts';
import { bodyBytes, bytesOf, oneOf } from './values.ts';

export interface FuzzRequest {
  readonly bytes: Buffer;
  readonly sound: boolean;
  /** It asks for the head only: no body follows whatever the answer's length says. */
  readonly headOnly: boolean;
}

export interface FuzzTarget {
  readonly host: string;
  readonly secretKey: string;
  readonly publishableKey: string;
  /** Method and path of every route; parameters in braces. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
}

const awkwardSegments = [
  '%',
  '%zz',
  '%E0%A4%A',
  '%00',
  '%2F',
  '..',
  '.',
  '%ff',
  '💥',
  'a'.repeat(300),
  '__proto__',
  'kept',
  '%F0%9F%92%A5',
];
const awkwardQueries = [
  '',
  '?',
  '?sku',
  '?sku=%',
  '?sku=a&sku=b',
  '?limit=-1',
  '?limit=1e9',
  '?cursor=%00',
  `?sku=${'a'.repeat(3_000)}`,
  '?__proto__=1',
  '?at=never',
];
const awkwardHeaders = [
  'content-type: text/plain',
  'content-type: application/json; charset=utf-16',
  'content-type: application/json;;;',
  'if-match: "99999999999999999999"',
  'if-match: *',
  'traceparent: 00-zz-zz-zz',
  'traceparent: ff-00000000000000000000000000000000-0000000000000000-00',
  'onhand-buyer: a.b.c',
  `onhand-buyer: ${'a'.repeat(3_000)}`,
  'origin: null',
  'host: nobody.example',
  'expect: nothing',
  'x-forwarded-for: 1.2.3.4, \u00e9',
  `cookie: ${'a=b; '.repeat(200)}`,
  'range: bytes=0-1',
  'upgrade: h2c',
];

export function fuzzRequest(random: Random, target: FuzzTarget): FuzzRequest {
  return random.chance(0.08) ? brokenRequest(random, target) : soundRequest(random, target);
}

function soundRequest(random: Random, target: FuzzTarget): FuzzRequest {
  const route = oneOf(random, target.routes);
  const method = random.chance(0.9) ? route.method : oneOf(random, ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']);
  const hasBody = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
  const body = hasBody && random.chance(0.9) ? bodyBytes(random) : Buffer.alloc(0);
  const headers = [`host: ${target.host}`, ...identity(random, target)];
  if (hasBody) headers.push(`content-length: ${body.length}`, idempotency(random));
  if (hasBody && random.chance(0.85)) headers.push('content-type: application/json');
  for (let more = random.between(0, 2); more > 0; more--) headers.push(oneOf(random, awkwardHeaders));
  const head = `${method} ${pathOf(random, route.path)} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`;
  return { bytes: Buffer.concat([Buffer.from(head), body]), sound: true, headOnly: method === 'HEAD' };
}

function identity(random: Random, { secretKey, publishableKey }: FuzzTarget): string[] {
  switch (random.between(0, 9)) {
    case 0:
      return [];
    case 1:
      return [
        `authorization: ${oneOf(random, ['Bearer', 'Bearer ', 'Basic YTpi', `Bearer sk_${'x'.repeat(32)}`, 'Bearer \u00ff', `Bearer ${'k'.repeat(3_000)}`])}`,
      ];
    case 2:
      return [`authorization: Bearer ${publishableKey}`];
    default:
      return [`authorization: Bearer ${secretKey}`];
  }
}

function idempotency(random: Random): string {
  if (random.chance(0.8)) return `idempotency-key: ${random.between(0, 1_000_000_000)}`;
  return `idempotency-key: ${oneOf(random, ['', ' ', 'k'.repeat(255), 'k'.repeat(256), '__proto__', '\u00e9\u00ff', 'a,b'])}`;
}

function pathOf(random: Random, pattern: string): string {
  const path = pattern.replace(/\{[^}]*\}/g, () => oneOf(random, awkwardSegments));
  const strayed = random.chance(0.1) ? `${path}/${oneOf(random, awkwardSegments)}` : path;
  return `${strayed}${random.chance(0.3) ? oneOf(random, awkwardQueries) : ''}`;
}

/** The connection is ended behind it, so that nobody waits for the rest. */
function brokenRequest(random: Random, { host }: FuzzTarget): FuzzRequest {
  const text = oneOf(random, [
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    `GET /v1/stock HTTP/1.1\r\nno colon\r\nhost: ${host}\r\n\r\n`,
    `POST /v1/holds HTTP/1.1\r\nhost: ${host}\r\ncontent-length: -1\r\n\r\n`,
    `POST /v1/holds HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 1000\r\n\r\n{`,
    `POST /v1/holds HTTP/1.1\r\nhost: ${host}\r\ncontent-length: abc\r\n\r\n`,
    `POST /v1/holds HTTP/1.1\r\nhost: ${host}\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
    `POST /v1/holds HTTP/1.1\r\nhost: ${host}\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n`,
    `GET /v1/stock HTTP/1.1\r\nhost: ${host}\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    `GET /v1/stock HTTP/1.1\r\n${'a: b\r\n'.repeat(500)}\r\n`,
    `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  ]);
  return { bytes: random.chance(0.2) ? bytesOf(random, 300) : Buffer.from(text), sound: false, headOnly: false };
}
