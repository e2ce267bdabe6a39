/** Bytes out, responses in: what an HTTP client that keeps the rules could not send. */
import { connect, type Socket } from 'node:net';
import { type HttpResponse, ResponseParser } from '../../../load-tests/http/response-parser.ts';

export type RawOutcome =
  | { readonly kind: 'answered'; readonly response: HttpResponse }
  | { readonly kind: 'closed' }
  | { readonly kind: 'silent' };

const silentAfterMs = 15_000;

export interface Asking {
  readonly headOnly: boolean;
  readonly last: boolean;
  /** What says nothing for so long is silent. */
  readonly withinMs?: number;
}

export class RawConnection {
  readonly #socket: Socket;
  #parser = new ResponseParser();
  #hear: ((outcome: RawOutcome) => void) | null = null;
  #headOnly = false;
  #open = true;

  constructor(address: { readonly host: string; readonly port: number }) {
    this.#socket = connect(address.port, address.host);
    this.#socket.on('error', () => {}); // 'close' follows
    this.#socket.on('close', () => {
      this.#open = false;
      this.#hear?.({ kind: 'closed' });
    });
    this.#socket.on('data', (chunk) => this.#read(chunk));
  }

  get open(): boolean {
    return this.#open;
  }

  /** `last`: nothing more will be said on this connection. */
  ask(bytes: Buffer, { headOnly, last, withinMs = silentAfterMs }: Asking): Promise<RawOutcome> {
    this.#headOnly = headOnly;
    return new Promise((resolve) => {
      const silent = setTimeout(() => this.#hear?.({ kind: 'silent' }), withinMs);
      this.#hear = (outcome) => {
        clearTimeout(silent);
        this.#hear = null;
        resolve(outcome);
      };
      if (!this.#open) return this.#hear({ kind: 'closed' });
      if (last) this.#socket.end(bytes);
      else this.#socket.write(bytes);
    });
  }

  end(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const bytes = this.#headOnly
      ? Buffer.from(chunk.toString('latin1').replace(/^content-length: \d+/im, 'content-length: 0'), 'latin1')
      : chunk;
    const [response] = this.#parser.push(bytes);
    if (response !== undefined) this.#hear?.({ kind: 'answered', response });
  }
}
