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

/** Answers once; does nothing when the client has gone (W2). */
export type Reply = (status: string, body: string) => void;

/** `body` is valid only during the call. */
export type Handler = (buyer: string, body: Buffer, reply: Reply) => void;

export const created = '201 Created';
export const conflict = '409 Conflict';
export const unprocessable = '422 Unprocessable Content';

const bodyBytesMax = 16 * 1024;
const attemptsMax = 5;

export function serve(path: string, handle: Handler): Promise<Front> {
  const app = uWS.App();
  app.post(path, (response, request) => take(response, request.getHeader('onhand-buyer'), handle)); // W1
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

function take(response: HttpResponse, buyer: string, handle: Handler): void {
  let open = true;
  response.onAborted(() => {
    open = false; // W2
  });
  const reply: Reply = (status, body) => {
    if (!open) return;
    open = false;
    response.cork(() => {
      response.writeStatus(status).writeHeader('content-type', 'application/json').end(body); // W3
    });
  };
  let earlier: Buffer | null = null;
  response.onData((chunk, isLast) => {
    const piece = Buffer.from(chunk);
    const sizeBytes = piece.length + (earlier?.length ?? 0);
    if (sizeBytes > bodyBytesMax) return reply('413 Content Too Large', '');
    const whole = earlier === null ? piece : Buffer.concat([earlier, piece]);
    if (isLast) handle(buyer, whole, reply);
    else earlier = Buffer.from(whole); // a copy: the chunk is gone when this returns
  });
}

function listen(app: TemplatedApp, port: number): Promise<us_listen_socket | null> {
  return new Promise((resolve) => app.listen('127.0.0.1', port, (socket) => resolve(socket === false ? null : socket)));
}

function close(app: TemplatedApp, listening: us_listen_socket): void {
  uWS.us_listen_socket_close(listening);
  (app as TemplatedApp & { close(): void }).close();
}
