import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answered, GatewayWorld } from '../../testing/gateway-world.ts';

let world: GatewayWorld;
beforeAll(async () => {
  world = await GatewayWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const post = (path: string, body: unknown, more = {}): Promise<Answered> => world.call('POST', `/v1/admin/${path}`, { body, ...more });

describe('counts', () => {
  test('an SKU with slashes, spaces and other scripts is reached by its percent-encoded path', async () => {
    for (const sku of ['A/B', 'with space', '100%', 'été', '日本', '"quoted"', 'a.b', 'receive']) {
      await world.receive(sku, 3);
      const answer = await world.call('GET', `/v1/admin/stock/${encodeURIComponent(sku)}`);
      expect(answer.body, sku).toMatchObject({ sku, available: 3, levels: [{ location: 'main', onHand: 3 }] });
    }
  });

  test('a count is compared and set by the ETag that was read', async () => {
    await world.receive('cas', 5);
    const read = await world.call('GET', '/v1/admin/stock/cas');
    const etag = read.headers.get('etag')!;
    expect(etag).toBe(`"${String(read.body.countVersion)}"`);
    await world.call('POST', '/v1/holds', { body: { sku: 'cas', quantity: 1 } }); // a hold is no count
    const set = await post('stock/set', { sku: 'cas', onHand: 8 }, { headers: { 'if-match': etag } });
    expect(set).toMatchObject({ status: 200, body: { available: 7, levels: [{ onHand: 8, held: 1 }] } });
    const late = await post('stock/set', { sku: 'cas', onHand: 9 }, { headers: { 'if-match': etag } });
    expect(late).toMatchObject({ status: 412, body: { code: 'version_conflict', countVersion: set.body.countVersion } });
    expect((await post('stock/adjust', { sku: 'cas', delta: -1, reason: 'broken' }, { headers: { 'if-match': '*' } })).status).toBe(200);
  });

  test('the same command again changes nothing and says so', async () => {
    const call = { idempotencyKey: 'receive once' };
    const first = await post('stock/receive', { sku: 'once', quantity: 5 }, call);
    const again = await post('stock/receive', { sku: 'once', quantity: 5 }, call);
    expect(again.headers.get('idempotent-replayed')).toBe('true'); // I5
    expect([first.body.version, again.body.version]).toEqual([1, 1]);
    expect((await post('stock/receive', { sku: 'once', quantity: 6 }, call)).body.code).toBe('idempotency_key_reused');
    expect((await post('stock/receive', { sku: 'another', quantity: 6 }, call)).status).toBe(200); // the SKU is part of the scope
    expect((await post('stock/receive', { sku: 'once', quantity: 5 }, { ...call, key: world.second.secretKey })).status).toBe(200); // and so is the store
    expect((await world.books('once'))?.available).toBe(5);
  });

  test('goods return, expected ones are announced, and units move between locations', async () => {
    await world.call('PUT', '/v1/admin/locations/depot', { body: { name: 'Depot', rank: 5 } });
    await world.receive('moves', 10);
    await post('stock/transfer', { sku: 'moves', from: 'main', to: 'depot', quantity: 4 });
    await post('stock/expect', { sku: 'moves', quantity: 20, location: 'depot' });
    await post('stock/receive', { sku: 'moves', quantity: 5, location: 'depot', fromIncoming: true });
    const { body } = await post('stock/return', { sku: 'moves', quantity: 1, condition: 'damaged' });
    expect(body).toMatchObject({
      available: 15,
      incoming: 15,
      levels: [
        { location: 'depot', onHand: 9, incoming: 15 },
        { location: 'main', onHand: 7, damaged: 1, available: 6 },
      ],
    });
    expect((await post('stock/transfer', { sku: 'moves', from: 'main', to: 'main', quantity: 1 })).body.code).toBe('validation_failed');
  });

  test('settings that are named change, the others stay; without a key of its own each PUT is a new command', async () => {
    await world.receive('set up', 10);
    const path = '/v1/admin/stock/set%20up/settings';
    await world.call('PUT', path, { body: { safetyStock: { main: 4 } } });
    const { body } = await world.call('PUT', path, { body: { policy: 'continue', lowStockThreshold: 2 } });
    expect(body).toMatchObject({ available: 6, settings: { policy: 'continue', lowStockThreshold: 2, safetyStock: { main: 4 } } });
    expect((await world.call('PUT', path, { body: {} })).body.code).toBe('validation_failed');
    expect((await world.call('PUT', path, { body: { safetyStock: { 'not a location!': 1 } } })).body.code).toBe('validation_failed');
  });

  test('units set aside for a sale are sold to it alone, and come back', async () => {
    await world.receive('drop', 10);
    expect((await post('stock/allot', { sku: 'drop', sale: 'spring', quantity: 6 })).body).toMatchObject({
      sale: 'spring',
      allotted: 6,
      available: 4,
    });
    expect((await world.call('POST', '/v1/holds', { body: { sku: 'drop', quantity: 5 } })).body).toMatchObject({
      code: 'insufficient_stock',
      final: false,
    });
    expect((await world.call('POST', '/v1/holds', { body: { sku: 'drop', quantity: 5, sale: 'spring' } })).status).toBe(201);
    expect((await post('stock/take-back', { sku: 'drop', sale: 'spring' })).body).toMatchObject({ allotted: 0, available: 5 });
  });
});

describe('bulk', () => {
  test('known SKUs are set, unknown ones reported, and a repeat repeats nothing', async () => {
    await world.receive('b1', 1);
    await world.receive('b2', 1);
    const items = [
      { sku: 'b1', onHand: 10 },
      { sku: 'b3', onHand: 10 },
      { sku: 'b2', onHand: 0 },
    ];
    const first = await post('stock/bulk', { items }, { idempotencyKey: 'bulk' });
    expect(first).toMatchObject({
      status: 200,
      body: {
        set: 2,
        unknown: ['b3'],
        results: [
          { sku: 'b1', status: 'set', onHand: 10 },
          { sku: 'b3', status: 'refused', code: 'sku_unknown' },
          { sku: 'b2', status: 'set', onHand: 0 },
        ],
      },
    });
    await world.receive('b1', 5);
    await post('stock/bulk', { items }, { idempotencyKey: 'bulk' });
    expect([(await world.books('b1'))?.available, (await world.books('b2'))?.available, await world.books('b3')]).toEqual([15, 0, null]); // I5
  });

  test('a thousand at once', async () => {
    const items = Array.from({ length: 1_000 }, (_, index) => ({ sku: `bulk-${index}`, onHand: index }));
    expect((await post('stock/bulk', { items })).body).toMatchObject({ set: 0 });
    expect((await post('stock/bulk', { items: [...items, { sku: 'more', onHand: 1 }] })).status).toBe(422);
  });

  test('a location nobody made stops it before anything is set', async () => {
    await world.receive('b4', 1);
    expect(
      (
        await post('stock/bulk', {
          items: [
            { sku: 'b4', onHand: 9 },
            { sku: 'b4', onHand: 9, location: 'moon' },
          ],
        })
      ).body.code,
    ).toBe('location_unknown');
    expect((await world.books('b4'))?.available).toBe(1);
  });
});

describe('movements', () => {
  test('pages follow each other by cursor to the end', async () => {
    world.movements.items = Array.from({ length: 5 }, (_, index) => ({
      version: index + 1,
      location: 'main',
      kind: 'received',
      quantity: 1,
      reason: null,
      commandId: null,
      holdId: null,
      at: 1_700_000_000_000,
    }));
    const seen: number[] = [];
    let cursor = '';
    do {
      const { body } = await world.call('GET', `/v1/admin/stock/x/movements?limit=2${cursor}`);
      seen.push(...body.items.map(({ version }) => version));
      cursor = body.next === null ? '' : `&cursor=${body.next}`;
    } while (cursor !== '');
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect((await world.call('GET', '/v1/admin/stock/x/movements')).body).toMatchObject({
      items: [{ at: '2023-11-14T22:13:20.000Z' }, {}, {}, {}, {}],
      next: null,
    });
  });

  test.each(['limit=501', 'limit=-1', 'limit=x'])('%s is refused', async (query) => {
    expect((await world.call('GET', `/v1/admin/stock/x/movements?${query}`)).body.code).toBe('query_invalid');
  });
});

describe('locations', () => {
  test('are made, changed and listed by rank; units are taken from the nearest', async () => {
    const key = world.second.secretKey;
    const put = (id: string, body: unknown): Promise<Answered> => world.call('PUT', `/v1/admin/locations/${id}`, { key, body });
    expect((await put('berlin', { name: 'Berlin', rank: 2, latitude: 52.52, longitude: 13.405 })).body).toEqual({
      id: 'berlin',
      name: 'Berlin',
      rank: 2,
      latitude: 52.52,
      longitude: 13.405,
    });
    await put('paris', { name: 'Paris', rank: 1, latitude: 48.857, longitude: 2.352 });
    const { body } = await world.call('GET', '/v1/admin/locations', { key });
    expect(body.items).toMatchObject([{ id: 'main' }, { id: 'paris' }, { id: 'berlin' }]);
    for (const location of ['paris', 'berlin']) await post('stock/receive', { sku: 'near', quantity: 1, location }, { key });
    const hold = (shipTo?: unknown): Promise<Answered> =>
      world.call('POST', '/v1/holds', { key, body: { sku: 'near', quantity: 1, shipTo } });
    await hold({ latitude: 52.4, longitude: 13.1 }); // Potsdam
    expect((await world.books('near', world.second))?.levels).toMatchObject([
      { location: 'berlin', held: 1 },
      { location: 'paris', held: 0 },
    ]);
    expect((await put('no%20good', { name: 'x' })).body.code).toBe('validation_failed');
    expect((await put('half', { name: 'x', latitude: 1 })).body.code).toBe('validation_failed');
  });
});
