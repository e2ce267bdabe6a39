/** What every keeper of pricing data must do; run on the memory twin and on Postgres. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Coupon, type Discount, type PricingData, pricingLimits, type PricingSettings, type SkuTraits, type TaxRate } from './port.ts';
import { amountOff, coupon, discount, freeShipping, noon, percentage, rate } from './test-kit.ts';

export interface PricingDataUnderTest extends AsyncDisposable {
  readonly data: PricingData;
}

const written = { kind: 'written' };
const dollars: PricingSettings = { currency: 'USD', priceMode: 'tax_excluded' };

export function runPricingDataConformance(name: string, make: () => Promise<PricingDataUnderTest>): void {
  describe(`pricing data conformance: ${name}`, () => {
    let under: PricingDataUnderTest;
    let stores = 0;
    const newStore = () => `store_conformance_${(stores += 1)}`;
    beforeAll(async () => {
      under = await make();
    });
    afterAll(async () => {
      await under[Symbol.asyncDispose]();
    });

    it('keeps settings, and has none at first', async () => {
      const store = newStore();
      expect(await under.data.settings(store)).toBeNull();
      expect(await under.data.putSettings(store, dollars)).toEqual(written);
      expect(await under.data.putSettings(store, { currency: 'JPY', priceMode: 'tax_included' })).toEqual(written);
      expect(await under.data.settings(store)).toEqual({ currency: 'JPY', priceMode: 'tax_included' });
    });

    it('gives back every kind of discount as it was put, in order of ids, and replaces by id', async () => {
      const store = newStore();
      const all: readonly Discount[] = [
        discount('B', percentage(12.5), { subtotalMinMinor: 1, startsAt: noon, endsAt: noon + 1 }),
        discount('a', amountOff(9_000_000_000_000), {
          target: { kind: 'lines', skus: ['it\'s {a}, "b"'], categories: ['x', 'é'] },
          combines: false,
        }),
        discount('c', freeShipping, { automatic: false, target: { kind: 'order' } }),
      ];
      for (const one of [...all].reverse()) expect(await under.data.putDiscount(store, one)).toEqual(written);
      expect(await under.data.discounts(store)).toEqual(all);
      const changed = { ...discount('a', percentage(1)), name: 'Changed' };
      await under.data.putDiscount(store, changed);
      expect(await under.data.discounts(store)).toEqual([all[0], changed, all[2]]);
    });

    it('takes so many discounts that apply by themselves, and others beyond (I7)', async () => {
      const store = newStore();
      const { automaticPerStoreMax: countMax } = pricingLimits;
      for (let count = 0; count < countMax; count += 1) await under.data.putDiscount(store, discount(`d${count}`, percentage(1)));
      expect(await under.data.putDiscount(store, discount('more', percentage(1)))).toEqual({ kind: 'full', countMax });
      expect(await under.data.putDiscount(store, discount('more', percentage(1), { automatic: false }))).toEqual(written);
      expect(await under.data.putDiscount(store, discount('d0', percentage(2)))).toEqual(written);
      expect(await under.data.putDiscount(store, discount('more', percentage(1)))).toEqual({ kind: 'full', countMax });
    });

    it('pages through coupons by code', async () => {
      const store = newStore();
      await under.data.putDiscount(store, discount('d', percentage(10)));
      const all: readonly Coupon[] = ['A-1', 'A1', 'B', 'Z_9'].map((code) => coupon(code, 'd', { startsAt: noon }));
      for (const one of [...all].reverse()) expect(await under.data.putCoupon(store, one)).toEqual(written);
      expect(await under.data.coupons(store, null, 3)).toEqual(all.slice(0, 3));
      expect(await under.data.coupons(store, 'B', 3)).toEqual(all.slice(3));
    });

    it('takes no coupon of an unknown discount, and drops the coupons of one that goes', async () => {
      const [store, other] = [newStore(), newStore()];
      await under.data.putDiscount(other, discount('d', percentage(10)));
      expect(await under.data.putCoupon(store, coupon('A', 'd'))).toEqual({ kind: 'unknown', what: 'discount' });
      expect(await under.data.putCoupon(other, coupon('A', 'd'))).toEqual(written);
      expect(await under.data.deleteDiscount(other, 'd')).toBe(true);
      expect(await under.data.deleteDiscount(other, 'd')).toBe(false);
      expect(await under.data.coupons(other, null, 9)).toEqual([]);
    });

    it('says beforehand why it would not take a coupon, and writes nothing', async () => {
      const store = newStore();
      expect(await under.data.couponRefusal(store, coupon('A', 'd'))).toEqual({ kind: 'unknown', what: 'discount' });
      expect(await under.data.couponRefusal(store, coupon('a', 'd'))).toMatchObject({ kind: 'invalid', problems: [{ path: 'code' }] });
      await under.data.putDiscount(store, discount('d', percentage(10)));
      expect(await under.data.couponRefusal(store, coupon('A', 'd'))).toBeNull();
      expect(await under.data.coupons(store, null, 9)).toEqual([]);
      await under.data.putCoupon(store, coupon('A', 'd'));
      expect(await under.data.couponRefusal(store, coupon('A', 'd', { startsAt: noon }))).toBeNull();
    });

    it('keeps tax rates and lets go of them', async () => {
      const store = newStore();
      const all: readonly TaxRate[] = [
        rate('state', 6.5, { region: 'WA', startsAt: noon }),
        rate('x', 0, { country: 'GB', postalPrefix: 'SW1', category: 'books', layer: 'vat', taxesShipping: true, endsAt: noon }),
      ];
      for (const one of all) expect(await under.data.putTaxRate(store, one)).toEqual(written);
      expect(await under.data.taxRates(store)).toEqual(all);
      expect(await under.data.deleteTaxRate(store, 'state')).toBe(true);
      expect(await under.data.deleteTaxRate(store, 'state')).toBe(false);
      expect(await under.data.taxRates(store)).toEqual(all.slice(1));
      expect(await under.data.deleteCoupon(store, 'NONE')).toBe(false);
    });

    it('keeps what decides about an SKU, and says nothing of those that nobody described', async () => {
      const [store, other] = [newStore(), newStore()];
      const book: SkuTraits = { sku: "it's a, {book}", categories: ['books', 'gifts'], taxCategory: 'books', weightGrams: 420 };
      const plain: SkuTraits = { sku: 'plain', categories: [], taxCategory: null, weightGrams: 0 };
      for (const one of [book, plain]) expect(await under.data.putTraits(store, one)).toEqual(written);
      expect(await under.data.traits(store, [book.sku, 'unknown', book.sku])).toEqual([book]);
      expect(await under.data.traits(other, [book.sku])).toEqual([]);
      expect(await under.data.putTraits(store, { ...book, weightGrams: 1 })).toEqual(written);
      expect(await under.data.traits(store, [book.sku])).toEqual([{ ...book, weightGrams: 1 }]);
      expect(await under.data.deleteTraits(store, book.sku)).toBe(true);
      expect(await under.data.deleteTraits(store, book.sku)).toBe(false);
      expect(await under.data.traits(store, [book.sku, 'plain'])).toEqual([plain]);
    });

    it('answers a quote with what it needs and no more', async () => {
      const store = newStore();
      expect(await under.data.forQuote(store, { codes: ['A'], country: 'US' })).toEqual({
        settings: null,
        discounts: [],
        coupons: [],
        taxRates: [],
      });
      await under.data.putSettings(store, dollars);
      const discounts = [
        discount('auto', percentage(1)),
        discount('named', percentage(2), { automatic: false }),
        discount('other', percentage(3), { automatic: false }),
      ];
      for (const one of discounts) await under.data.putDiscount(store, one);
      const coupons = [coupon('N', 'named'), coupon('O', 'other'), coupon('M', 'named')];
      for (const one of coupons) await under.data.putCoupon(store, one);
      const rates = [rate('de', 19, { country: 'DE' }), rate('us', 9)];
      for (const one of rates) await under.data.putTaxRate(store, one);
      expect(await under.data.forQuote(store, { codes: ['M', 'unknown', ' n '], country: 'US' })).toEqual({
        settings: dollars,
        discounts: discounts.slice(0, 2),
        coupons: [coupons[2], coupons[0]],
        taxRates: rates.slice(1),
      });
      expect((await under.data.forQuote(store, { codes: [], country: null })).taxRates).toEqual([]);
    });

    it('P1 shows a store its own things only', async () => {
      const [mine, other] = [newStore(), newStore()];
      await under.data.putSettings(mine, dollars);
      await under.data.putDiscount(mine, discount('d', percentage(10)));
      await under.data.putCoupon(mine, coupon('A', 'd'));
      await under.data.putTaxRate(mine, rate('us', 9));
      expect(await under.data.forQuote(other, { codes: ['A'], country: 'US' })).toEqual({
        settings: null,
        discounts: [],
        coupons: [],
        taxRates: [],
      });
      expect(await under.data.discounts(other)).toEqual([]);
      expect(await under.data.coupons(other, null, 9)).toEqual([]);
      expect(await under.data.taxRates(other)).toEqual([]);
      expect(await under.data.deleteDiscount(other, 'd')).toBe(false);
      expect(await under.data.deleteCoupon(other, 'A')).toBe(false);
      expect(await under.data.deleteTaxRate(other, 'us')).toBe(false);
      expect(await under.data.discounts(mine)).toHaveLength(1);
    });

    it.each<readonly [string, (data: PricingData, store: string) => Promise<unknown>, readonly string[]]>([
      ['a currency that is none', (data, store) => data.putSettings(store, { currency: 'usd', priceMode: 'tax_included' }), ['currency']],
      ['more than 100 %', (data, store) => data.putDiscount(store, discount('d', percentage(101))), ['value.rateMillionths']],
      ['half a cent', (data, store) => data.putDiscount(store, discount('d', amountOff(0.5))), ['value.amountMinor']],
      ['no name, bad id', (data, store) => data.putDiscount(store, discount('a b', percentage(1), { name: ' ' })), ['id', 'name']],
      [
        'free shipping of some lines',
        (data, store) => data.putDiscount(store, discount('d', freeShipping, { target: { kind: 'lines', skus: ['a'], categories: [] } })),
        ['target'],
      ],
      [
        'no lines',
        (data, store) => data.putDiscount(store, discount('d', percentage(1), { target: { kind: 'lines', skus: [], categories: [] } })),
        ['target'],
      ],
      [
        'an end before its beginning',
        (data, store) => data.putDiscount(store, discount('d', percentage(1), { startsAt: noon, endsAt: noon })),
        ['endsAt'],
      ],
      ['seconds for milliseconds', (data, store) => data.putTaxRate(store, rate('r', 1, { startsAt: noon / 1000 })), ['startsAt']],
      ['a code in small letters', (data, store) => data.putCoupon(store, coupon('ten', 'd')), ['code']],
      ['a country by name', (data, store) => data.putTaxRate(store, rate('r', 1, { country: 'Germany' })), ['country']],
      [
        'a weight in kilograms',
        (data, store) => data.putTraits(store, { sku: 'a', categories: [''], taxCategory: null, weightGrams: 0.4 }),
        ['categories', 'weightGrams'],
      ],
      ['a float for a rate', (data, store) => data.putTaxRate(store, rate('r', 0, { rateMillionths: 0.09 })), ['rateMillionths']],
    ])('P2 refuses %s and says where', async (_what, put, paths) => {
      const result = (await put(under.data, newStore())) as { kind: string; problems: { path: string }[] };
      expect(result.kind).toBe('invalid');
      expect(result.problems.map(({ path }) => path)).toEqual(paths);
    });
  });
}
