import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InstantHeap } from './instant-heap.ts';

describe('a heap of instants', () => {
  test('tells the earliest entry that is still true', () => {
    const truth = new Map([
      ['a', 3],
      ['b', 1],
    ]);
    const heap = new InstantHeap((instant, id) => truth.get(id) === instant);
    heap.push(3, 'a');
    heap.push(1, 'b');
    expect(heap.first()).toEqual({ instant: 1, id: 'b' });
    truth.set('b', 9);
    expect(heap.first()).toEqual({ instant: 3, id: 'a' });
    truth.delete('a');
    expect(heap.first()).toBeNull();
    expect(heap.size).toBe(0);
  });

  test('an entry that is there twice counts once, and what is due stays in', () => {
    const heap = new InstantHeap(() => true);
    for (const [instant, id] of [
      [2, 'b'],
      [1, 'a'],
      [2, 'b'],
      [5, 'c'],
    ] as const)
      heap.push(instant, id);
    expect(heap.due(4, 10)).toEqual(['a', 'b']);
    expect(heap.due(4, 1)).toEqual(['a']);
    expect(heap.due(4, 0)).toEqual([]);
    expect(heap.due(5, 10)).toEqual(['a', 'b', 'c']);
  });

  test('gives entries back in the order a sorted list would, whatever becomes untrue', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ id: fc.constantFrom(...'abcdefgh'), instant: fc.nat(20) }), { size: 'max', maxLength: 200 }),
        fc.nat(25),
        (puts, at) => {
          const truth = new Map<string, number>();
          const heap = new InstantHeap((instant, id) => truth.get(id) === instant);
          for (const { id, instant } of puts) {
            truth.set(id, instant);
            heap.push(instant, id);
            heap.compact(truth.size);
          }
          const sorted = [...truth].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
          expect(heap.first()?.id).toBe(sorted[0]?.[0]);
          expect(heap.due(at, 100)).toEqual(sorted.filter(([, instant]) => instant <= at).map(([id]) => id));
        },
      ),
    );
  });

  test('stays small while one entry is moved a hundred thousand times', () => {
    let current = 0;
    const heap = new InstantHeap((instant) => instant === current);
    for (current = 1; current < 100_000; current += 1) {
      heap.push(current, 'a');
      heap.compact(1);
      expect(heap.size).toBeLessThan(100);
    }
  });
});
