/** What a shard does when it is lost, or the log was full, and nothing else happens to wake it. */
import { expect, test } from 'vitest';
import { actorId } from '../../actors/kernel/index.ts';
import { silentLogger } from '../logger.ts';
import { limits } from '../limits.ts';
import { Node } from '../node.ts';
import type { Outcome } from '../router/port.ts';
import { ask } from '../router/port.ts';
import type { RowStore } from '../rows/port.ts';
import { short, TallyWorld } from '../../testing/tally-world.ts';
import { tallyDefinition } from '../../testing/tally-actor.ts';

test('a log that was full takes clients again although what waited for room has given up meanwhile (I8)', async () => {
  const world = new TallyWorld();
  await world.start();
  world.log.gated = true;
  world.send('a', { type: 'add', n: 1 }, { class: 'internal', waitMs: 150 });
  await world.clock.settle();
  await world.log.say('full');
  await world.clock.advance(10_000);
  world.log.gated = false;
  expect(short(await world.ask('b', { type: 'add', n: 1 }))).toBe(1);
});

test('a repeat of what is on its way to the log is never told "not done" (S5)', async () => {
  const world = new TallyWorld();
  await world.start();
  world.log.gated = true;
  world.send('a', { type: 'receive', from: 'x' });
  await world.clock.settle();
  const repeat = world.send('a', { type: 'receive', from: 'x' }, { waitMs: 1_000 });
  await world.clock.advance(2_000);
  expect(short(repeat.outcome)).toBe('outcome_unknown');
});
test('a shard that is fenced while it takes over is tried for by one owner, not by two (I8)', async () => {
  let fences = 1;
  let fencing = false;
  const world = new TallyWorld({
    limits: { writeBehindFlushMs: 1 },
    rows: (rows: RowStore): RowStore =>
      new Proxy(rows, {
        get(target, name) {
          if (name === 'write') {
            return async (...given: Parameters<RowStore['write']>) => {
              if (fencing && fences-- > 0) return { kind: 'fenced' };
              return target.write(...given);
            };
          }
          if (name === 'due') {
            return async (...given: Parameters<RowStore['due']>) => {
              if (fencing) await new Promise<void>((resolve) => world.clock.after(50, resolve));
              return target.due(...given);
            };
          }
          const value = Reflect.get(target, name) as unknown;
          return typeof value === 'function' ? (value as (...given: unknown[]) => unknown).bind(target) : value;
        },
      }),
  });
  await world.start();
  world.send('a', { type: 'add', n: 1 });
  await world.clock.settle();
  world.node.halt(); // before its rows are written
  fencing = true;
  let nonces = 100;
  const next = new Node({
    clusterId: '00000000-0000-4000-8000-000000000001',
    incarnation: '00000000-0000-4000-8000-000000000002',
    shardCount: 1,
    definitions: [tallyDefinition],
    log: world.log,
    rows: world.rows,
    clock: world.clock,
    logger: silentLogger,
    limits: { ...limits, writeBehindFlushMs: 1 },
    nonce: () => (nonces++).toString(16).padStart(16, '0'),
  });
  const started = next.start();
  started.catch(() => {});
  await world.clock.advance(10_000);
  await started;
  let outcome: Outcome | undefined;
  const asked = ask(next, { actor: actorId('tally', 's', 'a'), command: { type: 'add', n: 1 } as never, class: 'client', waitMs: 1_000 });
  void asked.then((said) => (outcome = said));
  await world.clock.advance(1_000);
  expect(short(outcome)).toBe(2);
  expect(next.status.map(({ phase, epoch }) => ({ phase, epoch }))).toEqual([{ phase: 'serving', epoch: 3 }]);
});

test('a node whose log takes nothing ends all the same (I9)', async () => {
  const world = new TallyWorld();
  await world.start();
  world.log.gated = true;
  world.send('a', { type: 'add', n: 1 });
  await world.clock.settle();
  let drained = false;
  void world.node.drain().then(() => (drained = true));
  await world.clock.advance(limits.drainWithinMs);
  expect(drained).toBe(true);
});
