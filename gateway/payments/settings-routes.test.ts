import { afterAll, beforeAll, expect, test } from 'vitest';
import { MemoryPaymentSettings } from '../../services/payments/settings.ts';
import { GatewayWorld } from '../../testing/gateway-world.ts';
import { paymentSettingsRoutes } from './settings-routes.ts';

let world: GatewayWorld;
beforeAll(async () => {
  world = await GatewayWorld.start({ extraRoutes: paymentSettingsRoutes(new MemoryPaymentSettings()) });
});
afterAll(() => world[Symbol.asyncDispose]());

const path = '/v1/admin/payments/settings';

test('a store sets its account and the platform\u2019s share; another store does not see it (I6)', async () => {
  expect((await world.call('GET', path)).body).toEqual({ account: null, feeMillionths: 0 });
  const body = { account: 'acct_1', feeMillionths: 25_000 };
  expect((await world.call('PUT', path, { body })).body).toEqual(body);
  expect((await world.call('GET', path)).body).toEqual(body);
  expect((await world.call('GET', path, { key: world.second.secretKey })).body).toEqual({ account: null, feeMillionths: 0 });
});

test.each([
  [{ account: 'somebody', feeMillionths: 0 }],
  [{ account: null, feeMillionths: 1 }],
  [{ account: 'acct_1', feeMillionths: 1_000_001 }],
  [{ account: 'acct_1', feeMillionths: 0.5 }],
  [{ account: 'acct_1' }],
])('%j is refused', async (body) => {
  expect((await world.call('PUT', path, { body })).body.code).toBe('validation_failed');
});
