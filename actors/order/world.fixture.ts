/**
 * The outside of one order, as tiny and as strict as it can be: a cart, holds on units, coupon uses, prices, a payment
 * provider, order numbers. Every one of them knows what it was asked before, so that asking twice is one effect; and
 * every one keeps its own books, by which an order is judged when all is over.
 *
 * Does not know the order's state: it sees effects and nothing else. Used by tests alone.
 */
import { assert, type ActorRefusal, type Effect, type EffectOutcome, type Instant } from '../kernel/index.ts';
import type { CartCommand, CartLine } from '../cart/commands.ts';
import type { HoldCommand, HoldRefusal } from '../hold/commands.ts';
import type { StockCommand } from '../stock/commands.ts';
import type { AskQuote, PaymentCommand, PaymentOutcome, Quote } from './outside.ts';
import { orderDefinition } from './index.ts';
import { quoteOf, type OrderUnderTest } from './kit.fixture.ts';

interface FakeHold {
  status: 'held' | 'refused' | 'released' | 'committed';
  readonly units: Map<string, number>;
  readonly codes: readonly string[];
  readonly sku: string;
  expiresAt: Instant;
  readonly shipped: Map<string, number>;
  readonly givenBack: Set<string>;
}

export interface FakeIntent {
  status: 'new' | 'requires_action' | 'processing' | 'declined' | 'authorised' | 'captured' | 'voided';
  readonly amountMinor: number;
  readonly refunds: Map<string, number>;
}

/** What the payment provider does with a payment method when it is confirmed. */
export type Card = 'good' | 'declined' | 'secure' | 'slow';

const allocation = (quantity: number) => [{ location: 'main', quantity }];

export class World {
  readonly available = new Map<string, number>([
    ['A', 5],
    ['B', 5],
  ]);
  readonly uses = new Map<string, number>([['TEN', 1]]);
  readonly holds = new Map<string, FakeHold>();
  readonly forestalled = new Set<string>();
  readonly intents = new Map<string, FakeIntent>();
  readonly answers = new Map<string, PaymentOutcome>();
  readonly returned = new Map<string, number>();
  readonly commands = new Set<string>();
  readonly numbers = new Map<string, number>();
  cart: 'open' | 'in_checkout' | 'ordered' = 'open';
  cartLines: readonly CartLine[] = [{ sku: 'A', quantity: 2, shownUnitPriceMinor: 900, holdId: null }];
  cartCodes: readonly string[] = ['TEN'];
  numberNoted = false;
  #attemptBegun = 0;
  #attemptEnded = 0;
  discountMinor = 0;
  currency = 'USD';
  notApplied: Quote['notApplied'] = [];
  /** Of every line, when it is to be odd. */
  lineTotalMinor: number | null = null;
  prices: 'fine' | 'missing' = 'fine';
  capturesRefused = 0;
  refundsRefused = 0;
  voidsRefused = 0;
  /** What webhooks say, in the order in which it happened. */
  readonly news: { readonly eventId: string; readonly outcome: PaymentOutcome }[] = [];

  readonly #cards: Map<string, Card>;
  /** Of the newest refund under each name. */
  readonly #refundAttempts = new Map<string, number>();

  constructor(cards: Readonly<Record<string, Card>> = {}) {
    this.#cards = new Map(Object.entries(cards));
  }

  setCard(paymentMethod: string, card: Card): void {
    this.#cards.set(paymentMethod, card);
  }

  /** Carries out an effect, once or again. */
  ask({ to, command }: Effect, at: Instant): EffectOutcome {
    this.#expire(at);
    switch (to.kind) {
      case 'cart':
        return this.#cart(command as CartCommand);
      case 'hold':
        return this.#hold(to.id, command as HoldCommand, at);
      case 'stock':
        return this.#stock(to.id, command as StockCommand, at);
      case 'coupon':
        return this.#giveBack(to.id, command as unknown as { readonly holdId: string }, this.uses, 'coupon');
      case 'pricing':
        return this.#price(command as AskQuote);
      case 'payments':
        return { reply: this.#payment(command as PaymentCommand) };
      case 'store':
        return this.#store(command as unknown as { readonly type: string; readonly orderId: string });
      default:
        throw new Error(`nobody answers for ${to.kind}`);
    }
  }

  // --- cart, store, prices ---------------------------------------------------------------------------------

  #cart(command: CartCommand): EffectOutcome {
    const attempt = 'attempt' in command ? (command.attempt ?? 0) : 0;
    if (command.type === 'beginCheckout') {
      if (attempt <= this.#attemptEnded) return { refusal: { code: 'cart_checked_out' } };
      if (this.cart === 'ordered') return { refusal: { code: 'cart_checked_out' } };
      this.cart = 'in_checkout';
      this.#attemptBegun = attempt;
      return {
        reply: {
          type: 'cart',
          lines: this.cartLines,
          codes: this.cartCodes,
        },
      };
    }
    assert(command.type === 'endCheckout', 'an order only begins and ends checkouts');
    if (attempt < this.#attemptBegun) return { reply: { type: 'cart' } };
    this.#attemptEnded = attempt;
    if (this.cart === 'in_checkout') this.cart = command.outcome === 'ordered' ? 'ordered' : 'open';
    return { reply: { type: 'cart' } };
  }

  #store({ type, orderId }: { readonly type: string; readonly orderId: string }): EffectOutcome {
    if (type === 'noteNumber') {
      this.numberNoted = true;
      return { reply: { type: 'noted' } };
    }
    if (!this.numbers.has(orderId)) this.numbers.set(orderId, this.numbers.size + 1);
    return { reply: { type: 'number', number: this.numbers.get(orderId)! } };
  }

  #price(command: AskQuote): EffectOutcome {
    if (this.prices === 'missing') return { reply: { ok: false, refusal: { code: 'price_unavailable', sku: 'A' } } };
    const full = quoteOf(command.lines);
    const quote = quoteOf(command.lines, {
      currency: this.currency,
      discountMinor: this.discountMinor,
      totalMinor: Math.max(0, full.totalMinor - this.discountMinor),
      notApplied: this.notApplied,
    });
    const lines = this.lineTotalMinor === null ? quote.lines : quote.lines.map((line) => ({ ...line, totalMinor: this.lineTotalMinor! }));
    return { reply: { ok: true, quote: { ...quote, lines } } };
  }

  // --- units -------------------------------------------------------------------------------------------------

  #expire(at: Instant): void {
    for (const hold of this.holds.values()) if (hold.status === 'held' && at >= hold.expiresAt) this.#letGo(hold);
  }

  #letGo(hold: FakeHold): void {
    hold.status = 'released';
    for (const [sku, quantity] of hold.units) this.available.set(sku, this.available.get(sku)! + quantity);
    for (const code of hold.codes) this.uses.set(code, this.uses.get(code)! + 1);
  }

  #hold(holdId: string, command: HoldCommand, at: Instant): EffectOutcome {
    const hold = this.holds.get(holdId);
    if (command.type === 'take') return hold === undefined ? this.#take(holdId, command, at) : takenAgain(holdId, hold);
    if (hold === undefined) return { refusal: { code: 'hold_unknown' } };
    const over = hold.status === 'released' || hold.status === 'refused';
    switch (command.type) {
      case 'commit':
        if (over) return { refusal: { code: 'hold_ended' } };
        hold.status = 'committed';
        return { reply: replyOf(holdId, hold) };
      case 'release':
        if (hold.status === 'committed') return { refusal: { code: 'already_committed' } };
        if (hold.status === 'held') this.#letGo(hold);
        return over ? { refusal: { code: 'hold_ended' } } : { reply: replyOf(holdId, hold) };
      case 'extend':
        if (hold.status !== 'held') return { refusal: { code: 'hold_ended' } };
        hold.expiresAt = Math.max(hold.expiresAt, at + command.ttlMs);
        return { reply: replyOf(holdId, hold) };
      default:
        throw new Error(`an order never asks a hold to ${command.type}`);
    }
  }

  #take(holdId: string, command: HoldCommand & { readonly type: 'take' }, at: Instant): EffectOutcome {
    const units = new Map<string, number>();
    const codes: string[] = [];
    for (const line of command.lines)
      if ('kind' in line && line.kind === 'coupon') codes.push(line.sku);
      else units.set(line.sku, line.quantity);
    const short = [...units].find(([sku, quantity]) => (this.available.get(sku) ?? 0) < quantity)?.[0];
    const usedUp = codes.find((code) => (this.uses.get(code) ?? 0) < 1);
    const sku = short ?? usedUp ?? '';
    const status = sku === '' ? 'held' : 'refused';
    const hold: FakeHold = { status, units, codes, sku, expiresAt: at + command.ttlMs, shipped: new Map(), givenBack: new Set() };
    this.holds.set(holdId, hold);
    if (status === 'held') {
      for (const [each, quantity] of units) this.available.set(each, this.available.get(each)! - quantity);
      for (const code of codes) this.uses.set(code, this.uses.get(code)! - 1);
    }
    return takenAgain(holdId, hold);
  }

  /** One line, as the real one does it: what was refused is not remembered, unless it is let go (`forestalled`). */
  #oneLine(sku: string, command: Extract<StockCommand, { type: 'hold' | 'extend' | 'commit' | 'release' }>, at: Instant): EffectOutcome {
    const { holdId } = command;
    const hold = this.holds.get(holdId);
    if (command.type !== 'hold') {
      if (hold !== undefined) return asOneLine(sku, this.#hold(holdId, command, at));
      if (command.type !== 'release') return { refusal: { code: 'hold_unknown' } };
      this.forestalled.add(holdId);
      return { reply: { type: 'part', status: 'released' } };
    }
    if (hold !== undefined) return asOneLine(sku, { reply: replyOf(holdId, hold) });
    if (this.forestalled.has(holdId) || at > command.notAfter!) return { refusal: { code: 'too_late' } };
    const take = { ...command, type: 'take', commandId: holdId, lines: [{ sku, quantity: command.quantity }] } as const;
    const outcome = this.#take(holdId, take, at);
    if ('reply' in outcome) return asOneLine(sku, outcome);
    this.holds.delete(holdId);
    return { refusal: (outcome.refusal as HoldRefusal & { readonly cause: ActorRefusal }).cause };
  }

  #stock(sku: string, command: StockCommand, at: Instant): EffectOutcome {
    if (command.type === 'hold' || command.type === 'extend' || command.type === 'commit' || command.type === 'release')
      return this.#oneLine(sku, command, at);
    if (command.type === 'uncommit') return this.#giveBack(sku, command, this.available, 'stock');
    if (command.type === 'fulfil') {
      const hold = this.holds.get(command.holdId)!;
      hold.shipped.set(sku, Math.max(hold.shipped.get(sku) ?? 0, command.shippedTotal!));
      return { reply: { type: 'hold' } };
    }
    assert(command.type === 'return', `an order never asks stock to ${command.type}`);
    if (!this.commands.has(command.commandId)) this.returned.set(sku, (this.returned.get(sku) ?? 0) + command.quantity);
    this.commands.add(command.commandId);
    return { reply: { type: 'stock' } };
  }

  #giveBack(sku: string, { holdId }: { readonly holdId: string }, owner: Map<string, number>, kind: string): EffectOutcome {
    const hold = this.holds.get(holdId)!;
    assert(hold.status === 'committed', 'only committed units are given back one by one');
    if (hold.givenBack.has(`${kind} ${sku}`)) return { refusal: { code: 'hold_ended' } };
    hold.givenBack.add(`${kind} ${sku}`);
    owner.set(sku, owner.get(sku)! + (kind === 'coupon' ? 1 : hold.units.get(sku)!));
    return { reply: { type: 'part' } };
  }

  /** What was refused could be taken now. */
  restock(): void {
    for (const [sku, quantity] of this.available) this.available.set(sku, quantity + 5);
  }

  /** The buyer commits the hold of an order themselves, which a hold lets its buyer do. */
  commitBehindItsBack(): void {
    for (const hold of this.holds.values()) if (hold.status === 'held') hold.status = 'committed';
  }

  // --- money --------------------------------------------------------------------------------------------------

  /** X1: the same command again hears the first answer again. */
  #payment(command: PaymentCommand): PaymentOutcome {
    const name = `${command.type} ${command.attempt}`;
    const outcome = this.answers.get(name) ?? this.#pay(command);
    this.answers.set(name, outcome);
    return outcome;
  }

  #pay(command: PaymentCommand): PaymentOutcome {
    if (command.type === 'createIntent') {
      const intentId = `pi_${this.intents.size + 1}`;
      this.intents.set(intentId, { status: 'new', amountMinor: command.amountMinor, refunds: new Map() });
      return { kind: 'created', intentId };
    }
    const { intentId } = command;
    const intent = this.intents.get(intentId)!;
    switch (command.type) {
      case 'confirm':
        return this.#confirm(intentId, intent, this.#cards.get(command.paymentMethod) ?? 'good');
      case 'retrieve':
        return outcomeOf(intentId, intent);
      case 'capture':
        if (this.capturesRefused > 0 && intent.status === 'authorised') {
          this.capturesRefused--;
          return { kind: 'capture_refused', intentId, message: 'not now' };
        }
        if (intent.status === 'authorised') this.#becomes(intentId, intent, 'captured');
        return outcomeOf(intentId, intent);
      case 'void':
        if (this.voidsRefused > 0) this.voidsRefused--;
        else if (intent.status !== 'captured') this.#becomes(intentId, intent, 'voided');
        return outcomeOf(intentId, intent);
      case 'refund': {
        const { refundId, amountMinor } = command;
        if (this.refundsRefused > 0) {
          this.refundsRefused--;
          return { kind: 'refund_refused', intentId, refundId, message: 'no funds' };
        }
        assert(intent.status === 'captured', 'only captured money goes back');
        intent.refunds.set(refundId, amountMinor);
        this.#refundAttempts.set(`${intentId} ${refundId}`, command.attempt);
        return { kind: 'refunded', intentId, refundId, amountMinor };
      }
    }
  }

  #confirm(intentId: string, intent: FakeIntent, card: Card): PaymentOutcome {
    if (intent.status === 'voided' || intent.status === 'captured' || intent.status === 'authorised') return outcomeOf(intentId, intent);
    if (card === 'declined') this.#becomes(intentId, intent, 'declined');
    else if (card === 'secure') this.#becomes(intentId, intent, 'requires_action');
    else if (card === 'slow') this.#becomes(intentId, intent, 'processing');
    else this.#becomes(intentId, intent, 'authorised');
    return outcomeOf(intentId, intent);
  }

  /** The buyer has done what 3-D Secure asked; or a card that takes the money by itself. */
  act(intentId: string, to: 'authorised' | 'captured' | 'declined'): void {
    const intent = this.intents.get(intentId);
    if (intent?.status === 'requires_action' || intent?.status === 'processing') this.#becomes(intentId, intent, to);
  }

  #becomes(intentId: string, intent: FakeIntent, status: FakeIntent['status']): void {
    intent.status = status;
    this.news.push({ eventId: `evt_${this.news.length + 1}`, outcome: outcomeOf(intentId, intent) });
  }

  /** The buyer's bank sends the money of a refund back: it is the merchant's again. */
  returnRefund(intentId: string, refundId: string): void {
    const amountMinor = this.intents.get(intentId)?.refunds.get(refundId);
    if (amountMinor === undefined) return;
    this.intents.get(intentId)!.refunds.delete(refundId);
    const attempt = this.#refundAttempts.get(`${intentId} ${refundId}`)!;
    const outcome: PaymentOutcome = { kind: 'refund_refused', intentId, refundId, message: 'account closed', attempt, amountMinor };
    this.news.push({ eventId: `evt_${this.news.length + 1}`, outcome });
  }

  /** Kept money, over all intents. */
  keptMinor(): number {
    let keptMinor = 0;
    for (const { status, amountMinor, refunds } of this.intents.values())
      if (status === 'captured') keptMinor += amountMinor - [...refunds.values()].reduce((sum, each) => sum + each, 0);
    return keptMinor;
  }
}

/** Asks for everything that is owed, in order, until nothing is; not for debts whose id begins with one of `except`. */
export function settle(order: OrderUnderTest, world: World, at: Instant, except: readonly string[] = []): void {
  for (let rounds = 0; rounds < 100; rounds++) {
    const debt = order.owed().find(({ id }) => !except.some((start) => id.startsWith(start)));
    if (debt === undefined) return;
    order.send(orderDefinition.answered(debt, world.ask(debt, at)), at);
  }
  throw new Error(
    `the order still owes ${order
      .owed()
      .map(({ id }) => id)
      .join(', ')}`,
  );
}

function takenAgain(holdId: string, hold: FakeHold): EffectOutcome {
  if (hold.status !== 'refused') return { reply: replyOf(holdId, hold) };
  const cause: ActorRefusal = hold.codes.includes(hold.sku)
    ? { code: 'coupon_used_up' }
    : ({ code: 'insufficient_stock', sku: hold.sku, available: 0, held: 0, final: true } as ActorRefusal);
  const kind = hold.codes.includes(hold.sku) ? { kind: 'coupon' as const } : {};
  const refusal: HoldRefusal = { code: 'line_refused', ...kind, sku: hold.sku, cause };
  return { refusal };
}

function replyOf(holdId: string, hold: FakeHold): unknown {
  const allocations = [...hold.units].map(([sku, quantity]) => ({ sku, locations: allocation(quantity) }));
  return { type: 'multiHold', holdId, status: hold.status, expiresAt: hold.expiresAt, allocations, generation: 1 };
}

/** The answer of the `hold` actor, as `stock` gives it. */
function asOneLine(sku: string, outcome: EffectOutcome): EffectOutcome {
  if ('refusal' in outcome) return outcome;
  const { allocations, ...reply } = outcome.reply as { readonly allocations: readonly { readonly locations: unknown }[] };
  return { reply: { ...reply, type: 'hold', sku, allocations: allocations[0]?.locations ?? [] } };
}

function outcomeOf(intentId: string, { status, amountMinor }: FakeIntent): PaymentOutcome {
  switch (status) {
    case 'new':
      return { kind: 'created', intentId };
    case 'requires_action':
      return { kind: 'requires_action', intentId, redirectUrl: 'https://bank.example', clientSecret: `${intentId}_secret` };
    case 'declined':
      return { kind: 'declined', intentId, decline: 'card_declined', message: 'declined' };
    case 'voided':
    case 'processing':
      return { kind: status, intentId };
    default:
      return { kind: status, intentId, amountMinor };
  }
}
