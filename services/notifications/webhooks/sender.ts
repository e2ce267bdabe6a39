/**
 * One signed POST to one address, and what came of it. Redirects are not followed: a signature is for one address.
 *
 * S1. Nothing is waited for longer than `timeoutMs`, nothing read beyond `answerBytesMax` (I7).
 * S2. The address is looked at when the name is resolved, in the very lookup that the connection uses (W5).
 */
import { lookup as resolve } from 'node:dns';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Instant } from '../../../actors/kernel/index.ts';
import type { FeedEvent } from '../feed/port.ts';
import { webhookLimits } from './port.ts';

export type Sent = { readonly kind: 'answered'; readonly status: number } | { readonly kind: 'failed'; readonly why: string };

export interface Message {
  readonly url: string;
  readonly secrets: readonly string[];
  readonly event: FeedEvent;
  readonly at: Instant;
}

export type Send = (message: Message) => Promise<Sent>;

export interface SenderOptions {
  /** Addresses inside the house may be told, too. */
  readonly allowPrivate: boolean;
  readonly timeoutMs?: number;
}

export function createSender(options: SenderOptions): Send {
  return (message) => send(message, options);
}

/** The body is made once: every attempt of an event sends the same bytes. */
export function bodyOf({ number, eventId, type, at, idempotencyKey, storeId, orderId, version, data }: FeedEvent): string {
  return JSON.stringify({
    type,
    timestamp: new Date(at).toISOString(),
    idempotencyKey,
    eventId,
    number,
    storeId,
    orderId,
    version,
    data,
  });
}

/** Headers of Standard Webhooks; one signature for each secret (W4). */
export function headersOf({ secrets, event, at }: Message, body: string): Record<string, string> {
  const signatures = secrets.map((secret) => new Webhook(secret).sign(event.eventId, new Date(at), body));
  return {
    'content-type': 'application/json',
    'user-agent': 'Onhand-Webhooks/1',
    'webhook-id': event.eventId,
    'webhook-timestamp': String(Math.floor(at / 1_000)),
    'webhook-signature': signatures.join(' '),
  };
}

async function send(message: Message, options: SenderOptions): Promise<Sent> {
  const url = new URL(message.url);
  if (isIP(hostOf(url)) !== 0 && !options.allowPrivate && isInside(hostOf(url)))
    return { kind: 'failed', why: 'the address is not public' };
  const body = bodyOf(message.event);
  const { timeoutMs = webhookLimits.timeoutMs } = options;
  const requestOptions: RequestOptions = {
    method: 'POST',
    headers: { ...headersOf(message, body), 'content-length': String(Buffer.byteLength(body)) },
    signal: AbortSignal.timeout(timeoutMs), // S1
    ...(options.allowPrivate ? {} : { lookup: publicLookup }),
  };
  return new Promise((answered) => {
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const call = request(url, requestOptions, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.byteLength;
        if (bytes > webhookLimits.answerBytesMax) response.destroy();
      });
      response.on('error', () => {});
      response.on('close', () => answered({ kind: 'answered', status: response.statusCode ?? 0 }));
    });
    call.on('error', (error) => answered({ kind: 'failed', why: whyOf(error, timeoutMs) }));
    call.end(body);
  });
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function whyOf(error: Error, timeoutMs: number): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return `no answer within ${timeoutMs} ms`;
  return error.message.slice(0, 500) || error.name;
}

/** RFC 6890 and its kin: what is not the public internet, and what wraps an IPv4 address that may not be. */
const inside = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  inside.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  inside.addSubnet(network, prefix, 'ipv6');

export function isInside(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return inside.check(mapped, 'ipv4');
  return inside.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** S2. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    const bad = error ?? (addresses.some(({ address }) => isInside(address)) ? new Error('the address is not public') : null);
    const [first] = addresses ?? [];
    if (bad !== null || first === undefined) return callback(bad ?? new Error('the name has no address'), '', 4);
    if (options.all === true) return callback(null, addresses);
    callback(null, first.address, first.family);
  });
};
