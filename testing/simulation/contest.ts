/**
 * Traffic for one SKU of few units that many want: one-line holds, releases, commits, looks and a receipt now and then,
 * and nothing else, so that whether one order explains all answers can be decided. It does not judge any answer.
 */
import { actorId, type ActorId, oneLineHoldId } from '../../actors/kernel/index.ts';
import type { StockCommand } from '../../actors/stock/commands.ts';
import { uuidV8Of } from '../../runtime/ids/derive.ts';
import type { Act } from './acts.ts';
import type { Random } from './random.ts';
import type { Shop } from './shop.ts';

type Verb = 'hold' | 'release' | 'commit' | 'read' | 'receive';

const verbs: readonly (readonly [Verb, number])[] = [
  ['hold', 50],
  ['release', 20],
  ['commit', 6],
  ['read', 12],
  ['receive', 4],
];

/** Of everything that clients want. */
const share = 0.15;
const recentMax = 8;

export class Contest {
  readonly #random: Random;
  readonly #shop: Shop;
  readonly #actor: ActorId;
  readonly #act: (wanted: Pick<Act, 'actor' | 'command'>) => Act;
  readonly #holds: { readonly holdId: string; readonly buyer: string }[] = [];
  #number = 0;

  constructor(random: Random, shop: Shop, act: (wanted: Pick<Act, 'actor' | 'command'>) => Act) {
    this.#random = random;
    this.#shop = shop;
    this.#actor = actorId('stock', shop.contested.store, shop.contested.sku);
    this.#act = act;
  }

  get isNext(): boolean {
    return this.#random.chance(share);
  }

  opening(): Act {
    return this.#receive(this.#random.integer(2, 5));
  }

  next(): Act {
    const random = this.#random;
    const verb = random.weighted(verbs);
    if (verb === 'receive') return this.#receive(1);
    if (verb === 'read') return this.#wanted({ type: 'read' });
    const hold = this.#holds.length === 0 ? undefined : random.pick(this.#holds);
    if (verb === 'hold' || hold === undefined) return this.#hold();
    return this.#wanted({ type: verb, holdId: hold.holdId, buyer: random.chance(0.8) ? hold.buyer : null });
  }

  #hold(): Act {
    const random = this.#random;
    const buyer = random.pick(this.#shop.buyers);
    const holdId = oneLineHoldId(uuidV8Of(`contest hold ${this.#number}`), this.#actor.id);
    this.#holds.push({ holdId, buyer });
    if (this.#holds.length > recentMax) this.#holds.shift();
    return this.#wanted({
      type: 'hold',
      holdId,
      fingerprint: `contest body ${this.#number}`,
      buyer,
      quantity: random.chance(0.8) ? 1 : 2,
      ttlMs: random.integer(5_000, 20_000),
      nearness: [],
    });
  }

  #receive(quantity: number): Act {
    const once = { commandId: uuidV8Of(`contest command ${this.#number}`), fingerprint: `contest body ${this.#number}` };
    return this.#wanted({ type: 'receive', location: 'main', quantity, ...once });
  }

  #wanted(command: StockCommand): Act {
    this.#number += 1;
    return this.#act({ actor: this.#actor, command });
  }
}
