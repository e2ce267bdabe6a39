/** What the cross-check finds in the memory of real actors: of an order of one line and of one of several. */
import { describe, expect, it } from 'vitest';
import { Host } from '../../../actors/order/host.fixture.ts';
import { buyer, orderId, place, startedAt, store } from '../../../actors/order/kit.fixture.ts';
import type { StockState } from '../../../actors/stock/state.ts';
import { actorId, type ActorId } from '../../../actors/kernel/index.ts';
import { crossCheck } from './cross-check.ts';
import { collect, type Facts, noFacts } from './facts.ts';

const order = actorId('order', store, orderId);
const skus = ['A', 'B'].map((sku) => actorId('stock', store, sku));
const oneLine = { lines: [{ sku: 'A', quantity: 2, shownUnitPriceMinor: null }] };
const wishes: readonly [string, Parameters<typeof place>[0]][] = [
  ['of one line', oneLine],
  ['of several lines', {}],
];

function played(wish: Parameters<typeof place>[0], ...then: readonly object[]): Host {
  const host = new Host(startedAt);
  for (const sku of skus)
    host.ask(sku, { type: 'receive', location: 'main', quantity: 5, commandId: `receive ${sku.id}`, fingerprint: 'f' } as never);
  for (const command of [place(wish), ...then]) host.ask(order, command as never);
  return host;
}

function findings(host: Host): readonly string[] {
  const facts: Facts = noFacts();
  for (const id of [order, ...skus]) collect(facts, { id, state: host.stateOf(id), frame: 1 } as never);
  return crossCheck(facts, null).map(({ what }) => what);
}

describe.each(wishes)('an order %s', (_, wish) => {
  it('has the units that are committed for it', () => {
    expect(findings(played(wish))).toEqual([]);
  });

  it('has none once it is canceled', () => {
    expect(findings(played(wish, { type: 'cancel', commandId: 'c', fingerprint: 'f', buyer, reason: 'no' }))).toEqual([]);
  });

  it('whose units went to somebody else is found', () => {
    const host = played(wish);
    forgetHolds(host, skus[0]!);
    expect(findings(host)).toEqual(['units of A that are committed for it']);
  });
});

it('units that an attempt left behind are found, although the order was tried again', () => {
  const refused = { ...oneLine, expectedTotalMinor: 1 };
  const host = played(refused, place({ ...refused, attempt: 2 }));
  // what the first attempt took is still there, and committed, when the second has failed too
  const left = played(oneLine).stateOf<StockState>(skus[0]!);
  Object.assign(host.stateOf<StockState>(skus[0]!), { holds: left.holds });
  expect(findings(host)).toEqual(['units of A that are committed although it is failed']);
});

function forgetHolds(host: Host, sku: ActorId): void {
  const { holds } = host.stateOf<StockState>(sku);
  holds!.lines.clear();
  holds!.parts.clear();
}
