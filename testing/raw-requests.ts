/** Requests that `fetch` will not make: a host name of one's own, an upgrade, a body in chunks of unknown length. To 127.0.0.1. */
import { request } from 'node:http';
import type { Answered } from './gateway-world.ts';

interface RawRequest {
  readonly path: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: readonly Buffer[];
}

export function sendRaw(port: number, { body = [], ...rest }: RawRequest): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, ...rest }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => (text += chunk))
        .on('end', () =>
          resolve({
            status: response.statusCode!,
            headers: new Headers(response.headers as Record<string, string>),
            body: JSON.parse(text) as Answered['body'],
          }),
        );
    });
    sent.on('error', reject);
    for (const chunk of body) sent.write(chunk);
    sent.end();
  });
}

/** Asks for an upgrade to WebSocket and is answered as plain HTTP: for upgrades that are refused. */
export function askForUpgrade(port: number, path: string, headers: Readonly<Record<string, string>>): Promise<Answered> {
  return sendRaw(port, {
    path,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    },
  });
}

/** `sizeBytes` spaces in chunks of 64 KiB, their sum not announced. */
export function postInChunks(port: number, path: string, key: string, sizeBytes: number): Promise<Answered> {
  const chunk = Buffer.alloc(64 * 1024, 0x20);
  const headers = {
    authorization: `Bearer ${key}`,
    'idempotency-key': 'k',
    'content-type': 'application/json',
    'transfer-encoding': 'chunked',
  };
  return sendRaw(port, { path, method: 'POST', headers, body: Array.from({ length: sizeBytes / chunk.length }, () => chunk) });
}
