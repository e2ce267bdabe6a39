/** Checks of the books through the gateway. */
import { expect, test } from 'vitest';
import { GatewayWorld } from '../../testing/gateway-world.ts';
import { verifyRoute } from './routes/verify.ts';

test('two who check the books at once are answered one after the other', async () => {
  let running = 0;
  const verify = async () => {
    if (++running > 1) throw new Error('a shard cannot stand still twice');
    await new Promise((resolve) => setTimeout(resolve, 20));
    running -= 1;
    return { checked: { skus: 0, holds: 0, orders: 0, frames: 0 }, differences: [], ok: true };
  };
  await using world = await GatewayWorld.start({ extraRoutes: [verifyRoute(verify)] });
  const stores = [world.demo, world.second];
  const answers = await Promise.all(stores.map(({ secretKey }) => world.call('GET', '/v1/admin/verify', { key: secretKey })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const flood = await Promise.all(Array.from({ length: 20 }, () => world.call('GET', '/v1/admin/verify')));
  expect(flood.filter(({ status }) => status === 503).length).toBeGreaterThan(0);
  expect(flood.every(({ status }) => status === 200 || status === 503)).toBe(true);
});
