/**
 * Traffic of carts: buyers fill them, change them while an order has them, and now and then one cart is bought twice
 * at once. Built from ids that clients made up. It does not judge any answer.
 */
import { type ActorId, actorId } from '../../actors/kernel/index.ts';
import type { CartCommand } from '../../actors/cart/index.ts';
import type { WantedLine } from '../../actors/order/index.ts';
import { uuidV8Of } from '../../runtime/ids/derive.ts';
import type { Act } from './acts.ts';
import type { Random } from './random.ts';
import type { Shop } from './shop.ts';

export interface KnownCart {
  readonly actor: ActorId;
  readonly buyer: string | null;
}

export interface CartsDeps {
  readonly random: Random;
  readonly shop: Shop;
  readonly act: (wanted: Pick<Act, 'actor' | 'command'>) => Act;
  readonly lines: (store: string, buyer: string | null) => readonly WantedLine[];
  readonly code: () => string;
}

const changes = [
  ['putLine', 6],
  ['addCode', 3],
  ['removeCode', 1],
  ['empty', 1],
] as const;
const recentMax = 6;

export class Carts {
  readonly #deps: CartsDeps;
  readonly #carts: KnownCart[] = [];
  #number = 0;

  constructor(deps: CartsDeps) {
    this.#deps = deps;
  }

  /** One that an order may be placed from; undefined: there is none yet. */
  any(): KnownCart | undefined {
    return this.#carts.length === 0 ? undefined : this.#deps.random.pick(this.#carts);
  }

  next(): Act[] {
    const { random } = this.#deps;
    const cart = random.chance(0.6) ? undefined : this.any();
    return cart === undefined ? this.#create() : [this.#change(cart)];
  }

  #create(): Act[] {
    const { random, shop } = this.#deps;
    this.#number += 1;
    const [store, buyer] = [random.pick(shop.stores), random.chance(0.9) ? random.pick(shop.buyers) : null];
    const cart: KnownCart = { actor: actorId('cart', store, `cart_${uuidV8Of(`cart ${this.#number}`)}`), buyer };
    this.#carts.push(cart);
    if (this.#carts.length > recentMax) this.#carts.shift();
    const lines = this.#deps.lines(store, buyer).map(cartLine);
    const created = this.#made(cart, { type: 'create', buyer, currency: 'EUR', lines, fingerprint: `cart body ${this.#number}` });
    return random.chance(0.3) ? [created, this.#made(cart, { type: 'addCode', buyer, code: this.#deps.code() })] : [created];
  }

  #change(cart: KnownCart): Act {
    const { random, lines, code } = this.#deps;
    const { actor, buyer } = cart;
    const change = random.weighted(changes);
    switch (change) {
      case 'putLine': {
        const line = cartLine(lines(actor.store, buyer)[0]!);
        return this.#made(cart, { type: 'putLine', buyer, line: random.chance(0.2) ? { ...line, quantity: 0 } : line });
      }
      case 'addCode':
      case 'removeCode':
        return this.#made(cart, { type: change, buyer, code: code() });
      case 'empty':
        return this.#made(cart, { type: 'empty', buyer });
    }
  }

  #made({ actor }: KnownCart, command: CartCommand): Act {
    return this.#deps.act({ actor, command });
  }
}

function cartLine({ sku, quantity, shownUnitPriceMinor, absorbs }: WantedLine) {
  return { sku, quantity, shownUnitPriceMinor, holdId: absorbs ?? null };
}
