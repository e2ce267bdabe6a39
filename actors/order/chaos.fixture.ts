/**
 * One order and everybody around it, acting at random from one seed: effects are delivered late, twice and out of
 * order, answers get lost, news comes whenever it likes, buyers and merchants do what they please, time jumps. Then
 * the storm ends, what is owed is delivered, and the books of the outside are compared with what the order says.
 */
import { assert, type Effect, type Instant } from '../kernel/index.ts';
import type { OrderCommand } from './commands.ts';
import { orderDefinition } from './index.ts';
import { buyer, OrderUnderTest, orderId, place, startedAt } from './kit.fixture.ts';
import { paymentStatusOf } from './reply.ts';
import { refundedMinor, shippedUnits, totalOf } from './state.ts';
import { World } from './world.fixture.ts';

/** mulberry32: small, and the same everywhere. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const cards = { good: 'good', secure: 'secure', declined: 'declined', slow: 'slow' } as const;

export class Chaos {
  readonly order = new OrderUnderTest();
  readonly world = new World(cards);
  /** Which outcome each run came to, for a test that looks that all of them happen. */
  outcome = '';
  #now: Instant = startedAt;
  readonly #random: () => number;
  /** Sent and perhaps not arrived; arrives again, too. */
  readonly #wire: Effect[] = [];
  readonly #answers: OrderCommand[] = [];
  #waits = 0;
  #commands = 0;
  readonly #place: OrderCommand & { readonly type: 'place' };

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    const { world } = this;
    world.discountMinor = this.#oneOf([0, 0, 0, 250, 10_000]);
    world.capturesRefused = this.#oneOf([0, 0, 0, 2, 20]);
    world.voidsRefused = this.#oneOf([0, 0, 3]);
    world.refundsRefused = this.#oneOf([0, 0, 3, 12, 60]);
    if (this.#chance(0.1)) world.available.set('A', 1);
    if (this.#chance(0.05)) world.prices = 'missing';
    if (this.#chance(0.1)) world.uses.set('TEN', 0);
    const cartId = this.#chance(0.4) ? 'cart_1' : null;
    const oneLine = [{ sku: 'A', quantity: 2, shownUnitPriceMinor: null }];
    const lines = cartId !== null ? { lines: [] } : this.#chance(0.5) ? { lines: oneLine } : {};
    if (this.#chance(0.5)) world.cartCodes = [];
    const expectedTotalMinor = this.#oneOf([null, null, null, null, 3_500]);
    this.#place = place({
      cartId,
      ...lines,
      paymentMethod: this.#card(),
      expectedTotalMinor,
      keepsUnitsOnDecline: this.#chance(0.3),
      codes: cartId === null && this.#chance(0.3) ? ['TEN'] : [],
    });
  }

  run(): void {
    const steps = 20 + Math.floor(this.#random() * 160);
    this.#say(this.#place);
    for (let step = 0; step < steps; step++) this.#step();
    this.#calm();
    if (this.#chance(0.7)) this.#bankReturnsRefund();
    // the news that nobody heard in time, and then quiet again
    for (const news of [...this.world.news]) this.#say({ type: 'paymentNews', ...news });
    this.#calm();
    this.#judge();
  }

  // --- the storm ------------------------------------------------------------------------------------------------

  #step(): void {
    const roll = this.#random();
    if (roll < 0.38) this.#deliver();
    else if (roll < 0.72) this.#answer();
    else if (roll < 0.8) this.#pass();
    else if (roll < 0.86) this.#hearNews();
    else if (roll < 0.91) this.#buyerActs();
    else if (roll < 0.92) this.#bankReturnsRefund();
    else if (roll < 0.93) this.world.restock();
    else if (this.order.state.stage === 'confirmed' || roll < 0.94) this.#merchantActs();
  }

  #deliver(): void {
    const owed = this.order.owed();
    this.#wire.push(...owed);
    while (this.#wire.length > 60) this.#wire.shift();
    const late = this.#chance(0.3) && this.#wire.length > 0;
    const effect = late ? this.#oneOf(this.#wire) : owed.length > 0 ? this.#oneOf(owed) : undefined;
    if (effect === undefined) return;
    this.#answers.push(orderDefinition.answered(effect, this.world.ask(effect, this.#now)));
  }

  #answer(): void {
    if (this.#answers.length === 0) return;
    const index = Math.floor(this.#random() * this.#answers.length);
    const answer = this.#answers[index]!;
    if (!this.#chance(0.2)) this.#answers.splice(index, 1);
    if (!this.#chance(0.1)) this.#say(answer);
  }

  #pass(): void {
    this.#now += this.#oneOf([1, 1, 100, 500, 1_000, 5_000, 5_000, 20_000, this.#oneOf([60_000, 300_000, 690_000, 840_000, 900_000])]);
    const deadline = orderDefinition.deadline(this.order.state);
    if (deadline !== null && deadline <= this.#now && this.#chance(0.8)) this.#say({ type: 'tick' });
  }

  #hearNews(): void {
    const { news } = this.world;
    if (news.length > 0) this.#say({ type: 'paymentNews', ...this.#oneOf(news) });
  }

  #buyerActs(): void {
    const intents = [...this.world.intents.keys()];
    const roll = this.#random();
    if (roll < 0.5 && intents.length > 0)
      this.world.act(intents.at(-1)!, this.#oneOf(['authorised', 'authorised', 'captured', 'declined']));
    else if (roll < 0.7)
      this.#say({
        type: 'pay',
        commandId: this.#payId(),
        fingerprint: 'f',
        buyer,
        paymentMethod: this.#card(),
        returnUrl: null,
      });
    else if (roll < 0.92) this.#placeAgain();
    else if (roll < 0.94) this.world.commitBehindItsBack();
    else this.#say({ type: 'cancel', commandId: `cancel_${++this.#commands}`, fingerprint: 'f', buyer, reason: 'changed my mind' });
  }

  /** A new one, or one that may have paid before. */
  #payId(): string {
    return `pay_${this.#chance(0.2) ? Math.ceil(this.#random() * this.#commands) : ++this.#commands}`;
  }

  /** On purpose, or an old copy of a message that comes once more: that one moves nothing. */
  #placeAgain(): void {
    const { stage, attempt } = this.order.state;
    const named = this.#chance(0.6) ? attempt + 1 : this.#oneOf([1, attempt]);
    const events = this.order.events.length;
    this.#say({ ...this.#place, attempt: named });
    const isNew = stage === 'failed' && named === attempt + 1;
    assert(isNew || this.order.events.length === events, `a copy of attempt ${named} moved an order after ${attempt}`);
  }

  #bankReturnsRefund(): void {
    const all = [...this.world.intents].flatMap(([intentId, { refunds }]) =>
      [...refunds.keys()].map((refundId) => [intentId, refundId] as const),
    );
    if (all.length > 0) this.world.returnRefund(...this.#oneOf(all));
  }

  #merchantActs(): void {
    const once = { commandId: `c_${++this.#commands}`, fingerprint: 'f' };
    const { state } = this.order;
    const returnId = `return_${1 + Math.floor(this.#random() * (state.returns.length + 1))}`;
    const commands: readonly OrderCommand[] = [
      { type: 'fulfil', ...once, lines: this.#chance(0.5) ? null : [{ sku: 'A', quantity: 1 }], tracking: null },
      { type: 'deliver', ...once, shipmentId: `shipment_${1 + Math.floor(this.#random() * 2)}` },
      { type: 'requestReturn', ...once, buyer, lines: [{ sku: 'A', quantity: 1 }], reason: 'too small' },
      { type: 'receiveReturn', ...once, returnId, lines: null, location: 'main', condition: 'restock', refund: this.#chance(0.7) },
      { type: 'refund', ...once, amountMinor: this.#oneOf([100, 1_000, null]), reason: 'sorry' },
      { type: 'retryRefund', ...once, refundId: state.refunds[0]?.refundId ?? 'refund_0' },
    ];
    this.#say(this.#oneOf(commands));
  }

  #say(command: OrderCommand): void {
    const before = this.order.verdicts.length;
    const waitedFor = this.order.state.waitingTicket;
    const decision = this.order.send(command, this.#now);
    if (decision.kind === 'waiting') this.#waits++;
    const verdicts = this.order.verdicts.length - before;
    assert(verdicts <= 1, 'one verdict at a time');
    assert(verdicts === 0 || waitedFor !== null, 'a verdict for nobody');
  }

  // --- the calm -------------------------------------------------------------------------------------------------

  /** Everything owed is delivered and every deadline comes: it must all end. */
  #calm(): void {
    for (let rounds = 0; rounds < 3_000; rounds++) {
      const [debt] = this.order.owed();
      if (debt !== undefined) {
        this.#say(orderDefinition.answered(debt, this.world.ask(debt, this.#now)));
        continue;
      }
      const deadline = orderDefinition.deadline(this.order.state);
      if (deadline === null) return;
      this.#now = Math.max(this.#now + 1, deadline);
      this.#say({ type: 'tick' });
    }
    const { stage, payment } = this.order.state;
    throw new Error(
      `an order that is ${stage} (payment ${payment.status}) never ends: ${this.order
        .owed()
        .map(({ id }) => id)
        .join(', ')}`,
    );
  }

  // --- the judge: the books of the outside against the order -------------------------------------------------------

  #judge(): void {
    const { state, verdicts } = this.order;
    const { stage } = state;
    assert(stage === 'confirmed' || stage === 'failed' || stage === 'canceled', `the end is ${stage}`);
    assert(verdicts.length === this.#waits, `${this.#waits} waited, ${verdicts.length} were answered`);
    this.#judgeMoney();
    this.#judgeUnits();
    assert((state.number === null) === !this.world.numbers.has(orderId), 'the store and the order disagree about the number');
    assert(state.number === null || this.world.numberNoted, 'the store still remembers the number');
    assert(this.world.cart !== 'in_checkout', 'the cart is still in checkout');
    assert(this.world.cart === 'open' || state.number !== null, 'a cart is ordered without an order');
    const bought = state.place!.cartId !== null && state.number !== null && !state.rescued;
    assert(!bought || this.world.cart === 'ordered', `a cart that was bought is ${this.world.cart}`);
    this.outcome = `${stage}${state.rescued ? ' rescued' : ''}${state.shipments.length > 0 ? ' shipped' : ''}${stage === 'failed' ? ` ${state.refusal?.code}` : ''}`;
  }

  #judgeMoney(): void {
    const { state } = this.order;
    // refused for too long it stays, and the merchant is told
    const mayKeep = state.stage === 'confirmed' || paymentStatusOf(state) === 'refund_failed';
    const expected = mayKeep ? state.payment.capturedMinor - refundedMinor(state) : 0;
    assert(this.world.keptMinor() === expected, `${this.world.keptMinor()} was kept, ${expected} should be`);
    assert(state.stage !== 'confirmed' || state.payment.capturedMinor === totalOf(state), 'a confirmed order took another amount');
    const open = [...this.world.intents.values()].filter(({ status }) => status !== 'captured' && status !== 'voided');
    assert(open.length === 0, `${open.length} intents are open: ${open.map(({ status }) => status).join(', ')}`);
  }

  #judgeUnits(): void {
    const { state } = this.order;
    const live = [...this.world.holds.values()].filter(
      ({ status, givenBack }) => status === 'held' || (status === 'committed' && givenBack.size === 0),
    );
    assert(live.length === (state.stage === 'confirmed' ? 1 : 0), `${live.length} holds live while the order is ${state.stage}`);
    for (const hold of live) {
      assert(hold.status === 'committed', 'the hold of a confirmed order is committed');
      assert(
        state.lines.every(({ sku, quantity }) => hold.units.get(sku) === quantity),
        'the hold has other units than the order',
      );
      for (const [sku, quantity] of shippedUnits(state))
        assert(hold.shipped.get(sku) === quantity, `stock shipped another number of ${sku}`);
    }
    for (const { status, givenBack, units, codes } of this.world.holds.values())
      assert(
        status !== 'committed' || givenBack.size === 0 || givenBack.size === units.size + codes.length,
        'a hold is given back in part',
      );
  }

  // --- dice ---------------------------------------------------------------------------------------------------------

  #chance(of: number): boolean {
    return this.#random() < of;
  }

  #oneOf<Value>(values: readonly Value[]): Value {
    return values[Math.floor(this.#random() * values.length)]!;
  }

  #card(): string {
    return this.#oneOf(['good', 'good', 'secure', 'secure', 'slow', 'declined']);
  }
}
