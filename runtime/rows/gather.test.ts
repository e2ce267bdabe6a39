/** What travels together, what waits, and for how long. */
import { expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Gather } from './gather.ts';

interface Item {
  readonly name: string;
  readonly weight: number;
}

class World {
  readonly clock = new ManualClock();
  readonly groups: string[] = [];
  readonly #under: (() => void)[] = [];
  readonly #gather: Gather<Item>;

  constructor(inFlightMax = 1, fullInFlightMax = inFlightMax) {
    this.#gather = new Gather<Item>({
      inFlightMax,
      fullInFlightMax,
      weightMax: 10,
      weightOf: (item) => item.weight,
      nameOf: (item) => item.name,
      send: async (items) => {
        this.groups.push(items.map((item) => item.name).join(''));
        await new Promise<void>((resolve) => this.#under.push(resolve));
      },
      defer: (call) => this.clock.defer(call),
    });
  }

  add(names: string, weight = 1): void {
    for (const name of names) this.#gather.add({ name, weight });
  }

  async turn(): Promise<void> {
    await this.clock.settle();
  }

  async back(): Promise<void> {
    this.#under.shift()!();
    await this.clock.settle();
  }
}

test('what comes in one turn travels together, in order, once (G1, G2)', async () => {
  const world = new World();
  world.add('abc');
  expect(world.groups).toEqual([]);
  await world.turn();
  await world.back();
  expect(world.groups).toEqual(['abc']);
});

test('what comes while as many as may be are under way waits, and travels together when one is back (G2)', async () => {
  const world = new World(2);
  for (const name of 'abcd') {
    world.add(name);
    await world.turn();
  }
  expect(world.groups).toEqual(['a', 'b']);
  await world.back();
  expect(world.groups).toEqual(['a', 'b', 'cd']);
});

test('what comes in the very turn in which a group is back joins those that waited', async () => {
  const world = new World();
  world.add('a');
  await world.turn();
  world.add('b');
  await world.turn();
  world.add('c');
  await world.back();
  expect(world.groups).toEqual(['a', 'bc']);
});

test('a group is no heavier than it may be, unless it is one item (G3)', async () => {
  const world = new World(9);
  world.add('abc', 4);
  world.add('d', 30);
  world.add('ef', 5);
  await world.turn();
  expect(world.groups).toEqual(['ab', 'c', 'd', 'ef']);
});

test('full groups do not wait for company (G3)', async () => {
  const world = new World(1, 3);
  world.add('abcd', 9);
  world.add('e', 1);
  await world.turn();
  expect(world.groups).toEqual(['a', 'b', 'c']);
  await world.back();
  expect(world.groups).toEqual(['a', 'b', 'c', 'de']);
  world.add('f');
  await world.turn();
  expect(world.groups).toEqual(['a', 'b', 'c', 'de']); // light: it waits until nothing else is under way
  for (let back = 0; back < 3; back++) await world.back();
  expect(world.groups).toEqual(['a', 'b', 'c', 'de', 'f']);
});

test('two of one name follow each other (G4)', async () => {
  const world = new World();
  world.add('abac');
  await world.turn();
  expect(world.groups).toEqual(['ab']);
  await world.back();
  expect(world.groups).toEqual(['ab', 'ac']);
});

test('one group sets off in a turn, so that others have their turn between two of them (G5)', async () => {
  const clock = new ManualClock();
  const order: string[] = [];
  const gather = new Gather<number>({
    inFlightMax: 4,
    fullInFlightMax: 4,
    weightMax: 1,
    weightOf: () => 1,
    nameOf: (item) => item,
    send: async (items) => {
      order.push(`group ${items.join()}`);
      clock.defer(() => order.push('another'));
    },
    defer: (call) => clock.defer(call),
  });
  for (const item of [1, 2, 3]) gather.add(item);
  await clock.settle();
  expect(order).toEqual(['group 1', 'another', 'group 2', 'another', 'group 3', 'another']);
});
