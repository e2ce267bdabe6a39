/**
 * The simulator's wire: plain HTTP on this machine, as the `stripe` SDK speaks it.
 *
 * It owns the listening socket and every connection; `close` ends them all, also those that were never to be answered.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EngineError } from '../engine-error.ts';
import { controlByHttp, type StripeControl } from './control.ts';
import { parseForm, textOf } from './form.ts';
import type { Intent } from './objects.ts';
import { actionPage, donePage, pagePath, returnUrlOf } from './pages.ts';
import { apiVersion, type Reply, type Simulator } from './simulator.ts';

const bodyBytesMax = 256 * 1024;
const keepAliveMs = 60_000;

export interface WireDeps {
  readonly simulator: Simulator;
  readonly control: StripeControl;
  readonly intentOf: (id: string) => Intent | null;
}

export class Wire {
  readonly #server: Server;
  #deps: WireDeps | null = null;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#take(request, response).catch(() => response.destroy());
    });
    this.#server.keepAliveTimeout = keepAliveMs;
  }

  /** The port, which the simulator's own addresses need; nothing is served before `serve`. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => reject(portTaken(host, port, error)));
      this.#server.listen({ host, port, exclusive: true }, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  serve(deps: WireDeps): void {
    this.#deps = deps;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    const body = await bodyOf(request);
    const deps = this.#deps;
    if (body === null || deps === null) return void response.destroy();
    const at = url.indexOf('?');
    const path = at < 0 ? url : url.slice(0, at);
    const query = at < 0 ? '' : url.slice(at + 1);
    if (path.startsWith('/_sim/')) {
      const { status, body: answer } = await controlByHttp(deps.control, {
        method,
        path: path.slice('/_sim/'.length),
        query,
        body,
      });
      return end(response, status, 'application/json', JSON.stringify(answer));
    }
    if (path.startsWith(pagePath)) return showAction(deps, method, path.slice(pagePath.length), method === 'POST' ? body : query, response);
    const reply = await deps.simulator.handle({
      method,
      path,
      query,
      body,
      authorization: headers.authorization ?? '',
      account: header(headers['stripe-account']),
      idempotencyKey: header(headers['idempotency-key']),
    });
    send(response, reply, header(headers['idempotency-key']), header(headers['stripe-account']));
  }
}

function send(response: ServerResponse, reply: Reply, key: string, account: string): void {
  switch (reply.kind) {
    case 'silence':
      return;
    case 'cut':
      response.socket?.resetAndDestroy();
      return;
    case 'answer':
      response.writeHead(reply.status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(reply.body),
        'request-id': reply.requestId,
        'stripe-version': apiVersion,
        ...(key === '' ? {} : { 'idempotency-key': key }),
        ...(account === '' ? {} : { 'stripe-account': account }),
        // asking again with the key would only replay it
        ...(reply.replayedFrom === null
          ? {}
          : { 'idempotent-replayed': 'true', 'original-request': reply.replayedFrom, 'stripe-should-retry': 'false' }),
      });
      response.end(reply.body);
      return;
    default:
      reply satisfies never;
  }
}

async function showAction(deps: WireDeps, method: string, intentId: string, form: string, response: ServerResponse): Promise<void> {
  const fields = parseForm(form) ?? {};
  const intent = deps.intentOf(intentId);
  if (intent === null || intent.clientSecret !== textOf(fields, 'client_secret')) {
    return end(response, 404, 'text/html; charset=utf-8', donePage('There is no such payment.'));
  }
  if (method !== 'POST') {
    const isOpen = intent.status === 'requires_action';
    return end(response, 200, 'text/html; charset=utf-8', isOpen ? actionPage(intent) : donePage('This payment waits for nothing.'));
  }
  const verdict = textOf(fields, 'verdict') === 'authorise' ? 'authorise' : 'fail';
  await deps.control.finishAction(intentId, verdict);
  const after = deps.intentOf(intentId) ?? intent;
  const succeeded = after.status === 'requires_capture' || after.status === 'succeeded';
  const back = returnUrlOf(after, succeeded);
  if (back === null) return end(response, 200, 'text/html; charset=utf-8', donePage(succeeded ? 'Authorised.' : 'Failed.'));
  response.writeHead(303, { location: back, 'content-length': 0 }).end();
}

function end(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store' }).end(body);
}

/** Null: too long, or cut off. */
function bodyOf(request: IncomingMessage): Promise<string | null> {
  if (request.method === 'GET') return Promise.resolve('');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bodyBytesMax) chunks.push(chunk);
      else resolve(null);
    });
    request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer).toString() : Buffer.concat(chunks).toString()));
    request.once('error', () => resolve(null));
  });
}

function header(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}

function portTaken(host: string, port: number, cause: Error): EngineError {
  return new EngineError(
    'port_taken',
    `The Stripe simulator cannot listen on ${host}:${port}.`,
    'Name another port, or 0 for any free one.',
    cause,
  );
}
