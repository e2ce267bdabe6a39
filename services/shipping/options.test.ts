/** What is offered where, and for how much: decision tables for M1 to M4. */
import { describe, expect, it } from 'vitest';
import { type Basket, optionsOf, priceOf, zoneOf } from './options.ts';
import { method, place, warehouse, zone } from './test-kit.ts';

/** A Wednesday morning. */
const at = Date.parse('2026-11-18T09:00Z');

const zones = [
  zone('world', [place(null)]),
  zone('us', [place('US')]),
  zone('west', [place('US', 'WA'), place('US', 'OR')]),
  zone('seattle', [place('US', null, '981')]),
  zone('britain', [place('GB'), place('IE')]),
];

function basket(more: Partial<Basket> = {}): Basket {
  return {
    destination: { country: 'US', postalCode: '10001' },
    currency: 'USD',
    subtotalMinor: 3_000,
    weightGrams: 800,
    locations: [],
    at,
    ...more,
  };
}

describe('M1 the zone with the closest place', () => {
  it.each([
    ['rest of the world', { country: 'FR', postalCode: '75001' }, 'world'],
    ['country', { country: 'US', region: 'NY', postalCode: '10001' }, 'us'],
    ['second country of a zone', { country: 'IE', postalCode: '' }, 'britain'],
    ['region', { country: 'US', region: 'OR', postalCode: '97201' }, 'west'],
    ['region in small letters', { country: 'US', region: 'or', postalCode: '97201' }, 'west'],
    ['postal prefix before region', { country: 'US', region: 'WA', postalCode: '98101-1234' }, 'seattle'],
  ])('%s', (_what, destination, id) => {
    expect(zoneOf(zones, destination)?.id).toBe(id);
    expect(zoneOf([...zones].reverse(), destination)?.id).toBe(id);
  });

  it('is that of one digit of the postal code before that of the region', () => {
    const both = [zone('a', [place('US', 'WA')]), zone('b', [place('US', null, '9')])];
    expect(zoneOf(both, { country: 'US', region: 'WA', postalCode: '98101' })?.id).toBe('b');
  });

  it('is none where no zone names the place', () => {
    expect(zoneOf(zones.slice(1), { country: 'FR', postalCode: '75001' })).toBeNull();
    expect(zoneOf([], { country: 'US', postalCode: '1' })).toBeNull();
  });

  it('is that with the smaller id where two are equally close', () => {
    expect(zoneOf([zone('b', [place('US')]), zone('a', [place('US')])], { country: 'US', postalCode: '1' })?.id).toBe('a');
  });
});

describe('M2 who is offered', () => {
  const warehouses = [warehouse('SEA-3'), warehouse('ORD-1')];
  it.each([
    ['an ordinary one', {}, {}, true],
    ['another zone', { zoneId: 'world' }, {}, false],
    ['another currency', { currency: 'EUR' }, {}, false],
    ['just not too heavy', { weightMaxGrams: 800 }, {}, true],
    ['too heavy', { weightMaxGrams: 799 }, {}, false],
    ['from the right warehouse', { fromLocations: ['SEA-3'] }, { locations: ['SEA-3'] }, true],
    ['from the wrong one too', { fromLocations: ['SEA-3'] }, { locations: ['SEA-3', 'ORD-1'] }, false],
    ['from a warehouse nobody described', {}, { locations: ['main'] }, true],
  ])('%s', (_what, more, question, isOffered) => {
    const setup = { zones, methods: [method('m', 'us', more)], warehouses };
    expect(optionsOf(setup, basket(question))).toHaveLength(isOffered ? 1 : 0);
  });

  it('nobody who has no warehouse yet is left without an offer', () => {
    expect(optionsOf({ zones, methods: [method('m', 'us')], warehouses: [] }, basket())).toHaveLength(1);
  });
});

describe('M3 for how much', () => {
  const tiers = [
    { from: 0, priceMinor: 499 },
    { from: 1_000, priceMinor: 899 },
    { from: 5_000, priceMinor: 1_499 },
  ];
  it.each([
    ['the first tier', { by: 'weight' as const, tiers }, { weightGrams: 999 }, 499],
    ['the second from its border on', { by: 'weight' as const, tiers }, { weightGrams: 1_000 }, 899],
    ['the last without end', { by: 'weight' as const, tiers }, { weightGrams: 90_000 }, 1_499],
    ['by subtotal', { tiers }, { subtotalMinor: 4_999 }, 899],
    ['free from', { freeFromMinor: 3_000 }, { subtotalMinor: 3_000 }, 0],
    ['not quite free', { freeFromMinor: 3_000 }, { subtotalMinor: 2_999 }, 500],
    ['for each parcel', { perParcel: true }, { locations: ['a', 'b', 'a'] }, 1_000],
    ['for each parcel, before there are any', { perParcel: true }, {}, 500],
    ['once', {}, { locations: ['a', 'b'] }, 500],
  ])('%s', (_what, more, question, priceMinor) => {
    expect(priceOf(method('m', 'us', more), basket(question))).toBe(priceMinor);
  });
});

describe('M4 cheapest, then soonest', () => {
  it('and the promise is that of the last parcel', () => {
    const methods = [
      method('slow', 'us', { transitDaysMin: 3, transitDaysMax: 5 }),
      method('fast', 'us'),
      method('free', 'us', { tiers: [{ from: 0, priceMinor: 0 }], transitDaysMax: 9 }),
    ];
    const setup = { zones, methods, warehouses: [warehouse('near'), warehouse('closed', { closedOn: ['2026-11-18'] })] };
    const promised = (locations: readonly string[]) =>
      optionsOf(setup, basket({ locations })).map(({ methodId, deliverBy }) => [methodId, new Date(deliverBy).toISOString().slice(0, 10)]);
    expect(promised(['near'])).toEqual([
      ['free', '2026-11-27'],
      ['fast', '2026-11-19'],
      ['slow', '2026-11-23'],
    ]);
    expect(promised(['near', 'closed'])[1]).toEqual(['fast', '2026-11-20']);
    expect(optionsOf(setup, basket({ locations: ['near'] }))[1]?.promise).toBe('tomorrow by 21:00');
    // not decided yet: what the best of them can do
    expect(promised([])[1]).toEqual(['fast', '2026-11-19']);
  });
});
