/**
 * The same uWebSockets.js as ours, with nothing on it that a careful engineer would not need: one route, a body of a
 * known shape, one answer.
 *
 * W1. A request object lives only until its handler returns: what is needed is read at once.
 * W2. Nothing touches a response after its client has gone.
 * W3. An answer leaves in one piece (corked), also when it comes in a later turn.
 */
import uWS, { type HttpResponse, type TemplatedApp, type us_listen_socket } from 'uWebSockets.js';
import { findFreePort } from '../../../../engines/ports.ts';

export interface Front {
  readonly url: string;
  close(): void;
}

/** `body` is valid only during the call. */
export type Handler = (exchange: Exchange, body: Buffer) => void;

export const created = '201 Created';
export const conflict = '409 Conflict';
export const unprocessable = '422 Unprocessable Content';

const bodyBytesMax = 16 * 1024;
const attemptsMax = 5;

export function serve(path: string, handle: Handler): Promise<Front> {
  const app = uWS.App();
  app.post(path, (response, request) => new Exchange(response, request.getHeader('onhand-buyer')).readBody(handle)); // W1
  app.any('/*', (response) => void response.writeStatus('404 Not Found').end());
  return listenOnFreePort(app);
}

export async function listenOnFreePort(app: TemplatedApp): Promise<Front> {
  // The shim has no `SSLApp`: what it reaches would say nothing about uWebSockets.
  if (!('SSLApp' in uWS)) throw new Error(`uWebSockets.js has no native build for Node ${process.version}: use Node 20`);
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const listening = await listen(app, port);
    if (listening !== null) return { url: `http://127.0.0.1:${port}`, close: () => close(app, listening) };
    if (attempt === attemptsMax) throw new Error('no free port could be listened on');
  }
}

/** One request and its one answer. A class, not closures: those are made anew for every request. */
export class Exchange {
  readonly buyer: string;
  #response: HttpResponse | null;

  constructor(response: HttpResponse, buyer: string) {
    this.buyer = buyer;
    this.#response = response;
    response.onAborted(() => {
      this.#response = null; // W2
    });
  }

  readBody(handle: Handler): void {
    let earlier: Buffer | null = null;
    this.#response?.onData((chunk, isLast) => {
      const piece = Buffer.from(chunk);
      const whole = earlier === null ? piece : Buffer.concat([earlier, piece]);
      if (whole.length > bodyBytesMax) this.reply('413 Content Too Large', '');
      else if (isLast) handle(this, whole);
      else earlier = Buffer.from(whole); // a copy: the chunk is gone when this returns
    });
  }

  /** Does nothing when the client has gone, or was answered. */
  reply(status: string, body: string): void {
    const response = this.#response;
    if (response === null) return; // W2
    this.#response = null;
    response.cork(() => {
      response.writeStatus(status).writeHeader('content-type', 'application/json').end(body); // W3
    });
  }
}

function listen(app: TemplatedApp, port: number): Promise<us_listen_socket | null> {
  return new Promise((resolve) => app.listen('127.0.0.1', port, (socket) => resolve(socket === false ? null : socket)));
}

function close(app: TemplatedApp, listening: us_listen_socket): void {
  uWS.us_listen_socket_close(listening);
  (app as TemplatedApp & { close(): void }).close();
}
