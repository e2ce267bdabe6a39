/** From which warehouse goods best go: cost and time of the store's own methods, distance and load of its warehouses. */
import { expect, it } from 'vitest';
import { MemoryShippingData } from './memory.ts';
import { Shipping } from './service.ts';
import { method, place, warehouse, zone } from './test-kit.ts';

/** A Friday morning. */
const at = Date.parse('2026-11-20T09:00Z');
const seattle = { destination: { country: 'US', region: 'WA', postalCode: '98101' }, currency: 'USD', at };

async function shipping(): Promise<Shipping> {
  const data = new MemoryShippingData();
  await data.putZone('store', zone('us', [place('US')]));
  await data.putMethod('store', method('ground', 'us', { fromLocations: ['SEA-3', 'ORD-1', 'LAX-1'] }));
  await data.putMethod('store', method('freight', 'us', { fromLocations: ['JFK-8'], tiers: [{ from: 0, priceMinor: 900 }] }));
  await data.putWarehouse('store', warehouse('LAX-1', { workingWeekdays: [1] }));
  return new Shipping(data);
}

const facts = (location: string, distanceKm: number, loadMillionths = 0) => ({ location, distanceKm, loadMillionths });

it('ranks by cost, time, distance and load; who cannot send there comes last', async () => {
  const asked = [facts('PDX-9', 100), facts('JFK-8', 100), facts('LAX-1', 1_500), facts('ORD-1', 2_800), facts('SEA-3', 10)];
  const ranks = await (await shipping()).ranksOf('store', seattle, asked);
  // in cents: 702; 1,120 with dear freight; 1,260 from afar; 1,300 because it works on Mondays only; nothing goes from PDX
  expect(ranks.map(({ location }) => location)).toEqual(['SEA-3', 'JFK-8', 'ORD-1', 'LAX-1', 'PDX-9']);
  expect(ranks.map(({ rank }) => rank)).toEqual([0, 1, 2, 3, 4]);
});

it('a queue makes a warehouse less near', async () => {
  const first = async (loadMillionths: number) => {
    const ranks = await (await shipping()).ranksOf('store', seattle, [facts('SEA-3', 10, loadMillionths), facts('ORD-1', 500)]);
    return ranks[0]?.location;
  };
  expect([await first(0), await first(2_000_000)]).toEqual(['SEA-3', 'ORD-1']);
});

it('plans the fewest and cheapest parcels that hold all of it', async () => {
  const stocked = (location: string, distanceKm: number, units: Record<string, number>) => ({
    ...facts(location, distanceKm),
    available: new Map(Object.entries(units)),
  });
  const lines = [
    { sku: 'hub', quantity: 1 },
    { sku: 'stand', quantity: 1 },
  ];
  const plan = await (await shipping()).planOf('store', seattle, lines, [
    stocked('SEA-3', 10, { stand: 1 }),
    stocked('ORD-1', 2_800, { stand: 1, hub: 1 }),
    stocked('PDX-9', 1, { stand: 1, hub: 1 }),
  ]);
  expect(plan).toMatchObject({ kind: 'planned', parcels: [{ location: 'ORD-1', lines }] });
});
