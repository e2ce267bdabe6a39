/**
 * Traffic of the checkout: buyers who place orders (with codes, with units they hold already, with cards that do all
 * that cards do, several times under one key), pay again, cancel and send back; and the merchant who ships, takes
 * back and gives money back. Built from what clients have been told. It does not judge any answer.
 */
import { type ActorId, actorId } from '../../actors/kernel/index.ts';
import type { OrderCommand, OrderRefusal, OrderReply, WantedLine } from '../../actors/order/index.ts';
import { uuidV8Of } from '../../runtime/ids/derive.ts';
import type { Act, Verdict } from './acts.ts';
import { afterSale, fits, type Verb, verbs } from './after-sales.ts';
import { Carts } from './carts.ts';
import { forgottenCode, giftCode, quoteFor, tenthOffCode, unitPriceMinorOf } from './prices.ts';
import type { Random } from './random.ts';
import type { Product, Shop } from './shop.ts';

type Place = OrderCommand & { readonly type: 'place' };
type Wanted = Pick<Act, 'actor' | 'command'>;

const cards = [
  ['pm_card_visa', 10],
  ['pm_card_authenticationRequired', 5],
  ['pm_card_declined', 2],
  ['pm_card_InsufficientFunds', 1],
] as const;

/** What the twin of the provider names an intent's secret. */
const secretSuffix = '_secret';
const recentMax = 16;
/** Of lines: what sells in every weather. */
const staplesShare = 0.6;
export const couponCodes = [tenthOffCode, giftCode, forgottenCode] as const;
const codeWeights = [
  [tenthOffCode, 5],
  [giftCode, 4],
  [forgottenCode, 1],
] as const;

interface KnownOrder {
  readonly actor: ActorId;
  readonly place: Place;
  /** Tries under its key that were sent or heard of. */
  attempt: number;
  /** What its buyer or the merchant was last told. */
  reply: OrderReply | null;
}

export interface CheckoutsDeps {
  readonly random: Random;
  readonly shop: Shop;
  /** Of everything that clients want. */
  readonly share: number;
  readonly act: (wanted: Wanted) => Act;
  /** The newest one-line hold of this buyer, to absorb. */
  readonly ownHold: (product: Product, buyer: string) => string | undefined;
  /** The buyer has been at the bank, some time from now. */
  readonly finishAction: (intentId: string, verdict: 'authorise' | 'fail', afterMs: number) => void;
}

export class Checkouts {
  readonly #deps: CheckoutsDeps;
  readonly #orders: KnownOrder[] = [];
  readonly #carts: Carts;
  readonly #atBank = new Set<string>();
  #number = 0;

  constructor(deps: CheckoutsDeps) {
    this.#deps = deps;
    const { random, shop, act } = deps;
    this.#carts = new Carts({
      random,
      shop,
      act,
      lines: (store, buyer) => this.#lines(store, buyer),
      code: () => random.weighted(codeWeights),
    });
  }

  get isNext(): boolean {
    return this.#deps.random.chance(this.#deps.share);
  }

  /** Bread in every store, and its codes, with few uses. */
  opening(): Act[] {
    const { random, shop, share } = this.#deps;
    if (share === 0) return [];
    const bread = shop.staples.map(({ store, sku }) =>
      this.#made(actorId('stock', store, sku), { type: 'receive', location: 'main', quantity: random.integer(20, 60), ...this.#once() }),
    );
    const codes = shop.stores.flatMap((store) =>
      couponCodes.map((code) => {
        const usesPerBuyerMax = random.chance(0.5) ? null : random.integer(1, 2);
        const terms = { usesMax: random.integer(1, 6), usesPerBuyerMax, validFrom: null, validUntil: null, active: true };
        return this.#made(actorId('coupon', store, code), { type: 'define', terms, ...this.#once() });
      }),
    );
    return [...bread, ...codes];
  }

  /** Mostly one; several at once when a buyer presses the button again and again. */
  next(): readonly Act[] {
    const verb = this.#deps.random.weighted(verbs);
    if (verb === 'fillCart') return this.#carts.next();
    const order = this.#orderFor(verb);
    return verb === 'place' || order === undefined ? this.#placeNew() : this.#of(verb, order);
  }

  learn({ actor }: Act, verdict: Verdict | null): void {
    const order = this.#orders.find((known) => known.actor.id === actor.id && actor.kind === 'order');
    if (order === undefined) return;
    if (verdict?.kind === 'refused') return learnAttempt(order, verdict.refusal as OrderRefusal);
    if (verdict?.kind !== 'reply') return;
    const reply = verdict.reply as OrderReply;
    if (order.reply === null || order.reply.version <= reply.version) order.reply = reply;
    this.#goToBank(reply);
  }

  /** Most people finish 3-D Secure; some fail, some close the window, some come back when the order is about to give up. */
  #goToBank({ nextAction }: OrderReply): void {
    const { random, finishAction } = this.#deps;
    if (nextAction === null || this.#atBank.has(nextAction.clientSecret)) return;
    this.#atBank.add(nextAction.clientSecret);
    if (random.chance(0.25)) return;
    const intentId = nextAction.clientSecret.slice(0, -secretSuffix.length);
    finishAction(
      intentId,
      random.chance(0.8) ? 'authorise' : 'fail',
      random.chance(0.15) ? random.between(830_000, 900_000) : random.between(50, 20_000),
    );
  }

  // ── orders ────────────────────────────────────────────────────────────────────────────────────

  /** One that the verb may well be accepted for, or now and then any. */
  #orderFor(verb: Verb): KnownOrder | undefined {
    const { random } = this.#deps;
    const likely = random.chance(0.9) ? this.#orders.filter(({ reply }) => fits(verb, reply)) : this.#orders;
    return likely.length === 0 ? undefined : random.pick(likely);
  }

  #placeNew(): Act[] {
    const { random } = this.#deps;
    const place = this.#place();
    const actor = actorId('order', place.store, `order_${place.command.commandId}`);
    this.#orders.push({ actor, place: place.command, attempt: 1, reply: null });
    // Old ones stay in play, but rarely: the middle is forgotten first.
    if (this.#orders.length > recentMax) this.#orders.splice(random.integer(0, recentMax / 2), 1);
    const copies = random.chance(0.1) ? random.integer(2, 4) : 1;
    return Array.from({ length: copies }, () => this.#made(actor, place.command));
  }

  #place(): { readonly store: string; readonly command: Place } {
    const { random, shop } = this.#deps;
    const cart = random.chance(0.3) ? this.#carts.any() : undefined;
    const { store, buyer } = cart === undefined ? this.#somebody() : { store: cart.actor.store, buyer: cart.buyer };
    const lines = cart === undefined ? this.#lines(store, buyer) : [];
    const codes = cart === undefined ? this.#codes() : [];
    const command: Place = {
      type: 'place',
      ...this.#once(),
      buyer,
      cartId: cart?.actor.id ?? null,
      lines,
      codes,
      currency: 'EUR',
      email: 'buyer@shop.example',
      shippingAddress: { name: 'A Buyer', line1: '1 High Street', city: 'Springfield', postalCode: '12345', country: 'DE' },
      shippingMethod: null,
      paymentMethod: random.weighted(cards),
      returnUrl: null,
      expectedTotalMinor: cart === undefined ? this.#expectedTotalMinor(lines, codes) : null,
      account: null,
      feeMillionths: 0,
      nearness: random.chance(0.5) ? [] : shop.locations.map((location) => ({ location, rank: random.integer(0, 3) })),
    };
    return { store, command };
  }

  #somebody(): { readonly store: string; readonly buyer: string | null } {
    const { random, shop } = this.#deps;
    return { store: random.pick(shop.stores), buyer: random.chance(0.95) ? random.pick(shop.buyers) : null };
  }

  #codes(): readonly string[] {
    const { random } = this.#deps;
    if (random.chance(0.35)) return [random.weighted(codeWeights)];
    return random.chance(0.03) ? ['NO SUCH CODE'] : [];
  }

  #lines(store: string, buyer: string | null): WantedLine[] {
    const { random, shop, ownHold } = this.#deps;
    const [products, staples] = [shop.products, shop.staples].map((all) => all.filter((product) => product.store === store));
    return Array.from({ length: random.integer(1, 2) }, (): WantedLine => {
      const product = random.pick(random.chance(staplesShare) ? staples! : products!);
      const own = buyer !== null && random.chance(0.3) ? ownHold(product, buyer) : undefined;
      const absorbs = own === undefined ? {} : { absorbs: own };
      const shownUnitPriceMinor = random.chance(0.5) ? unitPriceMinorOf(product.sku) : null;
      return { sku: product.sku, quantity: random.integer(1, 3), shownUnitPriceMinor, ...absorbs };
    });
  }

  /** Mostly what it will be; now and then what it was yesterday. */
  #expectedTotalMinor(lines: readonly WantedLine[], codes: readonly string[]): number | null {
    const { random } = this.#deps;
    if (random.chance(0.6)) return null;
    const outcome = quoteFor({ lines, codes, currency: 'EUR' });
    return outcome.ok ? outcome.quote.totalMinor + (random.chance(0.1) ? 1 : 0) : null;
  }

  #of(verb: Exclude<Verb, 'place' | 'fillCart'>, order: KnownOrder): Act[] {
    const { random, shop } = this.#deps;
    const { actor, place, reply } = order;
    const buyer = random.chance(0.85) ? place.buyer : null;
    switch (verb) {
      case 'placeAgain': // mostly on purpose, else a try that was made before
        if (random.chance(0.75)) order.attempt += 1;
        return [this.#made(actor, { ...place, attempt: order.attempt })];
      case 'pay':
        return [
          this.#made(actor, {
            type: 'pay',
            ...this.#once(),
            buyer,
            paymentMethod: random.weighted(cards),
            returnUrl: null,
          }),
        ];
      case 'cancel':
        return [this.#made(actor, { type: 'cancel', ...this.#once(), buyer, reason: 'changed my mind' })];
      case 'look':
        return [this.#made(actor, { type: 'read', buyer })];
      default:
        return [
          this.#made(
            actor,
            afterSale(verb, { random, locations: shop.locations, once: this.#once(), skus: skusOf(place, reply, shop), buyer, reply }),
          ),
        ];
    }
  }

  #once(): { commandId: string; fingerprint: string } {
    this.#number += 1;
    return { commandId: uuidV8Of(`checkout command ${this.#number}`), fingerprint: `checkout body ${this.#number}` };
  }

  #made(actor: ActorId, command: Act['command']): Act {
    return this.#deps.act({ actor, command });
  }
}

function learnAttempt(order: KnownOrder, refusal: OrderRefusal): void {
  if (refusal.code === 'attempt_over') order.attempt = refusal.attempt;
}

/** What the order was told to have in it; of a cart that nobody looked into, anything. */
function skusOf({ lines }: Place, reply: OrderReply | null, { contested }: Shop): readonly string[] {
  const skus = (reply?.lines ?? (lines as readonly { readonly sku: string }[])).map(({ sku }) => sku);
  return skus.length === 0 ? [contested.sku] : skus;
}
