import { expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Lateness } from './lateness.ts';

const everyMs = 100;

class World {
  readonly clock = new ManualClock();
  readonly found: number[] = [];
  /** How long a look takes; null: it does not come back. */
  takesMs: number | null = 0;
  isWatched = true;
  readonly lateness = new Lateness({
    everyMs,
    clock: this.clock,
    look: (seen) => this.takesMs !== null && this.clock.after(this.takesMs, seen),
    found: (latenessMs) => {
      this.found.push(latenessMs);
      return this.isWatched;
    },
  });
}

test('what a look found is told when the next one is due', async () => {
  const world = new World();
  world.takesMs = 30;
  world.lateness.watch();
  await world.clock.advance(3 * everyMs);
  expect(world.found).toEqual([0, 30, 30]);
});

test('a look that does not come back is as late as it is old (L1)', async () => {
  const world = new World();
  world.takesMs = null;
  world.lateness.watch();
  await world.clock.advance(4 * everyMs);
  expect(world.found).toEqual([0, 100, 200, 300]);
});

test('nobody is asked while nobody watches, and who watches again hears nothing of the time before (L2)', async () => {
  const world = new World();
  world.takesMs = 90;
  world.lateness.watch();
  await world.clock.advance(everyMs);
  world.isWatched = false;
  await world.clock.advance(100 * everyMs);
  expect(world.found).toEqual([0, 90]);
  [world.isWatched, world.takesMs] = [true, 10];
  world.lateness.watch();
  await world.clock.advance(2 * everyMs);
  expect(world.found).toEqual([0, 90, 0, 10]);
});
