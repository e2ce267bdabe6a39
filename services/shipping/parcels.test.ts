/** From which warehouses an order goes: by hand, and against every possible choice. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParcelPlan } from './port.ts';
import { exactWarehousesMax, planParcels, rankWarehouses, type WarehouseOffer } from './parcels.ts';

const weights = { perThousandKmMinor: 200, perDayMinor: 50, fullLoadMinor: 300 };

function offer(location: string, available: Record<string, number>, more: Partial<WarehouseOffer> = {}): WarehouseOffer {
  return {
    location,
    available: new Map(Object.entries(available)),
    parcelCostMinor: 500,
    distanceKm: 0,
    days: 0,
    loadMillionths: 0,
    ...more,
  };
}

function planned(plan: ParcelPlan) {
  if (plan.kind === 'short') throw new Error(`short: ${JSON.stringify(plan.missing)}`);
  return plan;
}

const text = (plan: ParcelPlan) =>
  planned(plan).parcels.map(({ location, lines }) => `${location}: ${lines.map(({ sku, quantity }) => `${quantity} ${sku}`).join(', ')}`);

describe('W1 and W4 ranks', () => {
  it('weigh cost, distance, time and load', () => {
    const ranked = rankWarehouses(
      [
        offer('busy', {}, { loadMillionths: 1_000_000 }),
        offer('far', {}, { distanceKm: 4_000 }),
        offer('slow', {}, { days: 3 }),
        offer('dear', {}, { parcelCostMinor: 900 }),
        offer('good', {}),
        offer('Good', {}),
      ],
      weights,
    );
    expect(ranked.map(({ location, costMinor }) => [location, costMinor])).toEqual([
      ['Good', 500],
      ['good', 500],
      ['slow', 650],
      ['busy', 800],
      ['dear', 900],
      ['far', 1_300],
    ]);
  });
});

describe('W2 and W3 by hand', () => {
  const headphones = [{ sku: 'headphones', quantity: 2 }];
  it.each([
    [
      'the closest that has enough',
      headphones,
      [offer('ORD-1', { headphones: 9 }, { distanceKm: 2_800 }), offer('SEA-3', { headphones: 2 })],
      ['SEA-3: 2 headphones'],
    ],
    [
      'one far parcel before two near ones',
      headphones,
      [offer('a', { headphones: 1 }), offer('b', { headphones: 1 }), offer('far', { headphones: 2 }, { days: 5 })],
      ['far: 2 headphones'],
    ],
    [
      'two near parcels before one that is dearer than both',
      headphones,
      [offer('a', { headphones: 1 }), offer('b', { headphones: 1 }), offer('dear', { headphones: 2 }, { parcelCostMinor: 1_001 })],
      ['a: 1 headphones', 'b: 1 headphones'],
    ],
    [
      'one parcel before two that cost the same',
      headphones,
      [
        offer('a', { headphones: 1 }, { parcelCostMinor: 250 }),
        offer('b', { headphones: 1 }, { parcelCostMinor: 250 }),
        offer('c', { headphones: 2 }),
      ],
      ['c: 2 headphones'],
    ],
    [
      'one parcel for all before the best for each',
      [
        { sku: 'mug', quantity: 1 },
        { sku: 'tea', quantity: 1 },
      ],
      [offer('a', { mug: 1 }), offer('b', { tea: 1 }), offer('c', { mug: 1, tea: 1 }, { days: 2 })],
      ['c: 1 mug, 1 tea'],
    ],
    [
      'an SKU whole from one warehouse where two parcels go anyway',
      [
        { sku: 'mug', quantity: 4 },
        { sku: 'tea', quantity: 1 },
      ],
      [offer('a', { mug: 3, tea: 1 }), offer('b', { mug: 4 })],
      ['a: 1 tea', 'b: 4 mug'],
    ],
    ['a shortfall gives nothing', headphones, [offer('a', { headphones: -3 }), offer('b', { headphones: 2 })], ['b: 2 headphones']],
    ['nothing for nothing', [], [offer('a', { headphones: 1 })], []],
  ])('%s', (_what, lines, offers, parcels) => {
    expect(text(planParcels(lines, offers, weights))).toEqual(parcels);
    expect(text(planParcels([...lines].reverse(), [...offers].reverse(), weights))).toEqual(parcels);
  });

  it('says what is missing when all together have too little', () => {
    expect(
      planParcels(
        [
          { sku: 'a', quantity: 5 },
          { sku: 'b', quantity: 1 },
        ],
        [offer('x', { a: 2 }), offer('y', { a: 1, b: 1 })],
        weights,
      ),
    ).toEqual({
      kind: 'short',
      missing: [{ sku: 'a', quantity: 2 }],
    });
  });
});

describe('for any stock', () => {
  const skus = ['a', 'b', 'c'];
  const anyOffers = (countMax: number) =>
    fc
      .array(fc.record({ units: fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5)), parcelCostMinor: fc.nat(900) }), {
        minLength: 1,
        maxLength: countMax,
      })
      .map((list) =>
        list.map(({ units, parcelCostMinor }, index) => offer(`w${index}`, { a: units[0], b: units[1], c: units[2] }, { parcelCostMinor })),
      );
  const anyLines = fc
    .tuple(fc.nat(9), fc.nat(9), fc.nat(9))
    .map((units) => units.map((quantity, index) => ({ sku: skus[index] ?? '', quantity })).filter(({ quantity }) => quantity > 0));

  it('W3 parcels hold exactly what was ordered and no more than there is, and none is empty', () => {
    fc.assert(
      fc.property(anyLines, anyOffers(20), (lines, offers) => {
        const plan = planParcels(lines, offers, weights);
        const has = (sku: string) => offers.reduce((sum, one) => sum + (one.available.get(sku) ?? 0), 0);
        expect(plan.kind === 'short').toBe(lines.some(({ sku, quantity }) => has(sku) < quantity));
        if (plan.kind === 'short') return;
        const sent = plan.parcels.flatMap(({ location, lines: taken }) => taken.map((line) => ({ location, ...line })));
        for (const { sku, quantity } of lines)
          expect(sent.filter((one) => one.sku === sku).reduce((sum, one) => sum + one.quantity, 0)).toBe(quantity);
        for (const { location, sku, quantity } of sent) {
          expect(quantity).toBeLessThanOrEqual(offers.find((one) => one.location === location)?.available.get(sku) ?? 0);
        }
        expect(plan.parcels.every((parcel) => parcel.lines.length > 0)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('W2 no choice of warehouses is cheaper', () => {
    fc.assert(
      fc.property(anyLines, anyOffers(6), (lines, offers) => {
        const plan = planParcels(lines, offers, weights);
        if (plan.kind === 'short') return;
        const covering = Array.from({ length: 2 ** offers.length }, (_, subset) =>
          offers.filter((_offer, index) => (subset & (1 << index)) !== 0),
        ).filter((choice) =>
          lines.every(({ sku, quantity }) => choice.reduce((sum, one) => sum + (one.available.get(sku) ?? 0), 0) >= quantity),
        );
        const costs = covering.map((choice) => choice.reduce((sum, one) => sum + one.parcelCostMinor, 0));
        expect(plan.costMinor).toBe(Math.min(...costs));
      }),
      { numRuns: 200 },
    );
  });

  it('W2 units in the worst ranked of many warehouses are found', () => {
    const many = Array.from({ length: exactWarehousesMax + 8 }, (_, index) =>
      offer(`w${String(index).padStart(2, '0')}`, { a: 1 }, { parcelCostMinor: index }),
    );
    const last = offer('z', { b: 1 }, { parcelCostMinor: 5_000 });
    const lines = [
      { sku: 'a', quantity: 2 },
      { sku: 'b', quantity: 1 },
    ];
    expect(text(planParcels(lines, [...many, last], weights))).toEqual(['w00: 1 a', 'w01: 1 a', 'z: 1 b']);
  });

  it('a thousand lines and twelve warehouses are decided in good time', () => {
    const lines = Array.from({ length: 1_000 }, (_, index) => ({ sku: `s${index}`, quantity: 2 }));
    const offers = Array.from({ length: exactWarehousesMax }, (_, warehouse) =>
      offer(`w${warehouse}`, Object.fromEntries(lines.map(({ sku }, index) => [sku, index % 12 === warehouse ? 1 : 2])), {
        parcelCostMinor: 100 + warehouse,
      }),
    );
    expect(planned(planParcels(lines, offers, weights)).parcels).toHaveLength(2);
  });
});
