import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeadlineHeap } from './deadline-heap.ts';

test('deadlines come out in the order of time, however they went in', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (instants) => {
      const heap = new DeadlineHeap();
      instants.forEach((at, index) => heap.push({ at, key: String(index) }));
      const out = instants.map(() => heap.pop()!.at);
      expect(out).toEqual([...instants].sort((a, b) => a - b));
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
