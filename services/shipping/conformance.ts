/** What every keeper of shipping data must do; run on the memory twin and on Postgres. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShippingData } from './port.ts';
import { everyDay, method, place, warehouse, zone } from './test-kit.ts';

export interface ShippingDataUnderTest extends AsyncDisposable {
  readonly data: ShippingData;
}

const written = { kind: 'written' };
const us = zone('us', [place('US'), place('US', 'HI', '967')], 'America/New_York');

export function runShippingDataConformance(name: string, make: () => Promise<ShippingDataUnderTest>): void {
  describe(`shipping data conformance: ${name}`, () => {
    let under: ShippingDataUnderTest;
    let stores = 0;
    const newStore = () => `store_conformance_${(stores += 1)}`;
    beforeAll(async () => {
      under = await make();
    });
    afterAll(async () => {
      await under[Symbol.asyncDispose]();
    });

    it('gives back everything as it was put, in order of ids, and replaces by id', async () => {
      const store = newStore();
      expect(await under.data.setup(store)).toEqual({ zones: [], methods: [], warehouses: [] });
      const world = zone('World', [place(null)]);
      for (const one of [us, world]) expect(await under.data.putZone(store, one)).toEqual(written);
      const methods = [
        method('a', 'us', {
          by: 'weight',
          tiers: [
            { from: 0, priceMinor: 0 },
            { from: 900, priceMinor: 12 },
          ],
          weightMaxGrams: 9,
          perParcel: true,
        }),
        method('b', 'World', {
          freeFromMinor: 5_000_000_000,
          fromLocations: ['main', 'SEA-3'],
          handlingDays: 2,
          deliveryWeekdays: everyDay,
        }),
      ];
      for (const one of [...methods].reverse()) expect(await under.data.putMethod(store, one)).toEqual(written);
      const warehouses = [warehouse('SEA-3', { timeZone: 'America/Los_Angeles', closedOn: ['2026-12-25'] }), warehouse('main')];
      for (const one of warehouses) expect(await under.data.putWarehouse(store, one)).toEqual(written);
      expect(await under.data.setup(store)).toEqual({ zones: [world, us], methods, warehouses });
      const changed = { ...us, name: 'Changed', places: [place('CA')] };
      expect(await under.data.putZone(store, changed)).toEqual(written);
      expect((await under.data.setup(store)).zones).toEqual([world, changed]);
    });

    it('takes no method of an unknown zone, and drops the methods of one that goes', async () => {
      const [store, other] = [newStore(), newStore()];
      await under.data.putZone(other, us);
      expect(await under.data.putMethod(store, method('m', 'us'))).toEqual({ kind: 'unknown', what: 'zone' });
      expect(await under.data.putMethod(other, method('m', 'us'))).toEqual(written);
      expect(await under.data.deleteZone(other, 'us')).toBe(true);
      expect(await under.data.setup(other)).toEqual({ zones: [], methods: [], warehouses: [] });
    });

    it('lets go of what is there and says when it was not', async () => {
      const store = newStore();
      await under.data.putZone(store, us);
      await under.data.putMethod(store, method('m', 'us'));
      await under.data.putWarehouse(store, warehouse('main'));
      for (const expected of [true, false]) {
        expect(await under.data.deleteMethod(store, 'm')).toBe(expected);
        expect(await under.data.deleteWarehouse(store, 'main')).toBe(expected);
        expect(await under.data.deleteZone(store, 'us')).toBe(expected);
      }
    });

    it('S1 shows a store its own things only', async () => {
      const [mine, other] = [newStore(), newStore()];
      await under.data.putZone(mine, us);
      await under.data.putMethod(mine, method('m', 'us'));
      await under.data.putWarehouse(mine, warehouse('main'));
      expect(await under.data.setup(other)).toEqual({ zones: [], methods: [], warehouses: [] });
      expect(await under.data.deleteZone(other, 'us')).toBe(false);
      expect(await under.data.deleteMethod(other, 'm')).toBe(false);
      expect(await under.data.deleteWarehouse(other, 'main')).toBe(false);
      expect((await under.data.setup(mine)).methods).toHaveLength(1);
    });

    it.each<readonly [string, (data: ShippingData, store: string) => Promise<unknown>, readonly string[]]>([
      ['a clock of nowhere', (data, store) => data.putZone(store, zone('z', [place('US')], 'Mars/Olympus')), ['timeZone']],
      ['no places, no name', (data, store) => data.putZone(store, { ...zone('z', []), name: '' }), ['name', 'places']],
      ['a country by name', (data, store) => data.putZone(store, zone('z', [place('US'), place('Peru')])), ['places.1.country']],
      ['a region of the rest of the world', (data, store) => data.putZone(store, zone('z', [place(null, 'WA')])), ['places.0']],
      ['no tiers', (data, store) => data.putMethod(store, method('m', 'z', { tiers: [] })), ['tiers']],
      [
        'tiers that leave out the light',
        (data, store) => data.putMethod(store, method('m', 'z', { tiers: [{ from: 1, priceMinor: 1 }] })),
        ['tiers.0.from'],
      ],
      [
        'tiers that fall',
        (data, store) =>
          data.putMethod(
            store,
            method('m', 'z', {
              tiers: [
                { from: 0, priceMinor: 1 },
                { from: 0, priceMinor: 2 },
              ],
            }),
          ),
        ['tiers'],
      ],
      ['half a cent', (data, store) => data.putMethod(store, method('m', 'z', { tiers: [{ from: 0, priceMinor: 0.5 }] })), ['tiers']],
      [
        'more days at least than at most',
        (data, store) => data.putMethod(store, method('m', 'z', { transitDaysMin: 2 })),
        ['transitDaysMax'],
      ],
      ['no day of delivery', (data, store) => data.putMethod(store, method('m', 'z', { deliveryWeekdays: [] })), ['deliveryWeekdays']],
      ['an eighth day', (data, store) => data.putWarehouse(store, warehouse('w', { workingWeekdays: [1, 8] })), ['workingWeekdays']],
      ['30 February', (data, store) => data.putWarehouse(store, warehouse('w', { closedOn: ['2026-02-30'] })), ['closedOn']],
    ])('S2 refuses %s and says where', async (_what, put, paths) => {
      const result = (await put(under.data, newStore())) as { kind: string; problems: { path: string }[] };
      expect(result.kind).toBe('invalid');
      expect(result.problems.map(({ path }) => path)).toEqual(paths);
    });
  });
}
