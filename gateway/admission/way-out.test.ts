import { expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { WayOut } from './way-out.ts';

test('who leaves hears it after a while, in their order; where there is no room for more, at once', async () => {
  const clock = new ManualClock();
  const wayOut = new WayOut({ clock, afterMs: 1_000, leavingMax: 2 });
  const heard: string[] = [];
  const leave = (name: string) => wayOut.leave((keptMs) => heard.push(`${name} after ${keptMs}`));
  leave('first');
  await clock.advance(400);
  leave('second');
  leave('third');
  expect(heard).toEqual(['third after 0']);
  await clock.advance(600);
  expect(heard).toEqual(['third after 0', 'first after 1000']);
  leave('fourth');
  expect(heard).toHaveLength(2);
  await clock.advance(1_000);
  expect(heard.slice(2)).toEqual(['second after 1000', 'fourth after 1000']);
});
