import { afterAll, beforeAll, expect, test } from 'vitest';
import { usualCarts } from '../../services/carts/settings.ts';
import { MemorySettings } from '../../runtime/settings/memory.ts';
import { SettingsUnavailable } from '../../runtime/settings/port.ts';
import { GatewayWorld } from '../../testing/gateway-world.ts';
import { cartSettingsRoutes } from './settings-routes.ts';

let world: GatewayWorld;
beforeAll(async () => {
  world = await GatewayWorld.start({ extraRoutes: cartSettingsRoutes(new MemorySettings(usualCarts)) });
});
afterAll(() => world[Symbol.asyncDispose]());

const path = '/v1/admin/carts/settings';

test('a store says how long it keeps carts; another store does not see it (I6)', async () => {
  expect((await world.call('GET', path)).body).toEqual({ expiresAfterDays: 30 });
  const body = { expiresAfterDays: 7 };
  expect((await world.call('PUT', path, { body })).body).toEqual(body);
  expect((await world.call('GET', path)).body).toEqual(body);
  expect((await world.call('GET', path, { key: world.second.secretKey })).body).toEqual({ expiresAfterDays: 30 });
});

test.each([[{}], [{ expiresAfterDays: 0 }], [{ expiresAfterDays: 366 }], [{ expiresAfterDays: 1.5 }], [{ expiresAfterDays: '7' }]])(
  '%j is refused',
  async (body) => {
    expect((await world.call('PUT', path, { body })).body.code).toBe('validation_failed');
  },
);

test('settings that cannot be reached are unavailable, not a fault', async () => {
  const away = () => Promise.reject(new SettingsUnavailable('away'));
  await using shop = await GatewayWorld.start({ extraRoutes: cartSettingsRoutes({ get: away, put: away }) });
  expect((await shop.call('GET', path)).body.code).toBe('rows_unavailable');
  expect((await shop.call('PUT', path, { body: { expiresAfterDays: 7 } })).body.code).toBe('rows_unavailable');
});
