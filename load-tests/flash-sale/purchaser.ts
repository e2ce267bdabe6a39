/**
 * One virtual buyer who pays: arrives, takes a unit into the basket or checks out at once, and plays its story to the
 * end: declined cards, 3-D Secure, second thoughts. Records what it saw; draws no conclusions.
 *
 * B1. A buyer told `final: false` keeps trying until it has a unit or is told `final: true`.
 * B2. A request whose outcome is unknown is sent again under its own key. A buyer who was refused may use the key of the
 *     refusal again, or a new one; both must do.
 * B3. A buyer ends: with a confirmed order, without one and on purpose, with a final answer, or out of patience. Whoever
 *     leaves an order behind that may still hold units cancels it first.
 */
import { type HoldAnswer, holdRequest, pause, readEndAnswer, readHoldAnswer, releaseRequest, type Sender, type Undecided } from '../api.ts';
import type { PurchaseObservation } from '../auditor/purchase-observations.ts';
import { checkoutRequest, type OrderAnswer, orderActRequest, orderRequest, type OrderSeen, readOrderAnswer } from '../checkout-api.ts';
import type { HttpOutcome, HttpRequest } from '../http/client.ts';
import { nowMs } from '../measure/now.ts';
import { makeRandom, type Random } from '../random.ts';
import { type BuyerWorld, newToken } from './buyer.ts';
import { decisionMs, sendWithMischief, waitForUnits } from './mischief.ts';
import type { BuyerPlan } from './plan.ts';
import { answerProof } from './proof.ts';
import { cameToBuy, goodCard, planPurchase, type PurchasePlan } from './purchase-plan.ts';
import type { Watcher } from './watcher.ts';

export interface PurchaseWorld extends BuyerWorld {
  readonly unitPriceMinor: number;
  /** Payments are simulated where this buyer can reach them. */
  readonly simulated: boolean;
  /** Part of the address of every buyer of this sale. */
  readonly mark: string;
  readonly observePurchase: (observation: PurchaseObservation) => void;
}

type Ending = 'bought' | 'left' | 'again';

/** `final`: nothing can come back. */
interface Refusal {
  readonly final: boolean;
}

interface Basket {
  readonly holdId: string;
  readonly expiresAtMs: number;
}

const lookAgainMs = 250;
const lookAgainMaxMs = 1_500;
const paysMax = 5;
/** A canceled order's own work: a void at the payment provider, then the units. */
const givenBackWithinMs = 30_000;

export class Purchaser {
  readonly #world: PurchaseWorld;
  readonly #plan: BuyerPlan;
  readonly #purchase: PurchasePlan;
  readonly #random: Random;
  readonly #watcher: Watcher | null;
  #requests = 0;
  #attempts = 0;
  #pays = 0;
  #hadUnit = false;
  #untilMs = 0;
  #lastAnswerTookMs = 0;
  #key = '';
  /** The next checkout is another wish. */
  #keyIsSpent = true;
  #basket: Basket | null = null;
  #card: string;

  constructor(world: PurchaseWorld, plan: BuyerPlan, watcher: Watcher | null) {
    this.#world = world;
    this.#plan = plan;
    this.#purchase = planPurchase(plan, world.simulated);
    this.#card = this.#purchase.card;
    this.#watcher = watcher;
    this.#random = makeRandom(plan.seed);
  }

  async run(): Promise<void> {
    this.#untilMs = nowMs() + this.#world.patienceMs;
    const { index } = this.#plan;
    const token = this.#world.tokens.get(index) ?? (await newToken(this.#world, index, this.#untilMs));
    const bought = token !== null && (await this.#shop({ kind: 'buyer', publishableKey: this.#world.publishableKey, token }));
    const came = cameToBuy(this.#plan, this.#purchase);
    this.#world.observe({ kind: 'left', buyer: index, cameToBuy: came, hadUnit: this.#hadUnit, bought }); // B3
  }

  async #shop(sender: Sender): Promise<boolean> {
    const ending = await this.#shopUntilItEnds(sender);
    // What an order took out of the basket and gave back is in the basket again.
    if (ending !== 'bought' && this.#basket !== null && this.#plan.behaviour !== 'expire') await this.#emptyBasket(sender, this.#basket);
    return ending === 'bought';
  }

  async #shopUntilItEnds(sender: Sender): Promise<'bought' | 'left'> {
    while (nowMs() < this.#untilMs) {
      const refusal = this.#purchase.basket && this.#basket === null ? await this.#fillBasket(sender) : null;
      if (this.#basket !== null && this.#plan.behaviour !== 'buy') return this.#thinkAgain(this.#basket);
      const ending = refusal ?? (await this.#checkOut(sender));
      if (ending === 'bought' || ending === 'left') return ending;
      if (ending !== 'again' && ending.final) return 'left';
      const [watcher, random, attempts] = [this.#watcher, this.#random, this.#attempts];
      await waitForUnits({ watcher, random, attempts, lastAnswerTookMs: this.#lastAnswerTookMs }); // B1
    }
    return 'left';
  }

  // --- the basket ---------------------------------------------------------------------------------------------

  /** Null: there is a unit in it. */
  async #fillBasket(sender: Sender): Promise<Refusal | null> {
    this.#attempts += 1;
    const key = this.#newKey('hold');
    const ttlSeconds = this.#plan.behaviour === 'expire' ? this.#world.expiringTtlSeconds : this.#world.holdTtlSeconds;
    const request = holdRequest(sender, key, [{ sku: this.#world.sku, quantity: 1 }], ttlSeconds);
    const answers = await this.#send(request, readHoldAnswer, 'POST /v1/holds');
    this.#timeOf(answers);
    const held = answers.find((answer) => answer.kind === 'held');
    if (held !== undefined) {
      this.#hadUnit = true;
      const { holdId, expiresAtMs, sentAtMs, endedAtMs: answeredAtMs } = held;
      this.#world.observe({
        kind: 'holdAcknowledged',
        buyer: this.#plan.index,
        key,
        holdId,
        quantity: 1,
        expiresAtMs,
        sentAtMs,
        answeredAtMs,
      });
      this.#world.measure('hold', held.holdId, held);
      this.#basket = { holdId, expiresAtMs };
      return null;
    }
    const refused = answers.find((answer): answer is Extract<HoldAnswer, { kind: 'refused' }> => answer.kind === 'refused');
    if (refused !== undefined) {
      this.#world.measure('refusal', key, refused);
      return { final: refused.final };
    }
    const [first] = answers;
    if (first !== undefined && first.kind !== 'ended') this.#observeUnexpected('POST /v1/holds', first);
    return { final: first?.kind === 'unexpected' };
  }

  /** Whoever did not come to buy: lets go, or walks away and lets the hold end by itself. */
  async #thinkAgain(basket: Basket): Promise<'left'> {
    await pause(this.#plan.behaviour === 'expire' ? Math.max(0, basket.expiresAtMs - nowMs()) : this.#plan.thinkMs);
    return 'left';
  }

  /** An order that was canceled a moment ago may not have given the units back yet: then the basket is not empty either. */
  async #emptyBasket(sender: Sender, { holdId }: Basket): Promise<void> {
    const untilMs = nowMs() + givenBackWithinMs;
    const release = () => this.#send(releaseRequest(sender, holdId), readEndAnswer, 'DELETE /v1/holds/{id}');
    let answers = await release();
    while (answers.some((answer) => answer.kind === 'ended' && answer.isWithOrder) && nowMs() < untilMs) {
      await pause(lookAgainMs);
      answers = await release();
    }
    for (const answer of answers) {
      if (answer.kind === 'done') this.#world.measure('release', holdId, answer);
      else if (answer.kind !== 'ended') this.#observeUnexpected('DELETE /v1/holds/{id}', answer);
    }
  }

  // --- the purchase -------------------------------------------------------------------------------------------

  async #checkOut(sender: Sender): Promise<Ending | Refusal> {
    const basketHold = this.#basket?.holdId ?? null;
    const { sku, unitPriceMinor, mark } = this.#world;
    this.#attempts += 1;
    if (this.#keyIsSpent || basketHold !== null || !this.#purchase.keepsKey) this.#key = this.#newKey('checkout'); // B2
    this.#keyIsSpent = false;
    const line = { sku, quantity: 1, shownUnitPriceMinor: unitPriceMinor, ...(basketHold === null ? {} : { absorbs: basketHold }) };
    const wish = { lines: [line], email: `buyer-${this.#plan.index}@${mark}.example`, paymentMethod: this.#card };
    await pause(basketHold === null ? 0 : this.#plan.thinkMs);
    this.#world.observePurchase({ kind: 'checkoutSent', buyer: this.#plan.index, key: this.#key, quantity: 1, sentAtMs: nowMs() });
    return this.#goOn(sender, await this.#ask(checkoutRequest(sender, this.#key, wish), 'POST /v1/checkouts'));
  }

  /** From an answer to the next act of the story, until it ends. */
  async #goOn(sender: Sender, first: OrderAnswer): Promise<Ending | Refusal> {
    let answer = first;
    let waitMs = lookAgainMs;
    for (;;) {
      if (nowMs() > this.#untilMs + decisionMs) return this.#withoutVerdict({ kind: 'pending' });
      if (answer.kind !== 'order' && answer.kind !== 'refused') return this.#withoutVerdict(answer);
      const [orderId, status, code] = stateOf(answer);
      if (isConfirmed(status)) return this.#confirmed(sender, orderId!);
      if (status === 'canceled') return 'left';
      if (status === 'requires_action') answer = await this.#prove(sender, (answer as { order: OrderSeen }).order);
      else if (code === 'payment_failed' && orderId !== null) {
        if (this.#purchase.story === 'declined_and_gone' || this.#pays >= paysMax) return this.#giveUp(sender, orderId);
        answer = await this.#payOtherwise(sender, orderId);
      } else if (status === 'pending' && orderId !== null) {
        if (nowMs() > this.#untilMs) return this.#withoutVerdict({ kind: 'pending' });
        await pause(waitMs);
        waitMs = Math.min(lookAgainMaxMs, waitMs * 1.5);
        answer = await this.#look(sender, orderId);
      } else return this.#refused(answer, code);
    }
  }

  #refused(answer: OrderAnswer, code: string): 'again' | Refusal {
    if (answer.kind !== 'refused') return 'again'; // a repeat that found an order which had failed before
    if (code === 'insufficient_stock') {
      this.#world.measure('refusal', this.#key, answer);
      return this.#basket === null ? { final: answer.final } : 'again'; // what is in the basket is still there
    }
    if (passing.has(code)) {
      this.#keyIsSpent = true; // what was in the basket is gone, or the checkout took too long: another one
      if (code === 'hold_ended' || code === 'hold_unknown') this.#basket = null;
      return 'again';
    }
    this.#observeUnexpected('POST /v1/checkouts', { ...answer, status: 409 });
    return { final: true };
  }

  #withoutVerdict(answer: { readonly kind: string; readonly code?: string; readonly status?: number }): Ending {
    if (answer.kind === 'unexpected') this.#observeUnexpected('a checkout', answer);
    const what = [answer.kind, answer.status, answer.code].filter((part) => part !== undefined && part !== '').join(' ');
    this.#world.observePurchase({ kind: 'verdictMissing', buyer: this.#plan.index, key: this.#key, what });
    return 'left';
  }

  async #confirmed(sender: Sender, orderId: string): Promise<'bought' | 'left'> {
    if (this.#purchase.story !== 'changes_mind') return 'bought';
    await pause(this.#plan.thinkMs);
    await this.#cancel(sender, orderId);
    return 'left';
  }

  /** 3-D Secure: the buyer goes to the page they were sent to, answers, and looks what became of it. */
  async #prove(sender: Sender, { orderId, redirectUrl }: OrderSeen): Promise<OrderAnswer> {
    const { story } = this.#purchase;
    await pause(this.#plan.thinkMs);
    if (story === 'shies_away') return this.#cancel(sender, orderId);
    if (redirectUrl !== null)
      await answerProof(redirectUrl, story === 'fails_proof_then_pays' && this.#pays === 0 ? 'fail' : 'authorise', this.#untilMs);
    for (let waitMs = lookAgainMs; ; waitMs = Math.min(lookAgainMaxMs, waitMs * 1.5)) {
      const answer = await this.#look(sender, orderId);
      const waits = answer.kind === 'order' && (answer.order.status === 'requires_action' || answer.order.status === 'pending');
      if (!waits) return answer;
      if (nowMs() > this.#untilMs) return this.#cancel(sender, orderId);
      await pause(waitMs);
    }
  }

  /** With a card that is good. The units may be gone by then: a shop need not keep them for who could not pay. */
  async #payOtherwise(sender: Sender, orderId: string): Promise<OrderAnswer> {
    this.#pays += 1;
    this.#card = goodCard;
    await pause(this.#plan.thinkMs);
    const body = { paymentMethod: goodCard };
    const route = 'POST /v1/orders/{id}/pay';
    const answer = await this.#ask(orderActRequest(sender, this.#newKey('pay'), orderId, 'pay', body), route);
    if (answer.kind === 'refused') this.#keyIsSpent = true; // another card is another wish
    // "The order is over" is an answer about what went before: the order itself says what it is.
    return answer.kind === 'refused' && answer.code === 'order_ended' ? this.#look(sender, orderId) : withOrder(answer, orderId);
  }

  async #giveUp(sender: Sender, orderId: string): Promise<'left'> {
    await pause(this.#plan.thinkMs);
    await this.#cancel(sender, orderId);
    return 'left';
  }

  async #cancel(sender: Sender, orderId: string): Promise<OrderAnswer> {
    this.#world.observePurchase({ kind: 'cancelSent', buyer: this.#plan.index, orderId, sentAtMs: nowMs() });
    const route = 'POST /v1/orders/{id}/cancel';
    const answer = await this.#ask(orderActRequest(sender, this.#newKey('cancel'), orderId, 'cancel', {}), route);
    if (answer.kind === 'order') this.#world.measure('release', orderId, answer);
    return answer.kind === 'refused' ? this.#look(sender, orderId) : answer;
  }

  #look(sender: Sender, orderId: string): Promise<OrderAnswer> {
    return this.#ask(orderRequest(sender, orderId), 'GET /v1/orders/{id}');
  }

  // --- sending ------------------------------------------------------------------------------------------------

  /** The best of the answers: an order tells more than a refusal. */
  async #ask(request: HttpRequest, route: string): Promise<OrderAnswer> {
    const answers: OrderAnswer[] = await this.#send(request, readOrderAnswer, route);
    for (const answer of answers) this.#observeOrder(answer);
    this.#timeOf(answers);
    const orders = answers.filter((answer) => answer.kind === 'order');
    const newest = orders.sort((one, other) => other.order.version - one.order.version)[0];
    return newest ?? answers.find(({ kind }) => kind === 'refused') ?? answers[0]!;
  }

  #send<Answer extends { readonly kind: string; readonly endedAtMs: number }>(
    request: HttpRequest,
    read: (outcome: HttpOutcome) => Answer | Undecided,
    route: string,
  ): Promise<(Answer | Undecided)[]> {
    this.#requests += 1;
    const { client, countRetry } = this.#world;
    const onServerFault = (answer: Undecided) => this.#observeUnexpected(route, answer);
    // The first request is the one that matters: a hold, or the checkout.
    return sendWithMischief(
      { client, plan: this.#plan, first: this.#requests <= 2, untilMs: this.#untilMs, countRetry, onServerFault },
      request,
      read,
    );
  }

  #observeOrder(answer: OrderAnswer): void {
    const { index: buyer } = this.#plan;
    const [key, sentAtMs, answeredAtMs] = [this.#key, answer.sentAtMs, answer.endedAtMs];
    if (answer.kind === 'order') {
      const { orderId, number, status, paymentStatus, version, totalMinor } = answer.order;
      // A repeat of a failed checkout names the order and no more.
      if (version > 0)
        this.#world.observePurchase({
          kind: 'orderSeen',
          buyer,
          key,
          orderId,
          number,
          status,
          paymentStatus,
          version,
          totalMinor,
          sentAtMs,
          answeredAtMs,
        });
      if (status !== 'failed' && status !== 'canceled') this.#hadUnit ||= status !== 'pending';
      if (isConfirmed(status)) this.#world.measure('commit', orderId, answer);
    } else if (answer.kind === 'refused') {
      const { code, final } = answer;
      this.#hadUnit ||= code === 'payment_failed';
      this.#world.observePurchase({ kind: 'checkoutRefused', buyer, key, code, final, sentAtMs, answeredAtMs });
    }
  }

  #newKey(what: string): string {
    return `${this.#world.run}-${this.#plan.index}-${what}-${this.#requests}`;
  }

  #timeOf(answers: readonly { readonly askedAtMs: number; readonly endedAtMs: number }[]): void {
    this.#lastAnswerTookMs = Math.max(0, ...answers.map(({ askedAtMs, endedAtMs }) => endedAtMs - askedAtMs));
  }

  #observeUnexpected(
    route: string,
    answer: { readonly kind: string; readonly status?: number; readonly code?: string; readonly reason?: string },
  ): void {
    const code = answer.code ?? answer.reason ?? answer.kind;
    this.#world.observe({ kind: 'answerUnexpected', buyer: this.#plan.index, route, status: answer.status ?? 0, code });
  }
}

/** Refusals that a slow or broken network makes of an honest wish. */
const passing: ReadonlySet<string> = new Set(['hold_ended', 'hold_unknown', 'checkout_expired', 'order_ended']);

const confirmedStatuses: ReadonlySet<string> = new Set(['confirmed', 'partially_shipped', 'shipped', 'delivered', 'returned']);

function isConfirmed(status: string): boolean {
  return confirmedStatuses.has(status);
}

/** Order, status and what went wrong. A declined payment leaves an order that can be paid otherwise. */
function stateOf(answer: Extract<OrderAnswer, { kind: 'order' | 'refused' }>): [orderId: string | null, status: string, code: string] {
  if (answer.kind === 'order') return [answer.order.orderId, answer.order.status, answer.order.failure ?? ''];
  return [answer.orderId, 'refused', answer.code];
}

function withOrder(answer: OrderAnswer, orderId: string): OrderAnswer {
  return answer.kind === 'refused' ? { ...answer, orderId } : answer;
}
