/** What buyers of a scarce SKU were told while the broker died and came back has one order that explains it all (I4). */
import { expect, test } from 'vitest';
import type { ActorCommand } from '../../actors/kernel/index.ts';
import type { Outcome } from '../../runtime/router/port.ts';
import { holdOf, receiptOf, sendStock } from '../crowd.ts';
import { checkLinearizable, type Operation } from '../linearizability/check.ts';
import { type StockInput, stockModel, type StockOutput } from '../linearizability/stock-model.ts';
import { BrokerWorld } from './broker-world.ts';

const units = 12;
const buyers = 6;
const roundsEach = 25;
const killsAfter = [20, 90];

function outputOf(outcome: Outcome): StockOutput | undefined {
  if (outcome.kind === 'reply') return { kind: 'done' };
  if (outcome.kind === 'unavailable') return undefined;
  const { code, available } = outcome.refusal as { readonly code: string; readonly available?: number };
  if (code === 'insufficient_stock') return { kind: 'insufficient', available: available! };
  throw new Error(`a buyer did not expect ${JSON.stringify(outcome.refusal)}`);
}

test('holds and releases of a scarce SKU are linearizable while the broker is killed twice', async () => {
  await using world = await BrokerWorld.open();
  await world.startNode();
  const history: Operation<StockInput, StockOutput>[] = [];
  let answers = 0;
  const ask = async (input: StockInput, command: ActorCommand): Promise<StockOutput | undefined> => {
    const calledAt = performance.now();
    const output = outputOf(await sendStock(world.node, 'shop', 'scarce', command, 1_000));
    history.push({ input, output, calledAt, returnedAt: performance.now() });
    answers++;
    if (killsAfter.includes(answers)) await world.nats.servers[0]!.kill().then(() => world.nats.servers[0]!.start());
    return output;
  };
  expect(await ask({ kind: 'receive', quantity: units }, receiptOf('open', units))).toEqual({ kind: 'done' });
  const buyer = async (number: number): Promise<void> => {
    for (let round = 0; round < roundsEach; round++) {
      const holdId = `hold-${number}-${round}`;
      const held = await ask({ kind: 'hold', holdId, quantity: 3 }, { ...holdOf(holdId), quantity: 3 } as ActorCommand);
      if (held?.kind !== 'done') continue;
      const release = { type: 'release', holdId, buyer: holdId, commandId: `release ${holdId}`, fingerprint: 'f' } as ActorCommand;
      await ask({ kind: 'release', holdId }, release);
    }
  };
  await Promise.all(Array.from({ length: buyers }, (_, number) => buyer(number)));
  expect(history.filter(({ output }) => output?.kind === 'insufficient').length).toBeGreaterThan(0);
  history.sort((one, other) => one.calledAt - other.calledAt);
  expect(checkLinearizable(stockModel, history)).toEqual({ kind: 'linearizable' });
});
