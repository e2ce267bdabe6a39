/**
 * Makes traffic: every command that clients and merchants can send, weighted anew in each world, built
 * from what clients have been told so far and from ids they made up. It does not judge any answer.
 */
import { actorId, type ActorId, multiLineHoldId, oneLineHoldId } from '../../actors/kernel/index.ts';
import type { HoldCommand, HoldLine } from '../../actors/hold/commands.ts';
import type { Nearness, StockCommand } from '../../actors/stock/commands.ts';
import { uuidV8Of } from '../../runtime/ids/derive.ts';
import type { Act, Verdict } from './acts.ts';
import { merchantCommand } from './merchant.ts';
import type { Random } from './random.ts';
import type { Product, Shop } from './shop.ts';
import { type MerchantVerb, type MultiVerb, usualWeights, type Verb } from './verbs.ts';

interface OneLineHold {
  readonly product: Product;
  readonly holdId: string;
  readonly buyer: string;
}

interface MultiHold {
  readonly store: string;
  readonly holdId: string;
  readonly buyer: string;
}

const recentMax = 40;

export class Workload {
  readonly #random: Random;
  readonly #shop: Shop;
  readonly #weights: readonly (readonly [Verb, number])[];
  readonly #holds: OneLineHold[] = [];
  readonly #multiHolds: MultiHold[] = [];
  readonly #commands: Act[] = [];
  /** The newest `countVersion` told, per product. */
  readonly #countVersions = new Map<Product, number>();
  #number = 0;

  constructor(random: Random, shop: Shop) {
    this.#random = random;
    this.#shop = shop;
    this.#weights = Object.entries(usualWeights).map(
      ([verb, weight]) => [verb as Verb, random.chance(0.15) ? 0 : weight * random.between(0.3, 2)] as const,
    );
  }

  /** How many acts have been made. */
  get made(): number {
    return this.#number;
  }

  /** The stock every world opens with. */
  opening(): Act[] {
    return this.#shop.products.map((product) =>
      this.#stock(product, { type: 'receive', location: 'main', quantity: this.#random.integer(3, 40), ...this.#once() }),
    );
  }

  next(): Act {
    const verb = this.#random.weighted(this.#weights);
    return this.#act(verb) ?? this.#hold(this.#random.pick(this.#shop.products), {});
  }

  /** One of a flood: a name nobody ever stocked. */
  unknown(): Act {
    return { ...this.#readUnknown(), isOnce: true };
  }

  /** One of a burst: everybody wants the same thing at once. */
  burst(product: Product): Act {
    return { ...this.#hold(product, {}), isOnce: true };
  }

  /** For the end. */
  readStock(product: Product): Act {
    return this.#stock(product, { type: 'read' });
  }

  /** Reads an actor that tells everything when asked so, as the merchant. */
  readActor(actor: ActorId): Act {
    return this.#made({
      actor,
      command: actor.kind === 'order' || actor.kind === 'cart' ? { type: 'read', buyer: null } : { type: 'read' },
    });
  }

  /** The newest one-line hold that this buyer asked for. */
  ownHold(product: Product, buyer: string): string | undefined {
    return this.#holds.findLast((hold) => hold.product === product && hold.buyer === buyer)?.holdId;
  }

  /** Reads the hold that `act` asked for, as the merchant. */
  readBack(act: Act): Act {
    const { actor, command } = act;
    return this.#made({
      actor,
      command: command.type === 'hold' ? { type: 'readHold', holdId: command.holdId, buyer: null } : { type: 'read', buyer: null },
    });
  }

  /** Remembers what clients learn, as clients do. */
  learn(act: Act, verdict: Verdict | null): void {
    if (verdict?.kind !== 'reply') return;
    const reply = verdict.reply as { readonly type?: string; readonly countVersion?: number };
    const product = this.#productOf(act);
    if (reply.type === 'stock' && product !== undefined && reply.countVersion !== undefined)
      this.#countVersions.set(product, reply.countVersion);
  }

  #productOf(act: Act): Product | undefined {
    return this.#shop.products.find(({ store, sku }) => act.actor.kind === 'stock' && act.actor.store === store && act.actor.id === sku);
  }

  #act(verb: Verb): Act | null {
    switch (verb) {
      case 'hold':
      case 'replace':
        return this.#hold(this.#random.pick(this.#shop.products), { replaces: verb === 'replace' });
      case 'read':
        return this.readStock(this.#random.pick(this.#shop.products));
      case 'extend':
      case 'release':
      case 'commit':
      case 'readHold':
      case 'fulfil':
      case 'uncommit':
        return this.#ofHold(verb);
      case 'multiTake':
        return this.#take();
      case 'multiRetake':
      case 'multiExtend':
      case 'multiRelease':
      case 'multiCommit':
      case 'multiRead':
        return this.#ofMultiHold(verb);
      case 'reuseKey':
        return this.#reuse();
      case 'readUnknown':
        return this.#readUnknown();
      case 'holdUnknown':
        return this.#hold(this.#nothing(), {}, false);
      default:
        return this.#merchant(verb);
    }
  }

  #merchant(verb: MerchantVerb): Act {
    const random = this.#random;
    const product = random.pick(this.#shop.products);
    const command = merchantCommand(verb, product, {
      random,
      locations: this.#shop.locations,
      once: this.#once(),
      nearness: this.#nearness(),
      countVersion: random.chance(0.3) ? (this.#countVersions.get(product) ?? 0) : null,
      holdId: random.chance(0.4) ? (this.#holds.findLast((hold) => hold.product === product)?.holdId ?? null) : null,
    });
    return this.#stock(product, command);
  }

  #hold(product: Product, how: { replaces?: boolean }, isRemembered = true): Act {
    const random = this.#random;
    const buyer = random.pick(this.#shop.buyers);
    const holdId = oneLineHoldId(uuidV8Of(`one-line ${this.#number}`), product.sku);
    const old = how.replaces === true ? this.#holds.findLast((hold) => hold.product === product && hold.buyer === buyer) : undefined;
    const sale = random.chance(0.1) ? { sale: `sale_${random.integer(1, 2)}` } : {};
    if (isRemembered) this.#remember(this.#holds, { product, holdId, buyer });
    return this.#stock(product, {
      type: 'hold',
      holdId,
      fingerprint: this.#fingerprint(),
      buyer,
      quantity: random.integer(1, 4),
      ttlMs: this.#ttlMs(),
      nearness: this.#nearness(),
      ...sale,
      ...(old === undefined ? {} : { replaces: old.holdId }),
    });
  }

  #ofHold(verb: 'extend' | 'release' | 'commit' | 'readHold' | 'fulfil' | 'uncommit'): Act | null {
    const random = this.#random;
    if (this.#holds.length === 0) return null;
    const { product, holdId, buyer } = random.pick(this.#holds);
    const caller = random.chance(0.9) ? buyer : random.chance(0.5) ? null : random.pick(this.#shop.buyers);
    // "All that remains" is a number the ledger of a plain product would have to guess.
    const some = product.isPlain || random.chance(0.3) ? { quantity: random.integer(1, 2) } : {};
    switch (verb) {
      case 'extend':
        return this.#stock(product, { type: 'extend', holdId, ttlMs: this.#ttlMs(), buyer: caller, ...this.#once() });
      case 'release':
      case 'commit':
      case 'readHold':
        return this.#stock(product, { type: verb, holdId, buyer: caller });
      case 'fulfil':
      case 'uncommit':
        return this.#stock(product, { type: verb, holdId, ...some, ...this.#once() });
    }
  }

  #take(): Act {
    const random = this.#random;
    const store = random.pick(this.#shop.stores);
    const buyer = random.pick(this.#shop.buyers);
    const holdId = multiLineHoldId(uuidV8Of(`multi-line ${this.#number}`));
    this.#remember(this.#multiHolds, { store, holdId, buyer });
    const { commandId, fingerprint } = this.#once();
    return this.#multi(
      { store, holdId },
      { type: 'take', commandId, fingerprint, buyer, lines: this.#lines(store, buyer), ttlMs: this.#ttlMs(), nearness: this.#nearness() },
    );
  }

  #ofMultiHold(verb: Exclude<MultiVerb, 'multiTake'>): Act | null {
    const random = this.#random;
    if (this.#multiHolds.length === 0) return null;
    const hold = random.pick(this.#multiHolds);
    const buyer = random.chance(0.9) ? hold.buyer : null;
    const ttlMs = this.#ttlMs();
    switch (verb) {
      case 'multiRetake':
        return this.#multi(hold, {
          type: 'retake',
          ...this.#once(),
          buyer: hold.buyer,
          lines: this.#lines(hold.store, hold.buyer),
          ttlMs,
          nearness: this.#nearness(),
        });
      case 'multiExtend':
        return this.#multi(hold, { type: 'extend', ...this.#once(), buyer, ttlMs });
      case 'multiRelease':
        return this.#multi(hold, { type: 'release', buyer });
      case 'multiCommit':
        return this.#multi(hold, { type: 'commit', buyer });
      case 'multiRead':
        return this.#multi(hold, { type: 'read', buyer });
    }
  }

  #lines(store: string, buyer: string): HoldLine[] {
    const random = this.#random;
    const products = this.#shop.products.filter((product) => product.store === store);
    return Array.from({ length: random.integer(1, 4) }, (): HoldLine => {
      const product = random.pick(products);
      const own = random.chance(0.2) ? this.#holds.findLast((hold) => hold.product === product && hold.buyer === buyer) : undefined;
      return { sku: product.sku, quantity: random.integer(1, 3), ...(own === undefined ? {} : { absorbs: own.holdId }) };
    });
  }

  #readUnknown(): Act {
    return this.#stock(this.#nothing(), { type: 'read' });
  }

  #nothing(): Product {
    return { store: this.#random.pick(this.#shop.stores), sku: `nothing-${this.#random.integer(1, 500)}`, isPlain: false };
  }

  /** An id that was used before, with another body. */
  #reuse(): Act | null {
    if (this.#commands.length === 0) return null;
    const { actor, command } = this.#random.pick(this.#commands);
    return this.#made({ actor, command: { ...command, fingerprint: `another ${this.#fingerprint()}` } as StockCommand });
  }

  #once(): { commandId: string; fingerprint: string } {
    return { commandId: uuidV8Of(`command ${this.#number}`), fingerprint: this.#fingerprint() };
  }

  #fingerprint(): string {
    return `body ${this.#number}`;
  }

  #ttlMs(): number {
    return this.#random.weighted([
      [5_000, 3],
      [this.#random.integer(5_000, 20_000), 4],
      [60_000, 2],
    ]);
  }

  #nearness(): Nearness[] {
    return this.#random.chance(0.5) ? [] : this.#shop.locations.map((location) => ({ location, rank: this.#random.integer(0, 3) }));
  }

  #remember<Item>(items: Item[], item: Item): void {
    items.push(item);
    // Old ones stay in play, but rarely: the middle is forgotten first.
    if (items.length > recentMax) items.splice(this.#random.integer(0, recentMax / 2), 1);
  }

  #stock(product: Product, command: StockCommand): Act {
    return this.#made({ actor: actorId('stock', product.store, product.sku), command });
  }

  #multi(hold: { readonly store: string; readonly holdId: string }, command: HoldCommand): Act {
    return this.#made({ actor: actorId('hold', hold.store, hold.holdId), command });
  }

  /** Gives it its number. */
  act(wanted: Pick<Act, 'actor' | 'command'>): Act {
    return this.#made(wanted);
  }

  #made(act: Pick<Act, 'actor' | 'command'>): Act {
    const made: Act = { ...act, number: this.#number, isOnce: false };
    this.#number += 1;
    if ('commandId' in act.command) this.#remember(this.#commands, made);
    return made;
  }
}
