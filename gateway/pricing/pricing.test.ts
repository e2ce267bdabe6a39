import { afterAll, beforeAll, expect, test } from 'vitest';
import { couponDefinition } from '../../actors/coupon/index.ts';
import { couponLimits } from '../../actors/coupon/state.ts';
import { systemClock } from '../../runtime/clock.ts';
import { limits } from '../../runtime/limits.ts';
import { MemoryLog } from '../../runtime/log/memory.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { Node } from '../../runtime/node.ts';
import { MemoryRowStore } from '../../runtime/rows/memory.ts';
import { MemoryPricingData } from '../../services/pricing/memory.ts';
import { MemoryShippingData } from '../../services/shipping/memory.ts';
import { GatewayWorld } from '../../testing/gateway-world.ts';
import { pricingRoutes } from './routes.ts';

let world: GatewayWorld;
let node: Node;
beforeAll(async () => {
  const definitions = [couponDefinition];
  node = new Node({
    clusterId: '00000000-0000-4000-8000-000000000001',
    incarnation: 'one',
    shardCount: 1,
    definitions,
    clock: systemClock,
    logger: silentLogger,
    limits,
    log: new MemoryLog({ clock: systemClock }),
    rows: new MemoryRowStore({ kinds: definitions, clock: systemClock }),
  });
  await node.start();
  const routes = pricingRoutes({ router: node, pricing: new MemoryPricingData(), shipping: new MemoryShippingData() });
  world = await GatewayWorld.start({ extraRoutes: routes });
});
afterAll(async () => {
  node.halt();
  await world[Symbol.asyncDispose]();
});

const put = (path: string, body: object) => world.call('PUT', `/v1/admin/${path}`, { body });
const get = async (path: string) => (await world.call('GET', `/v1/admin/${path}`)).body;
const remove = (path: string) => world.call('DELETE', `/v1/admin/${path}`);

test('settings, discounts and tax rates are put, listed, put again and removed', async () => {
  expect((await world.call('GET', '/v1/admin/pricing/settings')).body.code).toBe('configuration_unknown');
  const settings = { currency: 'USD', priceMode: 'tax_excluded' };
  expect((await put('pricing/settings', settings)).body).toEqual(settings);
  expect(await get('pricing/settings')).toEqual(settings);
  const ten = { name: 'Ten off', value: { kind: 'percentage', rateMillionths: 100_000 }, endsAt: '2027-01-01T00:00:00+01:00' };
  for (let times = 0; times < 2; times++) expect((await put('pricing/discounts/ten', ten)).status).toBe(200);
  expect(await get('pricing/discounts')).toEqual({
    items: [
      {
        id: 'ten',
        ...ten,
        target: { kind: 'order' },
        subtotalMinMinor: null,
        combines: false,
        automatic: false,
        startsAt: null,
        endsAt: '2026-12-31T23:00:00.000Z',
      },
    ],
  });
  expect((await put('pricing/tax-rates/wa', { name: 'Sales tax', country: 'US', region: 'WA', rateMillionths: 65_000 })).status).toBe(200);
  expect(await get('pricing/tax-rates')).toMatchObject({ items: [{ id: 'wa', layer: 'standard', taxesShipping: false }] });
  expect((await remove('pricing/tax-rates/wa')).body).toEqual({ id: 'wa', removed: true });
  expect((await remove('pricing/tax-rates/wa')).body.code).toBe('configuration_unknown');
});

test('what is wrong is told field by field, all at once', async () => {
  const answer = await put('pricing/discounts/bad id', { name: 'x', value: { kind: 'amount', amountMinor: 5, currency: 'ZZZ' } });
  expect(answer.status).toBe(422);
  const pointers = (answer.body.errors as { pointer: string }[]).map(({ pointer }) => pointer);
  expect(pointers).toEqual(expect.arrayContaining(['/id', '/value/currency']));
});

test('a code has a discount and uses; without a discount there is none; removed, it has no more uses to give', async () => {
  expect((await put('pricing/codes/welcome', { discountId: 'nothing' })).body).toMatchObject({
    code: 'configuration_unknown',
    what: 'discount',
  });
  await put('pricing/discounts/ten', { name: 'Ten off', value: { kind: 'percentage', rateMillionths: 100_000 } });
  expect((await put('pricing/codes/welcome', { discountId: 'ten', usesMax: 3 })).status).toBe(200);
  expect(await get('pricing/codes')).toMatchObject({ items: [{ code: 'WELCOME', discountId: 'ten' }] });
  expect(await get('pricing/codes/welcome')).toEqual({
    code: 'WELCOME',
    usesMax: 3,
    usesPerBuyerMax: null,
    validFrom: null,
    validUntil: null,
    active: true,
    held: 0,
    used: 0,
    left: 3,
  });
  expect((await remove('pricing/codes/Welcome')).status).toBe(200);
  expect(await get('pricing/codes/welcome')).toMatchObject({ active: false });
  expect((await world.call('GET', '/v1/admin/pricing/codes/nobody')).body.code).toBe('coupon_unknown');
});

test('a code whose change is refused keeps its uses; a new one that is refused has none', async () => {
  await put('pricing/discounts/ten', { name: 'Ten off', value: { kind: 'percentage', rateMillionths: 100_000 } });
  expect((await put('pricing/codes/kept', { discountId: 'ten', usesMax: 3, active: false })).status).toBe(200);
  const window = { startsAt: '2027-01-02T00:00:00Z', endsAt: '2027-01-01T00:00:00Z' };
  for (const [change, refusal] of [
    [{ discountId: 'typo' }, 'configuration_unknown'],
    [{ discountId: 'ten', ...window }, 'validation_failed'],
  ] as const) {
    expect((await put('pricing/codes/kept', change)).body.code).toBe(refusal);
    expect(await get('pricing/codes/kept')).toMatchObject({ usesMax: 3, active: false, validFrom: null });
    expect((await put('pricing/codes/none', change)).body.code).toBe(refusal);
    expect((await world.call('GET', '/v1/admin/pricing/codes/none')).body.code).toBe('coupon_unknown');
  }
});

test('terms that the code does not take, because it was changed too often, are not said to be set', async () => {
  await put('pricing/discounts/ten', { name: 'Ten off', value: { kind: 'percentage', rateMillionths: 100_000 } });
  const statuses = new Set<number>();
  for (let times = 0; times <= couponLimits.definitionsMax; times++)
    statuses.add((await put('pricing/codes/busy', { discountId: 'ten', usesMax: times + 1 })).status);
  expect([...statuses]).toEqual([200, 503]);
  expect(await get('pricing/codes/busy')).toMatchObject({ usesMax: couponLimits.definitionsMax });
  expect((await remove('pricing/codes/busy')).status).toBe(503);
});

test('shipping: zones, methods in them, warehouses', async () => {
  const zone = { name: 'Islands', places: [{ country: 'GB' }], timeZone: 'Europe/London' };
  expect((await put('shipping/zones/islands', zone)).status).toBe(200);
  const method = {
    zoneId: 'islands',
    name: 'Standard',
    currency: 'USD',
    by: 'subtotal',
    tiers: [{ from: 0, priceMinor: 395 }],
    cutOffMinute: 900,
    handlingDays: 1,
    transitDaysMin: 2,
    transitDaysMax: 3,
    deliveryWeekdays: [1, 2, 3, 4, 5],
    deliverByMinute: 1_260,
  };
  expect((await put('shipping/methods/standard', { ...method, zoneId: 'nowhere' })).body.code).toBe('configuration_unknown');
  expect((await put('shipping/methods/standard', method)).status).toBe(200);
  expect((await put('shipping/warehouses/main', { timeZone: 'Europe/London', workingWeekdays: [1, 2, 3] })).status).toBe(200);
  expect(await get('shipping')).toMatchObject({
    zones: [{ id: 'islands', places: [{ country: 'GB', region: null, postalPrefix: null }] }],
    methods: [{ id: 'standard', perParcel: false, fromLocations: null }],
    warehouses: [{ location: 'main', closedOn: [] }],
  });
  expect((await remove('shipping/zones/islands')).status).toBe(200);
  expect(await get('shipping')).toMatchObject({ zones: [], methods: [] });
});

test('a publishable key sets nothing, and one store does not see what another one set (I6)', async () => {
  const body = { currency: 'EUR', priceMode: 'tax_included' };
  expect((await world.call('PUT', '/v1/admin/pricing/settings', { key: world.demo.publishableKey, body })).body.code).toBe(
    'secret_key_required',
  );
  expect((await world.call('GET', '/v1/admin/pricing/discounts', { key: world.second.secretKey })).body).toEqual({ items: [] });
});
