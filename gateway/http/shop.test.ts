import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GatewayWorld } from '../../testing/gateway-world.ts';

let world: GatewayWorld;
beforeAll(async () => {
  world = await GatewayWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

describe('stock', () => {
  test('what was received can be read, with the time and the place in the log', async () => {
    await world.receive('A/B 1', 7);
    const answer = await world.call('GET', '/v1/stock?sku=A%2FB%201&sku=nothing', { key: world.demo.publishableKey });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ items: [{ sku: 'A/B 1', available: 7, version: 1 }], unknown: ['nothing'] });
    expect(answer.body.items[0]?.asOf).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(answer.body.serverTime).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    const one = await world.call('GET', '/v1/stock?sku=A%2FB%201', { key: world.demo.publishableKey });
    expect(one.headers.get('onhand-position')).toMatch(/^one\.\d+\.\d+\.\d+\.\d+$/);
  });

  test('the other store sees none of it', async () => {
    await world.receive('mine', 5);
    const answer = await world.call('GET', '/v1/stock?sku=mine', { key: world.second.publishableKey });
    expect(answer.body).toMatchObject({ items: [], unknown: ['mine'] }); // I6
  });
});

describe('holds of one line', () => {
  test('a hold takes units, a retry finds it again, a release gives them back', async () => {
    await world.receive('one', 3);
    const buyer = await world.newBuyer();
    const call = { key: world.demo.publishableKey, buyer, idempotencyKey: 'retry me', body: { sku: 'one', quantity: 2, ttlSeconds: 60 } };
    const held = await world.call('POST', '/v1/holds', call);
    expect(held.status).toBe(201);
    expect(held.body).toMatchObject({ lines: [{ sku: 'one', quantity: 2 }], status: 'held' });
    expect(Date.parse(held.body.expiresAt) - Date.parse(held.body.serverTime)).toBe(60_000);
    const again = await world.call('POST', '/v1/holds', call);
    expect(again.status).toBe(201); // I5
    expect(again.body.holdId).toBe(held.body.holdId);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await world.books('one'))?.available).toBe(1);
    const path = `/v1/holds/${held.body.holdId}`;
    expect((await world.call('GET', path, { key: world.demo.publishableKey, buyer })).body).toMatchObject({ status: 'held' });
    expect((await world.call('DELETE', path, { key: world.demo.publishableKey, buyer })).body).toMatchObject({ status: 'released' });
    expect((await world.books('one'))?.available).toBe(3);
  });

  test('lines with one line take the same fast path and the same key', async () => {
    await world.receive('fast', 3);
    const buyer = await world.newBuyer();
    const call = { key: world.demo.publishableKey, buyer, idempotencyKey: 'same' };
    const one = await world.call('POST', '/v1/holds', { ...call, body: { sku: 'fast', quantity: 1 } });
    const lines = await world.call('POST', '/v1/holds', { ...call, body: { lines: [{ sku: 'fast', quantity: 1 }] } });
    expect(lines.body.holdId).toBe(one.body.holdId);
    expect(lines.body.lines).toEqual([{ sku: 'fast', quantity: 1 }]);
  });

  test('an extension moves the end, a commit sells, fulfilment ships', async () => {
    await world.receive('life', 3);
    const buyer = await world.newBuyer();
    const shopper = { key: world.demo.publishableKey, buyer };
    const { body: held } = await world.call('POST', '/v1/holds', { ...shopper, body: { sku: 'life', quantity: 2, ttlSeconds: 60 } });
    const extended = await world.call('POST', `/v1/holds/${held.holdId}/extend`, { ...shopper, body: { ttlSeconds: 600 } });
    expect(extended.status).toBe(200);
    expect(Date.parse(extended.body.expiresAt)).toBeGreaterThan(Date.parse(held.expiresAt));
    const committed = await world.call('POST', `/v1/holds/${held.holdId}/commit`, shopper); // the demo store lets buyers
    expect(committed.body).toMatchObject({ status: 'committed', remaining: 2 });
    const fulfilled = await world.call('POST', '/v1/admin/stock/fulfil', { body: { holdId: held.holdId, quantity: 1 } });
    expect(fulfilled.body).toMatchObject({ remaining: 1 });
    const uncommitted = await world.call('POST', '/v1/admin/stock/uncommit', { body: { holdId: held.holdId } });
    expect(uncommitted.status).toBe(200);
    expect(await world.books('life')).toMatchObject({ available: 2, levels: [{ onHand: 2, committed: 0, held: 0 }] });
  });

  test('too little stock is refused with what there is', async () => {
    await world.receive('few', 1);
    const answer = await world.call('POST', '/v1/holds', { body: { sku: 'few', quantity: 2 } });
    expect(answer.status).toBe(409);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ code: 'insufficient_stock', status: 409, sku: 'few', available: 1, held: 0, final: true });
  });

  test('a hold ends by itself', async () => {
    await world.receive('brief', 1);
    const { body: held } = await world.call('POST', '/v1/holds', { body: { sku: 'brief', quantity: 1, ttlSeconds: 5 } });
    await world.clock.advance(6_000);
    expect((await world.call('GET', `/v1/holds/${held.holdId}`)).body).toMatchObject({ status: 'expired' }); // I9
    expect((await world.books('brief'))?.available).toBe(1);
  });
});

describe('holds of several lines', () => {
  test('all lines are held, committed and shipped', async () => {
    await world.receive('m1', 5);
    await world.receive('m2', 5);
    const held = await world.call('POST', '/v1/holds', {
      body: {
        lines: [
          { sku: 'm1', quantity: 2 },
          { sku: 'm2', quantity: 1 },
          { sku: 'm1', quantity: 1 },
        ],
      },
    });
    expect(held.status).toBe(201);
    expect(held.body).toMatchObject({
      status: 'held',
      lines: [
        { sku: 'm1', quantity: 2 },
        { sku: 'm2', quantity: 1 },
        { sku: 'm1', quantity: 1 },
      ],
    });
    expect((await world.books('m1'))?.available).toBe(2);
    expect((await world.call('POST', `/v1/holds/${held.body.holdId}/commit`)).body).toMatchObject({ status: 'committed' });
    expect((await world.call('POST', '/v1/admin/stock/fulfil', { body: { holdId: held.body.holdId, sku: 'm1' } })).status).toBe(200);
    expect(await world.books('m1')).toMatchObject({ levels: [{ onHand: 2, committed: 0 }] });
  });

  test('or none: the line that was refused is named in the words of its SKU', async () => {
    await world.receive('n1', 5);
    await world.receive('n2', 1);
    const answer = await world.call('POST', '/v1/holds', {
      body: {
        lines: [
          { sku: 'n1', quantity: 2 },
          { sku: 'n2', quantity: 2 },
        ],
      },
    });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 'insufficient_stock', sku: 'n2', available: 1, held: 0, final: true });
    expect((await world.books('n1'))?.available).toBe(5);
    const unknown = await world.call('POST', '/v1/holds', {
      body: {
        lines: [
          { sku: 'n1', quantity: 2 },
          { sku: 'n3', quantity: 2 },
        ],
      },
    });
    expect(unknown.status).toBe(404);
    expect(unknown.body).toMatchObject({ code: 'sku_unknown', sku: 'n3' });
  });

  test('a line absorbs the one-line hold of its buyer, whose units count once', async () => {
    await world.receive('a1', 2);
    await world.receive('a2', 2);
    const buyer = await world.newBuyer();
    const shopper = { key: world.demo.publishableKey, buyer };
    const { body: first } = await world.call('POST', '/v1/holds', { ...shopper, body: { sku: 'a1', quantity: 2 } });
    const both = await world.call('POST', '/v1/holds', {
      ...shopper,
      body: {
        lines: [
          { sku: 'a1', quantity: 2, absorbs: first.holdId },
          { sku: 'a2', quantity: 1 },
        ],
      },
    });
    expect(both.status).toBe(201);
    expect((await world.books('a1'))?.available).toBe(0);
  });
});

test('a paused store takes no new hold, answers retries of old ones, and lets holds end', async () => {
  await world.receive('pausing', 5, world.second);
  const admin = { key: world.second.secretKey };
  const taking = { ...admin, idempotencyKey: 'before the pause', body: { sku: 'pausing', quantity: 1 } };
  const { body: held } = await world.call('POST', '/v1/holds', taking);
  expect((await world.call('POST', '/v1/admin/store/pause', admin)).body).toMatchObject({ paused: true });
  const refused = await world.call('POST', '/v1/holds', { ...admin, body: { sku: 'pausing', quantity: 1 } });
  expect(refused.status).toBe(409);
  expect(refused.body.code).toBe('store_paused');
  expect((await world.call('POST', '/v1/holds', taking)).body.holdId).toBe(held.holdId);
  expect((await world.call('POST', `/v1/holds/${held.holdId}/commit`, admin)).body.status).toBe('committed');
  await world.call('POST', '/v1/admin/store/resume', admin);
  expect((await world.call('POST', '/v1/holds', { ...admin, body: { sku: 'pausing', quantity: 1 } })).status).toBe(201);
});

test('a paused store does not call a hold taken that was refused (H3)', async () => {
  await using world = await GatewayWorld.start();
  await world.receive('one', 1);
  const take = {
    idempotencyKey: 'basket',
    body: {
      lines: [
        { sku: 'one', quantity: 1 },
        { sku: 'none', quantity: 1 },
      ],
    },
  };
  expect((await world.call('POST', '/v1/holds', take)).status).toBe(404);
  await world.call('POST', '/v1/admin/store/pause', {});
  const again = await world.call('POST', '/v1/holds', take);
  expect([again.status, again.body.code]).toEqual([409, 'store_paused']);
});
