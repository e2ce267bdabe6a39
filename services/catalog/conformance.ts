/** What every catalogue must do; run on the memory twin and on Postgres. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Catalog, pictureHashOf, type ProductDraft } from './port.ts';

export interface CatalogUnderTest extends AsyncDisposable {
  readonly catalog: Catalog;
}

export function draft(sku: string, position: number, more: Partial<ProductDraft> = {}): ProductDraft {
  return {
    sku,
    title: `Title of ${sku}`,
    description: 'Fine.',
    price: { amountMinor: 1_250, currency: 'EUR' },
    picture: `<svg>${sku}</svg>`,
    position,
    ...more,
  };
}

export function runCatalogConformance(name: string, make: () => Promise<CatalogUnderTest>): void {
  describe(`catalogue conformance: ${name}`, () => {
    let under: CatalogUnderTest;
    let stores = 0;
    const newStore = () => `store_conformance_${(stores += 1)}`;
    beforeAll(async () => {
      under = await make();
    });
    afterAll(async () => {
      await under[Symbol.asyncDispose]();
    });

    it('C1 shows a store its own products only', async () => {
      const [mine, other] = [newStore(), newStore()];
      await under.catalog.put(mine, [draft('a', 0)]);
      expect(await under.catalog.get(other, 'a')).toBeNull();
      expect(await under.catalog.picture(other, 'a')).toBeNull();
      expect(await under.catalog.list(other, null, 10)).toEqual([]);
      expect(await under.catalog.get(mine, 'a')).toEqual({
        sku: 'a',
        title: 'Title of a',
        description: 'Fine.',
        price: { amountMinor: 1_250, currency: 'EUR' },
        position: 0,
        pictureHash: pictureHashOf('<svg>a</svg>'),
        version: 1,
      });
    });

    it('C2 raises the version with a change and not without one', async () => {
      const store = newStore();
      expect(await under.catalog.put(store, [draft('a', 0), draft('b', 1)])).toBe(2);
      expect(await under.catalog.put(store, [draft('a', 0), draft('b', 1)])).toBe(0);
      expect(await under.catalog.put(store, [draft('a', 0), draft('b', 1, { title: 'Renamed' })])).toBe(1);
      expect(await under.catalog.get(store, 'a')).toMatchObject({ version: 1 });
      expect(await under.catalog.get(store, 'b')).toMatchObject({ version: 2, title: 'Renamed' });
    });

    it('C2 counts a change of any field as a change', async () => {
      const store = newStore();
      const changes: Partial<ProductDraft>[] = [
        { title: 'x' },
        { description: 'x' },
        { price: { amountMinor: 1, currency: 'EUR' } },
        { price: { amountMinor: 1_250, currency: 'USD' } },
        { picture: '<svg/>' },
        { position: 9 },
      ];
      for (const change of changes) {
        await under.catalog.put(store, [draft('a', 0)]);
        expect(await under.catalog.put(store, [draft('a', 0, change)])).toBe(1);
      }
    });

    it('C3 names a picture by its text', async () => {
      const store = newStore();
      await under.catalog.put(store, [draft('a', 0)]);
      const picture = await under.catalog.picture(store, 'a');
      expect(picture).toEqual({ svg: '<svg>a</svg>', hash: pictureHashOf('<svg>a</svg>') });
      await under.catalog.put(store, [draft('a', 0, { picture: '<svg>new</svg>' })]);
      expect((await under.catalog.get(store, 'a'))?.pictureHash).not.toBe(picture?.hash);
    });

    it('C4 lists by position, then SKU by code unit, and continues after a cursor', async () => {
      const store = newStore();
      await under.catalog.put(store, [draft('b', 1), draft('B', 1), draft('a', 1), draft('z', 0), draft('é', 1)]);
      const first = await under.catalog.list(store, null, 3);
      expect(first.map((product) => product.sku)).toEqual(['z', 'B', 'a']);
      await under.catalog.put(store, [draft('A', 0)]);
      const last = first.at(-1);
      const rest = await under.catalog.list(store, last === undefined ? null : { position: last.position, sku: last.sku }, 3);
      expect(rest.map((product) => product.sku)).toEqual(['b', 'é']);
    });

    it('takes an SKU verbatim, whatever characters it has', async () => {
      const store = newStore();
      const sku = 'a/b \'c\' "d" %2F ü';
      await under.catalog.put(store, [draft(sku, 0)]);
      expect(await under.catalog.get(store, sku)).toMatchObject({ sku });
      expect(await under.catalog.list(store, null, 5)).toHaveLength(1);
    });

    it('C1 gives many at once: those that there are, each once, of that store only', async () => {
      const [mine, other] = [newStore(), newStore()];
      await under.catalog.put(mine, [draft('a', 0), draft("it's {b}", 1), draft('c', 2)]);
      await under.catalog.put(other, [draft('d', 0)]);
      const many = await under.catalog.getMany(mine, ['c', "it's {b}", 'c', 'd', 'none']);
      expect(many.map((product) => product.sku).sort()).toEqual(['c', "it's {b}"]);
      expect(many).toContainEqual(await under.catalog.get(mine, 'c'));
      expect(await under.catalog.getMany(mine, [])).toEqual([]);
    });

    it('takes an empty put', async () => {
      expect(await under.catalog.put(newStore(), [])).toBe(0);
    });
  });
}
