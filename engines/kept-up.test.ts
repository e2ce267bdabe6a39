import { expect, test } from 'vitest';
import { KeptUp, type KeptUpEvent } from './kept-up.ts';
import { silentLogger } from './logger.ts';

interface Fake {
  readonly number: number;
  end(how: string): void;
}

type Told = KeptUpEvent<Fake, string>;

class World {
  readonly stopped: number[] = [];
  readonly told: Told[] = [];
  starts = 0;
  startAgain: () => Promise<Fake> = async () => this.made();
  heard: (event: Told) => void = () => {};
  readonly #listeners = new Map<number, (how: string) => void>();
  readonly kept = new KeptUp<Fake, string>(
    {
      name: 'It',
      logger: silentLogger,
      startAgain: () => this.startAgain(),
      stop: async ({ number }) => void this.stopped.push(number),
      whenEnded: ({ number }, ended) => void this.#listeners.set(number, ended),
      tell: (event) => {
        this.told.push(event);
        this.heard(event);
      },
    },
    this.made(),
  );

  made(): Fake {
    const number = ++this.starts;
    return { number, end: (how) => this.#listeners.get(number)?.(how) };
  }

  until(kind: Told['kind']): Promise<void> {
    return new Promise((resolve) => {
      this.heard = (event) => {
        if (event.kind === kind) resolve();
      };
    });
  }
}

test('what ends is there again, also after a start that failed', async () => {
  const world = new World();
  world.startAgain = async () => {
    world.startAgain = async () => world.made();
    throw new Error('no room');
  };
  const up = world.until('up');
  world.kept.running.end('killed');
  await up;
  expect(world.told).toMatchObject([
    { kind: 'down', end: 'killed' },
    { kind: 'restart_failed', attempt: 1, retryInMs: 100 },
    { kind: 'up' },
  ]);
  expect(world.kept.running.number).toBe(2);
  await world.kept.stop();
  expect(world.stopped).toEqual([2]);
  world.kept.running.end('as asked');
  expect(world.told).toHaveLength(3);
});

test('stopped while it starts again, it is ended as soon as it runs, and nothing else is started', async () => {
  const world = new World();
  let run = (_: Fake): void => {};
  world.startAgain = () => new Promise<Fake>((resolve) => (run = resolve));
  world.kept.running.end('killed');
  const stopping = world.kept.stop();
  run(world.made());
  await stopping;
  expect(world.stopped).toEqual([2]);
  expect(world.told.map(({ kind }) => kind)).toEqual(['down']);
});
