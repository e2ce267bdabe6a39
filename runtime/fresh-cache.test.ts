/** The cache of configuration: the numbers of its header. */
import { expect, it } from 'vitest';
import { FreshCache } from './fresh-cache.ts';

function world({ entriesMax = 10 } = {}) {
  let nowMs = 0;
  const cache = new FreshCache<string>({ clock: { monotonicMs: () => nowMs }, freshMs: 100, entriesMax });
  const looked: string[] = [];
  return {
    cache,
    looked,
    advance(ms: number) {
      nowMs += ms;
    },
    get: (key: string, value = key) =>
      cache.get(key, async () => {
        looked.push(key);
        return value;
      }),
  };
}

it('F1 uses a value until it is due, and looks again then', async () => {
  const { get, advance, looked } = world();
  expect(await get('a', 'old')).toBe('old');
  advance(99);
  expect(await get('a', 'new')).toBe('old');
  advance(1);
  expect(await get('a', 'new')).toBe('new');
  expect(looked).toEqual(['a', 'a']);
});

it('F2 looks once for many who ask at once', async () => {
  const { get, looked } = world();
  expect(await Promise.all([get('a', '1'), get('a', '2'), get('b')])).toEqual(['1', '1', 'b']);
  expect(looked).toEqual(['a', 'b']);
});

it('F3 gives nothing older to whoever asks after forget, not even what is under way', async () => {
  const { cache, get } = world();
  await get('store/x', 'old');
  let answer: (value: string) => void = () => {};
  const underWay = cache.get('store/y', () => new Promise((resolve) => (answer = resolve)));
  await get('other/x', 'kept');
  cache.forget('store/');
  expect(await get('store/x', 'new')).toBe('new');
  expect(await get('store/y', 'new')).toBe('new');
  answer('old');
  expect(await underWay).toBe('old');
  expect(await get('store/y', 'newer')).toBe('new');
  expect(await get('other/x', 'new')).toBe('kept');
});

it('F4 keeps no more than it may; the oldest look-up goes', async () => {
  const { cache, get, looked } = world({ entriesMax: 2 });
  for (const key of ['a', 'b', 'c']) await get(key);
  expect(cache.size).toBe(2);
  await get('c');
  await get('a');
  expect(looked).toEqual(['a', 'b', 'c', 'a']);
});

it('F5 tells a failure and forgets it', async () => {
  const { cache, get } = world();
  await expect(cache.get('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(cache.size).toBe(0);
  expect(await get('a')).toBe('a');
});

it('F4 keeps nothing that nobody can be given any more', async () => {
  const { cache, get, advance } = world({ entriesMax: 1_000 });
  for (let n = 0; n < 500; n++) await get(`asked once ${n}`);
  advance(99);
  await get('newer');
  expect(cache.size).toBe(501);
  advance(1);
  await get('newest');
  expect(cache.size).toBe(2);
});
