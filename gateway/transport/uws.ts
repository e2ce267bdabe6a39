/**
 * uWebSockets.js behind the transport port. Owns everything that library is easily hurt by:
 *
 * U1. A request object lives only until its handler returns: everything is read from it at once.
 * U2. Every response has an abort handler; after an abort nothing touches it.
 * U3. One answer per request, corked, also when it comes in a later turn.
 * U4. Body and message buffers are gone when the handler returns; the size of a body is capped here.
 * U5. A WebSocket is not touched after its close event: uWS throws.
 * U6. An answer without a body is finished: else uWS would drop the connection, and the request on it, at the next one.
 * U7. Headers are names and values of our own making, without line ends: uWS writes them as they are.
 *
 * Does not know routes, stores or JSON.
 */
import { createServer } from 'node:net';
import { type HttpRequest, type HttpResponse, type TemplatedApp, type us_listen_socket, type WebSocket } from 'uWebSockets.js';
import uWS from 'uWebSockets.js';
import { assert } from '../../actors/kernel/index.ts';
import { statusLines } from './status-lines.ts';
import {
  type Answer,
  type BodyResult,
  type Exchange,
  type IncomingRequest,
  type LiveSocket,
  type LiveSocketHandler,
  type SendResult,
  type StartTransport,
  type TransportHandlers,
  type TransportOptions,
  TransportStartFailed,
  attemptPath,
  holdPaths,
  signedPaths,
} from './port.ts';

/** A body larger than allowed is read and dropped up to here, so that the client gets to read the 413. */
const drainedBytesMax = 16 * 1024 * 1024;
/** Without it two processes could listen on one port and share its connections. */
const exclusivePort = 1;
const idleTimeoutSeconds = 120;

export const startTransport: StartTransport = async (options, handlers) => {
  // The shim has no `SSLApp`; see DEPENDENCIES in ARCHITECTURE.
  const build = 'SSLApp' in uWS ? 'native' : 'slow';
  if (build === 'slow' && !options.allowSlowBuild) {
    throw new TransportStartFailed(
      'native_build_missing',
      `uWebSockets.js has no native build for Node ${process.version} on ${process.platform}-${process.arch}: use Node 20, or allow the slow JavaScript build`,
    );
  }
  const state = { draining: false };
  const app = uWS.App();
  for (const { method, path } of options.hotPaths) {
    app[method === 'GET' ? 'get' : 'post'](path, (response, request) =>
      handlers.request(new UwsExchange(response, readRequest(request, method, path), state)),
    );
  }
  app.any('/*', (response, request) => {
    const read = readRequest(request, request.getCaseSensitiveMethod(), request.getUrl());
    handlers.request(new UwsExchange(response, read, state));
  });
  serveSockets(app, options, handlers);
  const listening = await listen(app, options);
  const port = uWS.us_socket_local_port(listening);
  let accepting = true;
  const stopAccepting = (): void => {
    if (accepting) uWS.us_listen_socket_close(listening);
    accepting = false;
    state.draining = true;
  };
  return {
    host: options.host,
    port,
    build,
    stopAccepting,
    close() {
      stopAccepting();
      (app as TemplatedApp & { close(): void }).close();
    },
  };
};

function listen(app: TemplatedApp, options: TransportOptions): Promise<us_listen_socket> {
  return new Promise((resolve, reject) => {
    // The types leave out the form with host and options; the library has it.
    const listenWith = app.listen.bind(app) as unknown as (
      host: string,
      port: number,
      options: number,
      done: (socket: us_listen_socket | false) => void,
    ) => void;
    listenWith(options.host, options.port, exclusivePort, (socket) => {
      if (socket !== false) resolve(socket);
      else whyNot(options).then(reject, reject);
    });
  });
}

/** uWS only says that it could not; asking Node for the same address tells why. */
function whyNot({ host, port }: TransportOptions): Promise<TransportStartFailed> {
  return new Promise((resolve) => {
    const probe = createServer();
    const unusable = (cause: string): TransportStartFailed =>
      new TransportStartFailed(
        'address_unusable',
        `cannot listen on ${host}:${port} (${cause}): choose another address with --host or HOST, or another port with --port or PORT`,
      );
    probe.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') resolve(unusable(cause.code ?? cause.message));
      else
        resolve(
          new TransportStartFailed(
            'port_in_use',
            `port ${port} on ${host} is in use: choose another with --port or PORT, or end the program that has it`,
          ),
        );
    });
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(unusable('refused by the transport'))));
  });
}

/** U1. */
function readRequest(request: HttpRequest, method: string, path: string): IncomingRequest {
  const mayHaveBody = method !== 'GET' && method !== 'HEAD';
  return {
    method,
    path,
    query: request.getQuery() ?? '',
    headers: {
      authorization: request.getHeader('authorization'),
      buyer: request.getHeader('onhand-buyer'),
      idempotencyKey: mayHaveBody ? request.getHeader('idempotency-key') : '',
      contentType: mayHaveBody ? request.getHeader('content-type') : '',
      ifMatch: mayHaveBody && !path.startsWith(holdPaths) ? request.getHeader('if-match') : '',
      ifNoneMatch: mayHaveBody ? '' : request.getHeader('if-none-match'),
      traceparent: request.getHeader('traceparent'),
      origin: request.getHeader('origin'),
      host: mayHaveBody ? '' : request.getHeader('host'),
      signature: path.startsWith(signedPaths) ? request.getHeader('stripe-signature') : '',
      attempt: path === attemptPath ? request.getHeader('onhand-attempt') : '',
    },
  };
}

class UwsExchange implements Exchange {
  readonly request: IncomingRequest;
  #response: HttpResponse | null;
  #answered = false;
  /** Part of a body has not come yet: it would be taken for the next request. */
  #bodyOpen = false;
  readonly #state: { readonly draining: boolean };

  constructor(response: HttpResponse, request: IncomingRequest, state: { readonly draining: boolean }) {
    this.request = request;
    this.#response = response;
    this.#state = state;
    response.onAborted(() => {
      this.#response = null; // U2
    });
  }

  get aborted(): boolean {
    return this.#response === null && !this.#answered;
  }

  remoteAddress(): string {
    return this.#response === null ? '' : Buffer.from(this.#response.getRemoteAddressAsText()).toString('latin1');
  }

  readBody(bytesMax: number, done: (result: BodyResult) => void): void {
    if (this.#response === null) return;
    let kept: Buffer[] | null = null;
    let sizeBytes = 0;
    this.#bodyOpen = true;
    this.#response.onData((chunk, isLast) => {
      if (isLast) this.#bodyOpen = false;
      if (this.#answered) return;
      sizeBytes += chunk.byteLength;
      if (sizeBytes > bytesMax) {
        kept = null;
        if (isLast || sizeBytes > drainedBytesMax) done({ kind: 'too_large' });
      } else if (!isLast) {
        (kept ??= []).push(Buffer.from(new Uint8Array(chunk))); // U4: a copy
      } else {
        done({ kind: 'body', bytes: kept === null ? Buffer.from(chunk) : Buffer.concat([...kept, Buffer.from(chunk)]) });
      }
    });
  }

  respond(answer: Answer): void {
    assert(!this.#answered, 'U3: a request is answered once');
    this.#answered = true;
    const response = this.#response;
    if (response === null) return; // U2
    this.#response = null;
    response.cork(() => {
      response.writeStatus(statusLines[answer.status] ?? String(answer.status));
      writeHeaders(response, answer.headers);
      const closeAfter = this.#state.draining || this.#bodyOpen;
      if (this.request.method === 'HEAD') endWithoutBody(response, Buffer.byteLength(answer.body), closeAfter);
      else if (answer.status === 204 || answer.status === 304) endWithoutBody(response, null, closeAfter);
      else response.end(answer.body, closeAfter);
    });
  }
}

/** All at once: a call into uWS costs more than the text of a header (U7). */
function writeHeaders(response: HttpResponse, headers: readonly string[]): void {
  if (headers.length === 0) return;
  let rest = headers[1]!;
  for (let index = 2; index < headers.length; index += 2) rest += `\r\n${headers[index]!}: ${headers[index + 1]!}`;
  response.writeHeader(headers[0]!, rest);
}

/** U6: uWS takes an answer for finished only if it was given no length of a body that does not come. */
function endWithoutBody(response: HttpResponse, lengthBytes: number | null, closeAfter: boolean): void {
  if (closeAfter) return void response.endWithoutBody(lengthBytes ?? 0, true);
  if (lengthBytes !== null) response.writeHeader('content-length', String(lengthBytes));
  response.endWithoutBody();
}

type Accepted = (socket: LiveSocket) => LiveSocketHandler;

interface SocketData {
  readonly accept: Accepted;
  socket: UwsSocket | null;
}

function serveSockets(app: TemplatedApp, options: TransportOptions, handlers: TransportHandlers): void {
  app.ws<SocketData>(options.livePath, {
    maxPayloadLength: options.messageBytesCut,
    maxBackpressure: options.backpressureBytesMax,
    idleTimeout: idleTimeoutSeconds,
    sendPingsAutomatically: true,
    compression: uWS.DISABLED,
    upgrade(response, request, context) {
      const incoming = readRequest(request, 'GET', options.livePath);
      const remote = Buffer.from(response.getRemoteAddressAsText()).toString('latin1');
      const verdict = handlers.upgrade(incoming, remote);
      if (typeof verdict !== 'function') {
        response.onAborted(() => {});
        new UwsExchange(response, incoming, { draining: true }).respond(verdict);
        return;
      }
      const data: SocketData = { accept: verdict, socket: null };
      response.upgrade(
        data,
        request.getHeader('sec-websocket-key'),
        request.getHeader('sec-websocket-protocol'),
        request.getHeader('sec-websocket-extensions'),
        context,
      );
    },
    open(ws) {
      const data = ws.getUserData();
      data.socket = new UwsSocket(ws);
      data.socket.handler = data.accept(data.socket);
    },
    message(ws, message, isBinary) {
      const sizeBytes = message.byteLength;
      const readable = !isBinary && sizeBytes <= options.messageBytesMax;
      ws.getUserData().socket?.handler?.message(readable ? Buffer.from(message).toString('utf8') : null, sizeBytes); // U4
    },
    drain(ws) {
      ws.getUserData().socket?.handler?.drained();
    },
    close(ws, code) {
      const { socket } = ws.getUserData();
      socket?.ended(code);
    },
  });
}

class UwsSocket implements LiveSocket {
  handler: LiveSocketHandler | null = null;
  #ws: WebSocket<SocketData> | null;

  constructor(ws: WebSocket<SocketData>) {
    this.#ws = ws;
  }

  send(message: string | Uint8Array): SendResult {
    if (this.#ws === null) return 'closed'; // U5
    const result = this.#ws.send(message, false, false);
    return result === 1 ? 'sent' : result === 0 ? 'buffered' : 'dropped';
  }

  close(code: number, reason: string): void {
    this.#ws?.end(code, reason);
  }

  ended(code: number): void {
    this.#ws = null; // U5
    this.handler?.closed(code);
    this.handler = null;
  }
}
