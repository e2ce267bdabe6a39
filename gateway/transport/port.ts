/**
 * What the gateway asks of an HTTP and WebSocket server, in its own words. `uws.ts` is the only file that
 * knows uWebSockets.js.
 */

/** Headers that the gateway reads. Absent ones are ''. */
export interface RequestHeaders {
  readonly authorization: string;
  readonly buyer: string;
  readonly idempotencyKey: string;
  readonly contentType: string;
  /** Not read below `holdPaths`. */
  readonly ifMatch: string;
  readonly ifNoneMatch: string;
  readonly traceparent: string;
  readonly origin: string;
  readonly host: string;
  /** `Stripe-Signature`; read only below `signedPaths`. */
  readonly signature: string;
  /** `Onhand-Attempt`; read only at `attemptPath`. */
  readonly attempt: string;
}

/** Where somebody else's signed messages come in: nobody else pays for reading one more header. */
export const signedPaths = '/v1/webhooks/';
/** Where nothing is compared with what the client saw last: `If-Match` is not read. */
export const holdPaths = '/v1/holds';

/** Where a client may say which try under its key a request is. */
export const attemptPath = '/v1/checkouts';

export interface IncomingRequest {
  /** Upper case. */
  readonly method: string;
  /** As sent: still percent-encoded, without the query. */
  readonly path: string;
  /** After the `?`, or ''. */
  readonly query: string;
  readonly headers: RequestHeaders;
}

export interface Answer {
  readonly status: number;
  /** name, value, name, value … */
  readonly headers: readonly string[];
  readonly body: string | Uint8Array;
}

export type BodyResult =
  /** Valid only during the call. */
  { readonly kind: 'body'; readonly bytes: Buffer } | { readonly kind: 'too_large' };

/** One request and its one answer. */
export interface Exchange {
  readonly request: IncomingRequest;
  /** The client has gone: answering does nothing. */
  readonly aborted: boolean;
  remoteAddress(): string;
  /** At most once, in the same turn as the request came. Not called when the client goes away. */
  readBody(bytesMax: number, done: (result: BodyResult) => void): void;
  /** At most once. */
  respond(answer: Answer): void;
}

export type SendResult =
  | 'sent'
  /** Taken, but the client is behind: wait for `drained`. */
  | 'buffered'
  /** Not taken: too much is waiting for this client. */
  | 'dropped'
  | 'closed';

export interface LiveSocket {
  send(message: string | Uint8Array): SendResult;
  /** Says goodbye; `closed` is called. */
  close(code: number, reason: string): void;
}

export interface LiveSocketHandler {
  /** `text` is null for binary messages; longer than `bytesMax` comes as null with its size, too. */
  message(text: string | null, sizeBytes: number): void;
  drained(): void;
  closed(code: number): void;
}

export interface TransportHandlers {
  request(exchange: Exchange): void;
  /** An answer refuses the upgrade; a function accepts it. */
  upgrade(request: IncomingRequest, remoteAddress: string): Answer | ((socket: LiveSocket) => LiveSocketHandler);
}

/** A path without parameters. */
export interface HotPath {
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

export interface TransportOptions {
  readonly host: string;
  readonly port: number;
  /** What is asked for most: found by the transport itself, instead of telling method and path anew for every request. */
  readonly hotPaths: readonly HotPath[];
  readonly livePath: string;
  /** Messages up to here are read, longer ones are reported by size alone. */
  readonly messageBytesMax: number;
  /** Beyond this the connection is cut while the message is still coming in. */
  readonly messageBytesCut: number;
  readonly backpressureBytesMax: number;
  /** Serve with the slow JavaScript build if the native one does not load. */
  readonly allowSlowBuild: boolean;
}

export interface Transport {
  readonly host: string;
  readonly port: number;
  readonly build: 'native' | 'slow';
  /** New connections are refused; those that exist go on, and each answer ends its connection. */
  stopAccepting(): void;
  close(): void;
}

/** Throws `TransportStartFailed`. */
export type StartTransport = (options: TransportOptions, handlers: TransportHandlers) => Promise<Transport>;

export class TransportStartFailed extends Error {
  override readonly name = 'TransportStartFailed';
  readonly reason: 'port_in_use' | 'address_unusable' | 'native_build_missing';

  constructor(reason: TransportStartFailed['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}
