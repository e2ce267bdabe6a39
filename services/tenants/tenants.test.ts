import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { BoundedCache } from '../../runtime/bounded-cache.ts';
import { MemoryTenants } from './memory.ts';
import { haversineKm, nearnessOf } from './nearness.ts';
import { TenantsUnavailable } from './port.ts';
import { ReadThrough } from './read-through.ts';
import { seedStores } from './seed.ts';

describe('nearness', () => {
  const berlin = { id: 'berlin', name: 'Berlin', rank: 5, latitude: 52.52, longitude: 13.405 };
  const paris = { id: 'paris', name: 'Paris', rank: 1, latitude: 48.857, longitude: 2.352 };
  const nowhere = { id: 'nowhere', name: 'Nowhere', rank: 0, latitude: null, longitude: null };

  test('without an address, the rank of the location decides', () => {
    expect(nearnessOf([berlin, paris, nowhere], null)).toEqual([
      { location: 'berlin', rank: 5 },
      { location: 'paris', rank: 1 },
      { location: 'nowhere', rank: 0 },
    ]);
  });

  test('with one, kilometres do, and a location without coordinates comes last', () => {
    const ranks = nearnessOf([berlin, paris, nowhere], { latitude: 52.4, longitude: 13.1 });
    expect(ranks.map(({ location }) => location)).toEqual(['berlin', 'paris', 'nowhere']);
    expect(ranks[0]!.rank).toBeLessThan(40);
    expect(ranks[1]!.rank).toBeGreaterThan(800);
    expect(ranks[2]!.rank).toBeGreaterThan(20_000);
  });

  test('distances are those of the earth: Berlin to Paris 878 km, pole to pole half around', () => {
    expect(haversineKm({ latitude: 52.52, longitude: 13.405 }, { latitude: 48.857, longitude: 2.352 })).toBeCloseTo(878, -1);
    expect(haversineKm({ latitude: 90, longitude: 0 }, { latitude: -90, longitude: 77 })).toBeCloseTo(20_015, -1);
  });
});

describe('seeding', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onhand-seed-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('two stores, of which one is the demo, with keys in a file that only its owner can read', async () => {
    const tenants = new MemoryTenants();
    const { stores } = await seedStores(tenants, folder);
    expect(stores.map(({ demo }) => demo)).toEqual([true, false]);
    for (const store of stores) {
      expect(store.publishableKey).toMatch(/^pk_/);
      expect(store.secretKey).toMatch(/^sk_/);
      expect(tenants.holderOf(store.secretKey)).toMatchObject({ storeId: store.storeId, kind: 'secret' });
    }
    expect((await stat(join(folder, 'keys.json'))).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(join(folder, 'keys.json'), 'utf8'))).toEqual({ stores });
  });

  test('a restart keeps the keys', async () => {
    const first = await seedStores(new MemoryTenants(), folder);
    const { mtimeMs } = await stat(join(folder, 'keys.json'));
    expect(await seedStores(new MemoryTenants(), folder)).toEqual(first);
    expect((await stat(join(folder, 'keys.json'))).mtimeMs).toBe(mtimeMs);
  });

  test('a damaged file is not written over', async () => {
    await writeFile(join(folder, 'keys.json'), '{"stores": [{}]}');
    await expect(seedStores(new MemoryTenants(), folder)).rejects.toThrow(/keys\.json is damaged/);
    expect(await readFile(join(folder, 'keys.json'), 'utf8')).toBe('{"stores": [{}]}');
  });
});

describe('bounded cache', () => {
  test('never has more than its bound, and keeps what is used', () => {
    const cache = new BoundedCache<string, number>({ entriesMax: 3, keepMs: 1_000, nowMs: () => 0 });
    for (const [value, key] of ['a', 'b', 'c'].entries()) cache.set(key, value);
    cache.get('a');
    cache.set('d', 3);
    expect([...'abcd'].filter((key) => cache.get(key) !== undefined)).toEqual(['a', 'c', 'd']); // I7
  });

  test('forgets when time is up', () => {
    let nowMs = 0;
    const cache = new BoundedCache<string, number>({ entriesMax: 3, keepMs: 1_000, nowMs: () => nowMs });
    cache.set('long', 1);
    cache.set('short', 2, 10);
    nowMs = 10;
    expect([cache.get('long'), cache.get('short')]).toEqual([1, undefined]);
    nowMs = 1_000;
    expect(cache.get('long')).toBeUndefined();
    expect(cache.size).toBe(0);
  });
});

describe('read-through', () => {
  const options = (lookUp: (key: string) => Promise<string>, clock = new ManualClock()) => ({
    clock,
    entriesMax: 2,
    freshMs: () => 1_000,
    lookupsMax: 2,
    lookUp,
  });

  test('asks once for many', async () => {
    let asked = 0;
    const cache = new ReadThrough(options(async (key) => `${key}${++asked}`));
    expect(await Promise.all([cache.get('k'), cache.get('k'), cache.get('k')])).toEqual(['k1', 'k1', 'k1']);
    expect(cache.get('k')).toBe('k1');
  });

  test('more look-ups at once than allowed are refused, and nothing is lost by it', async () => {
    const waiting: ((value: string) => void)[] = [];
    const cache = new ReadThrough(options(() => new Promise((resolve) => waiting.push(resolve))));
    const [a, b] = [cache.get('a'), cache.get('b')];
    await expect(cache.get('c')).rejects.toThrow(TenantsUnavailable); // I7
    for (const answer of waiting) answer('found');
    expect(await Promise.all([a, b])).toEqual(['found', 'found']);
  });

  test('a look-up that began before a write does not bring the old value back', async () => {
    const waiting: ((value: string) => void)[] = [];
    const cache = new ReadThrough(options(() => new Promise((resolve) => waiting.push(resolve))));
    const before = cache.get('k');
    cache.forget('k');
    const after = cache.get('k');
    waiting[1]!('new');
    waiting[0]!('old');
    expect(await Promise.all([before, after])).toEqual(['old', 'new']);
    expect(cache.get('k')).toBe('new'); // R3
  });

  test('never has more than its bound', async () => {
    const cache = new ReadThrough(options(async (key) => key));
    for (const key of ['a', 'b', 'c']) await cache.get(key);
    expect(cache.size).toBe(2);
  });
});
