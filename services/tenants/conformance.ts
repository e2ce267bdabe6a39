/** What every `Tenants` does: run against the twin in memory and against Postgres. */
import { describe, expect, test } from 'vitest';
import { newStoreKeys } from './keys.ts';
import { tenantLimits, type NewStore, type Tenants } from './port.ts';

export function runTenantsConformance(name: string, tenantsFor: () => Tenants): void {
  let stores = 0;
  const newStore = (demo = false): NewStore => {
    stores += 1;
    return { storeId: `store_${stores}`, name: `Store ${stores}`, subdomain: `shop-${stores}`, demo };
  };

  describe(`tenants: ${name}`, () => {
    test('a store is found by its keys and its subdomain', async () => {
      const tenants = tenantsFor();
      const store = newStore(true);
      const keys = newStoreKeys();
      await tenants.ensureStore(store, keys);
      expect(await tenants.holderOf(keys.publishableKey)).toMatchObject({ kind: 'publishable', storeId: store.storeId });
      expect(await tenants.holderOf(keys.secretKey)).toMatchObject({ kind: 'secret', storeId: store.storeId });
      const whole = { ...store, paused: false, publishableKey: keys.publishableKey };
      expect(await tenants.store(store.storeId)).toEqual(whole);
      expect(await tenants.bySubdomain(store.subdomain)).toEqual(whole);
      expect(await tenants.demoStore()).toEqual(whole);
    });

    test('a key nobody has and a name nobody has find nothing', async () => {
      const tenants = tenantsFor();
      expect(await tenants.holderOf(newStoreKeys().secretKey)).toBeNull();
      expect(await tenants.holderOf('')).toBeNull();
      expect(await tenants.holderOf("sk_'; drop table onhand.stores; --")).toBeNull();
      expect(await tenants.bySubdomain('nobody')).toBeNull();
      expect(await tenants.bySubdomain("'")).toBeNull();
      expect(await tenants.store('store_none')).toBeNull();
    });

    test('a key that was unknown when asked for works as soon as its store is made', async () => {
      const tenants = tenantsFor();
      const keys = newStoreKeys();
      expect(await tenants.holderOf(keys.secretKey)).toBeNull();
      await tenants.ensureStore(newStore(), keys);
      expect(await tenants.holderOf(keys.secretKey)).toMatchObject({ kind: 'secret' });
    });

    test('making sure again changes nothing', async () => {
      const tenants = tenantsFor();
      const store = newStore();
      const keys = newStoreKeys();
      await tenants.ensureStore(store, keys);
      await tenants.setPaused(store.storeId, true);
      await tenants.ensureStore({ ...store, name: 'Another name' }, keys);
      expect(await tenants.store(store.storeId)).toMatchObject({ name: store.name, paused: true });
      expect(await tenants.locations(store.storeId)).toHaveLength(1);
    });

    test('a pause is seen at once', async () => {
      const tenants = tenantsFor();
      const store = newStore();
      await tenants.ensureStore(store, newStoreKeys());
      expect(await tenants.store(store.storeId)).toMatchObject({ paused: false });
      await tenants.setPaused(store.storeId, true);
      expect(await tenants.store(store.storeId)).toMatchObject({ paused: true });
      await tenants.setPaused(store.storeId, false);
      expect(await tenants.store(store.storeId)).toMatchObject({ paused: false });
    });

    test('locations come by rank, then id; each store has its own', async () => {
      const tenants = tenantsFor();
      const [one, two] = [newStore(), newStore()];
      await tenants.ensureStore(one, newStoreKeys());
      await tenants.ensureStore(two, newStoreKeys());
      expect(await tenants.locations(one.storeId)).toEqual([{ id: 'main', name: 'Main', rank: 0, latitude: null, longitude: null }]);
      for (const [id, rank] of [
        ['b', 2],
        ['a', 2],
        ['z', 1],
      ] as const)
        expect(await tenants.putLocation(one.storeId, { id, name: id, rank, latitude: 52.5, longitude: 13.4 })).toBe('written');
      expect((await tenants.locations(one.storeId)).map(({ id }) => id)).toEqual(['main', 'z', 'a', 'b']);
      await tenants.putLocation(one.storeId, { id: 'z', name: 'Moved', rank: 9, latitude: null, longitude: null });
      expect((await tenants.locations(one.storeId)).at(-1)).toEqual({ id: 'z', name: 'Moved', rank: 9, latitude: null, longitude: null });
      expect(await tenants.locations(two.storeId)).toHaveLength(1); // I6
    });

    test('a store has so many locations and no more; those it has can still be changed', async () => {
      const tenants = tenantsFor();
      const store = newStore();
      await tenants.ensureStore(store, newStoreKeys());
      const location = (id: string) => ({ id, name: id, rank: 1, latitude: null, longitude: null });
      for (let count = 1; count < tenantLimits.locationsPerStoreMax; count++)
        await tenants.putLocation(store.storeId, location(`l${count}`));
      expect(await tenants.putLocation(store.storeId, location('one-more'))).toBe('full'); // I7
      expect(await tenants.putLocation(store.storeId, location('l1'))).toBe('written');
      expect(await tenants.locations(store.storeId)).toHaveLength(tenantLimits.locationsPerStoreMax);
    });
  });
}
