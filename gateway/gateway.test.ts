/** Start, drain, and what is true of every answer. */
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Registry } from 'prom-client';
import { currencies, minorDigitsOf } from '../actors/kernel/index.ts';
import { FixedRouter, GatewayWorld } from '../testing/gateway-world.ts';
import { LiveClient } from '../testing/live-client.ts';
import type { Outcome, Router } from '../runtime/router/port.ts';
import { until } from '../testing/until.ts';
import { TransportStartFailed } from './gateway.ts';
import { bootJsonOf } from './pages/page.fixture.ts';

let world: GatewayWorld;
beforeAll(async () => {
  world = await GatewayWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

describe('start', () => {
  test('the native build serves', () => {
    expect(world.gateway.transport).toBe('native');
    expect(world.gateway.url).toBe(`http://127.0.0.1:${world.gateway.port}`);
  });

  test.each(['another gateway', 'another program'])('a port that %s has is refused with the flag to change', async (who) => {
    const { port, end } = who === 'another gateway' ? { port: world.gateway.port, end: () => {} } : await occupied();
    const failure: unknown = await world.startGateway({ port, registry: new Registry() }).catch((cause: unknown) => cause);
    end();
    expect(failure).toBeInstanceOf(TransportStartFailed);
    expect(failure).toMatchObject({
      reason: 'port_in_use',
      message: `port ${port} on 127.0.0.1 is in use: choose another with --port or PORT, or end the program that has it`,
    });
  });

  test('an address that is not of this machine is refused with the flag to change', async () => {
    const failure: unknown = await world.startGateway({ host: '192.0.2.1', registry: new Registry() }).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ reason: 'address_unusable', message: expect.stringContaining('--host') });
  });
});

function occupied(): Promise<{ port: number; end: () => void }> {
  return new Promise((resolve) => {
    const server: Server = createServer().listen(0, '127.0.0.1', () =>
      resolve({ port: (server.address() as { port: number }).port, end: () => server.close() }),
    );
  });
}

describe('probes', () => {
  test('health, liveness and readiness', async () => {
    for (const path of ['/healthz', '/livez'])
      expect(await world.call('GET', path, { key: '' })).toMatchObject({ status: 200, body: { status: 'ok' } });
    const ready = await world.call('GET', '/readyz', { key: '' });
    expect(ready).toMatchObject({
      status: 200,
      body: { ready: true, durability: 'memory: survives nothing', adapters: { log: 'memory' }, incarnation: 'one', transport: 'native' },
    });
  });

  test('while the runtime is not ready, readiness says why', async () => {
    world.readiness = { ready: false, why: 'shard 3 is replaying', shards: [{ shard: 3, phase: 'replaying' }] };
    const answer = await world.call('GET', '/readyz', { key: '' });
    world.readiness = { ready: true };
    expect(answer).toMatchObject({ status: 503, body: { ready: false, why: 'shard 3 is replaying', shards: [{ shard: 3 }] } });
  });

  test('metrics tell routes, codes and sockets apart', async () => {
    await world.call('GET', '/v1/stock?sku=a');
    await world.call('GET', '/v1/nothing');
    const { body } = await world.call('GET', '/metrics', { key: '' });
    expect(body.text).toContain('onhand_http_answers_total{method="GET",route="/v1/stock",code="ok"}');
    expect(body.text).toContain('onhand_http_answers_total{method="GET",route="(none)",code="route_unknown"}');
    expect(body.text).toContain('onhand_http_request_seconds_bucket{le="0.001",method="GET",route="/v1/stock",status="200",code="ok"}');
    expect(body.text).toContain('onhand_live_sockets 0');
  });
});

describe('every answer', () => {
  test('echoes a valid traceparent and makes one otherwise', async () => {
    const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect((await world.call('GET', '/healthz', { headers: { traceparent: given } })).headers.get('traceparent')).toBe(given);
    for (const headers of [{}, { traceparent: 'nonsense' }, { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` }]) {
      expect((await world.call('GET', '/healthz', { headers })).headers.get('traceparent')).toMatch(
        /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/,
      );
    }
  });

  test('to a browser of another origin may be read there; keys are in headers, so any origin may ask', async () => {
    const answer = await world.call('GET', '/v1/stock?sku=a', { headers: { origin: 'https://shop.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const preflight = await world.call('OPTIONS', '/v1/holds', { key: '' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toBe('POST, OPTIONS');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('idempotency-key');
  });

  test('to HEAD is that of GET without its body', async () => {
    const answer = await world.call('HEAD', '/healthz');
    expect([answer.status, answer.headers.get('content-length'), answer.body.text]).toEqual([200, '15', '']);
  });
});

describe('pages', () => {
  test('a bare host shows the demo store, with its publishable key and no other', async () => {
    const { status, headers, body } = await world.call('GET', '/', { key: '' });
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(body.text).toContain(world.demo.publishableKey);
    expect(body.text).not.toContain('sk_');
    expect(body.text).not.toContain(world.second.publishableKey);
  });

  test('a page is told how many digits the minor unit of every currency has', async () => {
    const { body } = await world.call('GET', '/admin', { key: '' });
    const { minorDigits } = JSON.parse(bootJsonOf(String(body.text))) as { minorDigits: unknown };
    expect(minorDigits).toEqual(Object.fromEntries(currencies.map((currency) => [currency, minorDigitsOf(currency)])));
  });

  test('a file is sent once and then found unchanged', async () => {
    const file = await world.call('GET', '/assets/base.css', { key: '' });
    expect(file.headers.get('content-type')).toContain('text/css');
    const again = await fetch(`${world.gateway.url}/assets/base.css`, { headers: { 'if-none-match': file.headers.get('etag')! } });
    expect(again.status).toBe(304);
    expect((await world.call('GET', '/assets/../gateway.ts', { key: '' })).status).toBe(404);
    expect((await world.call('GET', '/assets/..%2fgateway.ts', { key: '' })).status).toBe(404);
  });
});

/** Keeps every answer back until told. */
class HeldBackRouter implements Router {
  readonly waiting: (() => void)[] = [];
  readonly #router: Router;

  constructor(router: Router) {
    this.#router = router;
  }

  send(...[envelope, answer]: Parameters<Router['send']>): void {
    this.#router.send(envelope, (outcome: Outcome) => this.waiting.push(() => answer(outcome)));
  }
}

describe('drain', () => {
  const unavailable = { kind: 'unavailable', code: 'not_ready', retryAfterMs: 1 } as const;

  test('what is under way is answered, nothing new is taken, sockets are told when to come back', async () => {
    const held = new HeldBackRouter(new FixedRouter(unavailable));
    const own = await GatewayWorld.start({ router: () => held });
    try {
      const clients = await Promise.all(Array.from({ length: 3 }, () => LiveClient.greeted(own.gateway.url, own.demo.publishableKey)));
      const underWay = own.call('GET', '/v1/stock?sku=a');
      await until(
        'the request is under way',
        () => held.waiting.length,
        (count) => count === 1,
      );
      const drained = own.gateway.drain();
      const ends = await Promise.all(clients.map((client) => client.end()));
      expect(ends.map(({ code }) => code)).toEqual([1012, 1012, 1012]);
      const moments = ends.map(({ reason }) => Number(/^reconnect_in_ms=(\d+)$/.exec(reason)?.[1]));
      expect(new Set(moments).size).toBe(3); // not all at once
      await expect(fetch(`${own.gateway.url}/healthz`, { headers: { connection: 'close' } })).rejects.toThrow();
      held.waiting.pop()!();
      const answer = await underWay;
      expect([answer.status, answer.headers.get('connection')]).toEqual([503, 'close']);
      expect(await drained).toMatchObject({ unanswered: 0 });
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });

  test('what is not answered in time is given up and counted', async () => {
    const held = new HeldBackRouter(new FixedRouter(unavailable));
    const own = await GatewayWorld.start({ router: () => held, drainWithinMs: 1_000 });
    try {
      const lost = own.call('GET', '/v1/stock?sku=a').catch(() => 'lost');
      await until(
        'the request is under way',
        () => held.waiting.length,
        (count) => count === 1,
      );
      const drained = own.gateway.drain();
      await own.clock.advance(1_000);
      expect(await drained).toEqual({ unanswered: 1, tookMs: 1_000 });
      await own.gateway.close();
      expect(await lost).toBe('lost');
      held.waiting.pop()!(); // an answer after the end hurts nobody
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });
});
