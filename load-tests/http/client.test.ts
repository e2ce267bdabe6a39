import { type Server, type Socket, createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpClient, encodeRequest, parseTarget } from './client.ts';
import { ResponseParser, ResponseUnreadable } from './response-parser.ts';

const address = { host: '127.0.0.1', port: 1 };

describe('the reading of responses', () => {
  const plain = 'HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX-A: b\r\n\r\n{"ü"}'.replace('5', String(Buffer.byteLength('{"ü"}')));
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\nabc\r\n2\r\nde\r\n0\r\n\r\n';
  const bodyless = 'HTTP/1.1 204 No Content\r\n\r\n';

  it('is the same however the bytes are cut', () => {
    const bytes = Buffer.from(plain + chunked + bodyless + plain);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 8 }), (cuts) => {
        const parser = new ResponseParser();
        const edges = [0, ...[...new Set(cuts)].sort((one, other) => one - other), bytes.length];
        const responses = edges.slice(1).flatMap((edge, index) => parser.push(bytes.subarray(edges[index], edge)));
        expect(responses.map(({ status, body }) => [status, body])).toEqual([
          [201, '{"ü"}'],
          [200, 'abcde'],
          [204, ''],
          [201, '{"ü"}'],
        ]);
        expect(responses[0]?.headers.get('x-a')).toBe('b');
      }),
    );
  });

  it.each([
    ['something that is not HTTP', 'SSH-2.0-x\r\n\r\n'],
    ['a body without a length', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['a chunk without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
    ['a header without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'],
    ['an endless head', 'x'.repeat(70_000)],
  ])('refuses %s', (_, text) => {
    expect(() => new ResponseParser().push(Buffer.from(text))).toThrow(ResponseUnreadable);
  });
});

describe('a request', () => {
  it('says its length in bytes and ends its head', () => {
    expect(encodeRequest(address, { method: 'POST', path: '/a', headers: { K: 'v' }, body: { name: 'ü' } })).toBe(
      'POST /a HTTP/1.1\r\nHost: 127.0.0.1:1\r\nK: v\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"name":"ü"}',
    );
    expect(encodeRequest(address, { method: 'DELETE', path: '/a' })).toContain('Content-Length: 0\r\n\r\n');
  });

  it('with a line end in a header is refused', () => {
    expect(() => encodeRequest(address, { method: 'GET', path: '/', headers: { K: 'a\r\nB: c' } })).toThrow('would break');
  });

  it('goes to plain http targets alone', () => {
    expect(parseTarget('http://shop.test:81')).toEqual({ host: 'shop.test', port: 81 });
    expect(() => parseTarget('https://shop.test')).toThrow('https:');
  });
});

/** A server that hands every request it receives to the test. */
async function listen(
  answer: (socket: Socket, request: string) => void,
): Promise<{ server: Server; client: HttpClient } & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => answer(socket, String(data)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = new HttpClient({ address: { host: '127.0.0.1', port }, connectionsMax: 2, waitingMax: 3, timeoutMs: 5_000 });
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      client.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('the client', () => {
  it('keeps connections and sends one request at a time on each', async () => {
    const sockets = new Set<Socket>();
    let most = 0;
    let now = 0;
    await using world = await listen((socket) => {
      sockets.add(socket);
      most = Math.max(most, (now += 1));
      setImmediate(() => {
        now -= 1;
        socket.write(ok);
      });
    });
    for (let round = 0; round < 5; round += 1) {
      const outcomes = await Promise.all([1, 2, 3].map(() => world.client.request({ method: 'GET', path: '/' })));
      expect(outcomes.map((outcome) => outcome.kind)).toEqual(['answered', 'answered', 'answered']);
    }
    expect(sockets.size).toBeLessThanOrEqual(2);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('reports a closed connection and an unreadable answer as lost after sending, and goes on with a new one', async () => {
    const answers = ['', 'garbage\r\n\r\n', ok];
    await using world = await listen((socket) => {
      const answer = answers.shift() ?? ok;
      if (answer === '') socket.destroy();
      else socket.write(answer);
    });
    const ask = () => world.client.request({ method: 'GET', path: '/' });
    expect(await ask()).toMatchObject({ kind: 'lost', reason: 'closed', sent: true });
    expect(await ask()).toMatchObject({ kind: 'lost', reason: 'unreadable', sent: true });
    expect(await ask()).toMatchObject({ kind: 'answered', status: 200, body: 'ok' });
  });

  it('gives up waiting after the time of the request', async () => {
    await using world = await listen(() => undefined);
    expect(await world.client.request({ method: 'GET', path: '/', timeoutMs: 5 })).toMatchObject({
      kind: 'lost',
      reason: 'timeout',
      sent: true,
    });
  });

  it('reports a server that is not there as lost before sending', async () => {
    const world = await listen(() => undefined);
    await world[Symbol.asyncDispose]();
    expect(await world.client.request({ method: 'GET', path: '/' })).toMatchObject({ kind: 'lost', reason: 'unreachable', sent: false });
  });

  it('sends in order, urgent requests before the others', async () => {
    const paths: string[] = [];
    await using world = await listen((socket, request) => {
      paths.push(request.split(' ')[1] ?? '');
      setImmediate(() => socket.write(ok));
    });
    const ask = (path: string, urgent: boolean) => world.client.request({ method: 'GET', path, urgent });
    await Promise.all([ask('/busy', false), ask('/busy', false), ask('/1', false), ask('/2', false), ask('/first', true)]);
    expect(paths).toEqual(['/busy', '/busy', '/first', '/1', '/2']);
  });

  it('refuses more waiting requests than its maximum', async () => {
    await using world = await listen(() => undefined);
    const ask = () => world.client.request({ method: 'GET', path: '/', timeoutMs: 20 });
    const asked = [ask(), ask(), ask(), ask(), ask()];
    expect(ask).toThrow('too many requests');
    await Promise.all(asked);
  });
});
