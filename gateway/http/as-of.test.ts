/** A look into the past through the gateway. */
import { expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { GatewayWorld } from '../../testing/gateway-world.ts';
import { asOfRoute, type LookBack } from './routes/as-of.ts';

const clock = new ManualClock(Date.parse('2026-03-02T00:00:00Z'));
const asOf = (at: string, sku = 'A') => `/v1/admin/stock/${sku}/as-of?at=${at}`;

test('the question is about the store of the key, whatever else is asked', async () => {
  const asked: Parameters<LookBack>[0][] = [];
  const lookBack: LookBack = async (wish) => {
    asked.push(wish);
    return null;
  };
  await using world = await GatewayWorld.start({ extraRoutes: [asOfRoute({ clock, lookBack })] });
  for (const store of [world.demo, world.second]) {
    const answer = await world.call('GET', `${asOf('2026-03-01T13:00:00+01:00', 'a%2Fb')}&store=${world.demo.storeId}`, {
      key: store.secretKey,
    });
    expect(answer).toMatchObject({ status: 404, body: { code: 'sku_unknown' } });
  }
  const at = Date.parse('2026-03-01T12:00:00Z');
  expect(asked).toEqual([world.demo, world.second].map(({ storeId }) => ({ store: storeId, sku: 'a/b', at })));
  for (const key of [world.demo.publishableKey, '', 'sk_nobody'])
    expect((await world.call('GET', asOf('2026-03-01T12:00:00Z'), { key })).status).toBeGreaterThanOrEqual(401);
  expect(asked).toHaveLength(2);
});

test.each(['', 'yesterday', '1772366400000', '2026-03-01T12:00:00', '2026-02-30T12:00:00Z', '2026-03-02T00:00:01Z'])(
  'at=%s is refused with what was expected',
  async (at) => {
    const lookBack: LookBack = () => Promise.reject(new Error('nobody looks'));
    await using world = await GatewayWorld.start({ extraRoutes: [asOfRoute({ clock, lookBack })] });
    const answer = await world.call('GET', asOf(at));
    expect(answer).toMatchObject({ status: 400, body: { code: 'query_invalid', errors: [{ pointer: 'at' }] } });
    expect((await world.call('GET', '/v1/admin/stock/A/as-of')).status).toBe(400);
  },
);

test('one look at a time: who comes meanwhile is told when to come again, and is served then', async () => {
  let finish: () => void = () => {};
  const finished = new Promise<null>((resolve) => (finish = () => resolve(null)));
  let began: () => void = () => {};
  const begun = new Promise<void>((resolve) => (began = resolve));
  const lookBack: LookBack = () => {
    began();
    return finished;
  };
  await using world = await GatewayWorld.start({ extraRoutes: [asOfRoute({ clock, lookBack })] });
  const first = world.call('GET', asOf('2026-03-01T12:00:00Z'));
  await begun;
  const refused = await world.call('GET', asOf('2026-03-01T12:00:00Z'), { key: world.second.secretKey });
  expect(refused).toMatchObject({ status: 503, body: { code: 'overloaded' } });
  expect(refused.headers.get('retry-after')).toBe('5');
  finish();
  expect((await first).status).toBe(404);
  expect((await world.call('GET', asOf('2026-03-01T12:00:00Z'))).status).toBe(404);
});

test('a look that breaks off leaves the way free for the next', async () => {
  let broken = true;
  const lookBack: LookBack = async () => {
    if (broken) throw new Error('a damaged log');
    return null;
  };
  await using world = await GatewayWorld.start({ extraRoutes: [asOfRoute({ clock, lookBack })] });
  expect((await world.call('GET', asOf('2026-03-01T12:00:00Z'))).status).toBe(500);
  broken = false;
  expect((await world.call('GET', asOf('2026-03-01T12:00:00Z'))).status).toBe(404);
});
