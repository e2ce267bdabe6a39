/**
 * The proof that the auditor bites: a broken part is put in place of an honest one, and within a few worlds
 * the right promise must be found broken. What is honest here stays honest, so nothing else can be the cause.
 */
import { expect, test } from 'vitest';
import type { StockCommand } from '../../actors/stock/index.ts';
import type { AppendOutcome, EncodedFrame, Log, Position, Shard } from '../../runtime/log/port.ts';
import type { Checkpoint, RowBatch, RowStore } from '../../runtime/rows/port.ts';
import { bitten, withDecide, withMethods } from './bites.fixture.ts';
import { definitions } from './definitions.ts';
import type { Sabotage } from './host.ts';

test('a log that acknowledges before it stores breaks I3', async () => {
  const log = (honest: Log): Log =>
    withMethods(honest, {
      async append(shard: Shard, expected: Position, frame: EncodedFrame): Promise<AppendOutcome> {
        void honest.append(shard, expected, frame);
        return { kind: 'acked' };
      },
    });
  expect(await bitten({ sabotage: { log } }, ['I3'])).toContain('I3');
});

test('a log that says "not written" of what it has written breaks I3: "not done" is said of what is in it', async () => {
  const log = (honest: Log): Log =>
    withMethods(honest, {
      async append(shard: Shard, expected: Position, frame: EncodedFrame): Promise<AppendOutcome> {
        const outcome = await honest.append(shard, expected, frame);
        return outcome.kind === 'acked' && frame.frame % 7 === 0 ? { kind: 'full' } : outcome;
      },
    });
  expect(await bitten({ sabotage: { log } }, ['I3'])).toContain('I3');
});

test('rows whose checkpoint moves without them break I4', async () => {
  const rows = (honest: RowStore): RowStore =>
    withMethods(honest, {
      write: (shard: Shard, from: Checkpoint, to: Checkpoint, batch: RowBatch) =>
        honest.write(shard, from, to, to.frame % 10 === 0 ? { actors: batch.actors, changes: [] } : batch),
    });
  const found = await bitten({ sabotage: { rows } }, ['I1', 'I4', 'assertion', 'program']);
  expect(found.length).toBeGreaterThan(0);
});

test('a router that answers before the log has spoken breaks I3', async () => {
  const send: Sabotage['send'] = (envelope, answer, honest) => {
    let known = false;
    honest(envelope, (outcome) => {
      if (!known) answer(outcome);
      known = true;
    });
    if (envelope.command.type !== 'receive') return;
    known = true;
    const position = { incarnation: '', shard: 0, epoch: 1, frame: 1_000_000, index: 0 };
    answer({ kind: 'reply', reply: { type: 'tick' }, repeated: false, position, at: 0 });
  };
  expect(await bitten({ sabotage: { send } }, ['I3'])).toContain('I3');
});

test('stock that forgets what it has done before breaks I5', async () => {
  const forgetful = withDecide('stock', (decide) => {
    let count = 0;
    return (state, command: StockCommand, at) =>
      decide(state, command.type === 'receive' ? { ...command, commandId: `${command.commandId} ${(count += 1)}` } : command, at);
  });
  // Only the nodes have it: to the auditor's own fold such answers cannot come from the log (I4).
  expect(await bitten({ sabotage: { definitions: () => forgetful } }, ['I4', 'I5'])).not.toEqual([]);
});

test('stock that sells more than there is breaks I2 in the books of those who bought', async () => {
  const selling = withDecide('stock', (decide) => (state, command: StockCommand, at) => {
    const isAsked = command.type === 'hold' && command.sale === undefined;
    return decide(
      isAsked ? Object.assign(Object.create(state), { settings: { ...state.settings, policy: 'continue' } }) : state,
      command,
      at,
    );
  });
  // The auditor folds and decides with the same broken stock, which finds nothing wrong with itself: only
  // the ledger of what clients were told can notice.
  const generous = selling.map((definition) => ({ ...definition, broken: () => [] }));
  expect(await bitten({ definitions: generous }, ['I2'])).toContain('I2');
});

test('deadlines that are never served break I9', async () => {
  const timeless = definitions.map((definition) => ({ ...definition, deadline: () => null }));
  expect(await bitten({ definitions: timeless }, ['I9'])).toContain('I9');
});

test('a debt that is never paid breaks I8 or I9', async () => {
  const stingy: Sabotage['definitions'] = (honest) => honest.map((definition) => ({ ...definition, pending: () => [] }));
  const found = await bitten({ sabotage: { definitions: stingy } }, ['I8', 'I9']);
  expect(found.some((invariant) => invariant === 'I8' || invariant === 'I9')).toBe(true);
});

/** The auditor's fold decides with the same broken stock: only whoever knows what stock is can tell, from outside. */
test('stock that refuses its last units is found by the order that no answers fit', async () => {
  const stingy = withDecide('stock', (decide) => (state, command: StockCommand, at) => {
    const decision = decide(state, command, at);
    if (command.type !== 'hold' || decision.kind !== 'accepted') return decision;
    const oneMore = decide(state, { ...command, quantity: command.quantity + 1 }, at);
    return oneMore.kind === 'refused' && oneMore.refusal.code === 'insufficient_stock' ? oneMore : decision;
  });
  expect(await bitten({ definitions: stingy }, ['linearizability'])).toEqual(['linearizability']);
});

test('stock that acknowledges a release and keeps the units until the hold ends is found by the order that no answers fit', async () => {
  const slow = withDecide('stock', (decide) => (state, command: StockCommand, at) => {
    const decision = decide(state, command, at);
    return command.type === 'release' && decision.kind === 'accepted' ? { ...decision, events: [] } : decision;
  });
  expect(await bitten({ definitions: slow }, ['linearizability'])).toContain('linearizability');
});
