import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownAccount } from '../../services/payments/settings.ts';
import { MemorySettings } from '../../runtime/settings/memory.ts';
import { GatewayWorld } from '../../testing/gateway-world.ts';
import { paymentSettingsRoutes } from './settings-routes.ts';

let world: GatewayWorld;
beforeAll(async () => {
  world = await GatewayWorld.start({ extraRoutes: paymentSettingsRoutes(new MemorySettings(ownAccount)) });
});
afterAll(() => world[Symbol.asyncDispose]());

const path = '/v1/admin/payments/settings';

const unset = { account: null, feeMillionths: 0, keepsUnitsOnDecline: false };

test('a store sets its account, the platform\u2019s share and who keeps units; another store does not see it (I6)', async () => {
  expect((await world.call('GET', path)).body).toEqual(unset);
  const body = { account: 'acct_1', feeMillionths: 25_000, keepsUnitsOnDecline: true };
  expect((await world.call('PUT', path, { body })).body).toEqual(body);
  expect((await world.call('GET', path)).body).toEqual(body);
  expect((await world.call('GET', path, { key: world.second.secretKey })).body).toEqual(unset);
});

test('what is left out is what it was before anybody set it', async () => {
  const body = { account: null, feeMillionths: 0 };
  expect((await world.call('PUT', path, { body })).body).toEqual(unset);
});

test.each([
  [{ account: 'somebody', feeMillionths: 0 }],
  [{ account: null, feeMillionths: 1 }],
  [{ account: 'acct_1', feeMillionths: 1_000_001 }],
  [{ account: 'acct_1', feeMillionths: 0.5 }],
  [{ account: 'acct_1' }],
  [{ account: null, feeMillionths: 0, keepsUnitsOnDecline: 'yes' }],
])('%j is refused', async (body) => {
  expect((await world.call('PUT', path, { body })).body.code).toBe('validation_failed');
});
