/** Loading the demo store: once is enough, twice is the same. */
import { describe, expect, it } from 'vitest';
import type { StockCommand } from '../../../actors/stock/commands.ts';
import type { Envelope, Outcome, Router } from '../../../runtime/router/port.ts';
import { MemoryTenants } from '../../tenants/memory.ts';
import { MemoryCatalog } from '../memory.ts';
import { loadDemo } from './load.ts';

const position = { incarnation: 'i', shard: 0, epoch: 1, frame: 1, index: 0 };

/** Counts units per SKU and location; knows nothing else about stock. */
class CountingRouter implements Router {
  readonly levels = new Map<string, Map<string, number>>();
  readonly commandIds: string[] = [];
  refuseAfter = Number.POSITIVE_INFINITY;

  send(envelope: Envelope, answer: (outcome: Outcome) => void): void {
    answer(this.#decide(envelope.actor.id, envelope.command as StockCommand));
  }

  #decide(sku: string, command: StockCommand): Outcome {
    const levels = this.levels.get(sku);
    if (command.type === 'read') {
      if (levels === undefined) return { kind: 'refused', refusal: { code: 'sku_unknown' }, position, at: 0 };
      return {
        kind: 'reply',
        reply: { levels: [...levels].map(([location, onHand]) => ({ location, onHand })) },
        repeated: false,
        position,
        at: 0,
      };
    }
    if (command.type !== 'receive') throw new Error(`unexpected ${command.type}`);
    if (this.commandIds.length >= this.refuseAfter) return { kind: 'unavailable', code: 'overloaded', retryAfterMs: 1 };
    this.commandIds.push(command.commandId);
    const known = levels ?? new Map<string, number>();
    this.levels.set(sku, known.set(command.location, (known.get(command.location) ?? 0) + command.quantity));
    return { kind: 'reply', reply: {}, repeated: false, position, at: 0 };
  }
}

function parts() {
  return { router: new CountingRouter(), catalog: new MemoryCatalog(), tenants: new MemoryTenants(), storeId: 'store_demo' };
}

describe('loading the demo', () => {
  it('puts fifty products and their first units, each under a command id of its own', async () => {
    const shop = parts();
    const { router, catalog } = shop;
    expect(await loadDemo(shop)).toEqual({ products: 50, received: 50, known: 0 });
    expect(await catalog.list('store_demo', null, 100)).toHaveLength(50);
    expect(shop.tenants.locations('store_demo').map((location) => location.id)).toEqual(['main', 'attic']);
    expect(router.levels.get('mug-fog')).toEqual(
      new Map([
        ['main', 40],
        ['attic', 12],
      ]),
    );
    expect(new Set(router.commandIds).size).toBe(router.commandIds.length);
  });

  it('a second time receives nothing', async () => {
    const shop = parts();
    const { router, catalog } = shop;
    await loadDemo(shop);
    const before = router.commandIds.length;
    expect(await loadDemo(shop)).toEqual({ products: 50, received: 0, known: 50 });
    expect(router.commandIds.length).toBe(before);
    expect((await catalog.get('store_demo', 'mug-fog'))?.version).toBe(1);
  });

  it('after a start that was cut short receives what is missing', async () => {
    const shop = parts();
    const { router } = shop;
    router.refuseAfter = 20;
    await expect(loadDemo(shop)).rejects.toThrow('overloaded');
    router.refuseAfter = Number.POSITIVE_INFINITY;
    await loadDemo(shop);
    expect(router.levels.get('socks-three')).toEqual(
      new Map([
        ['main', 70],
        ['attic', 70],
      ]),
    );
    expect(new Set(router.commandIds).size).toBe(router.commandIds.length);
  });
});
