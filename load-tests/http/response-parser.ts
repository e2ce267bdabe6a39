/**
 * Reads HTTP/1.1 responses off a byte stream, however the bytes are cut into chunks. Owns the unread
 * rest of the stream.
 *
 * P1. Every complete response is returned once, in the order in which it arrived.
 * P2. Bytes that are not a response, or a response over the size limits, throw: the connection is lost.
 *
 * Knows Content-Length and chunked bodies and nothing else of HTTP: no redirects, no compression, no
 * body that ends with the connection (a server under test must say how long its answer is).
 */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export class ResponseUnreadable extends Error {
  override readonly name = 'ResponseUnreadable';
}

const headBytesMax = 64 * 1024;
const bodyBytesMax = 16 * 1024 * 1024;
const headEnd = Buffer.from('\r\n\r\n');
const empty = Buffer.alloc(0);

interface Body {
  readonly text: string;
  /** Where in the buffer the next response starts. */
  readonly end: number;
}

export class ResponseParser {
  #rest: Buffer = empty;

  push(chunk: Buffer): HttpResponse[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const responses: HttpResponse[] = [];
    for (let response = this.#next(); response !== null; response = this.#next()) responses.push(response);
    return responses; // P1
  }

  #next(): HttpResponse | null {
    if (this.#rest.length === 0) return null;
    const at = this.#rest.indexOf(headEnd);
    if (at < 0) {
      if (this.#rest.length > headBytesMax) throw new ResponseUnreadable('response head is too long'); // P2
      return null;
    }
    const head = readHead(this.#rest.toString('latin1', 0, at));
    const body = readBody(this.#rest, at + headEnd.length, head.status, head.headers);
    if (body === null) return null;
    this.#rest = body.end === this.#rest.length ? empty : this.#rest.subarray(body.end);
    return { ...head, body: body.text };
  }
}

function readHead(text: string): { status: number; headers: Map<string, string> } {
  const lines = text.split('\r\n');
  const match = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(lines[0] ?? '');
  if (match === null) throw new ResponseUnreadable(`not a status line: ${(lines[0] ?? '').slice(0, 60)}`); // P2
  const headers = new Map<string, string>();
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':');
    if (colon <= 0) throw new ResponseUnreadable(`not a header: ${line.slice(0, 60)}`); // P2
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(match[1]), headers };
}

function readBody(bytes: Buffer, from: number, status: number, headers: ReadonlyMap<string, string>): Body | null {
  if (status < 200 || status === 204 || status === 304) return { text: '', end: from };
  if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') return readChunks(bytes, from);
  const length = Number(headers.get('content-length') ?? Number.NaN);
  if (!Number.isInteger(length) || length < 0 || length > bodyBytesMax) throw new ResponseUnreadable('response without a usable length'); // P2
  const end = from + length;
  return bytes.length < end ? null : { text: bytes.toString('utf8', from, end), end };
}

function readChunks(bytes: Buffer, from: number): Body | null {
  const parts: Buffer[] = [];
  let at = from;
  let total = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at, 'latin1');
    if (lineEnd < 0) return null;
    const sizeText = (bytes.toString('latin1', at, lineEnd).split(';')[0] ?? '').trim();
    if (!/^[0-9a-fA-F]{1,8}$/.test(sizeText)) throw new ResponseUnreadable('not a chunk size'); // P2
    const size = Number.parseInt(sizeText, 16);
    total += size;
    if (total > bodyBytesMax) throw new ResponseUnreadable('response body is too long'); // P2
    const start = lineEnd + 2;
    if (bytes.length < start + size + 2) return null;
    if (size === 0) return { text: Buffer.concat(parts).toString('utf8'), end: start + 2 };
    parts.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}
