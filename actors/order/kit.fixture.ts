/**
 * One order under test: every event applied here goes through JSON as the log keeps it, every state is compared with
 * what its rows load, and its laws are looked at. So each test of a decision tests those, too.
 *
 * Used by tests alone.
 */
import { actorId, assert, type Effect, type Instant, type Row } from '../kernel/index.ts';
import type { OrderDecision } from './decide/step.ts';
import { orderDefinition, type OrderCommand, type OrderEvent, type OrderState, type Place } from './index.ts';
import type { Quote } from './outside.ts';

export const store = 'store_1';
export const buyer = 'buyer_1';
export const uuid = '00000000-0000-8000-8000-000000000001';
export const orderId = `order_${uuid}`;
export const startedAt = 1_700_000_000_000;
export const { canonical, decide, pending, broken, deadline } = orderDefinition;

export class OrderUnderTest {
  state: OrderState;
  readonly id = actorId('order', store, orderId);
  readonly events: OrderEvent[] = [];
  /** What was settled so far: ticket and verdict. */
  readonly verdicts: string[] = [];
  readonly rows = new Map<string, Row>();

  constructor() {
    this.state = orderDefinition.initial(this.id);
  }

  /** Decides and applies. */
  send(command: OrderCommand, at: Instant): OrderDecision {
    const before = this.#text(at);
    const decision = decide(this.state, command, at);
    assert(this.#text(at) === before, 'K1: decide changed the state');
    this.apply('events' in decision ? (decision.events ?? []) : [], at);
    const settled = decision.kind === 'accepted' || decision.kind === 'waiting' ? (decision.settled ?? []) : [];
    for (const { ticket, outcome } of settled)
      this.verdicts.push(`${ticket} ${'reply' in outcome ? (outcome.reply as { status: string }).status : outcome.refusal.code}`);
    return decision;
  }

  apply(events: readonly OrderEvent[], at: Instant): void {
    if (events.length === 0) return;
    const { version } = this.state;
    const frozen = this.state;
    const before = JSON.stringify(frozen);
    for (const event of events) {
      const forbidden = orderDefinition.forbids!(this.state, event, at);
      assert(forbidden.length === 0, `${event.type}: ${forbidden.join('; ')}`);
      this.state = orderDefinition.apply(this.state, JSON.parse(JSON.stringify(event)) as OrderEvent, at, { record() {} });
    }
    assert(JSON.stringify(frozen) === before, 'S1: apply changed a state');
    assert(this.state.version === version + events.length, 'K3: one version per event');
    this.events.push(...events);
    const wrong = broken(this.state);
    assert(wrong.length === 0, `broken laws after ${events.map(({ type }) => type).join(', ')}: ${wrong.join('; ')}`);
    this.#store(events, version, at);
    const text = this.#text(at);
    const loaded = JSON.stringify(canonical(this.load(at), at));
    assert(loaded === text, `K5: rows load as another state\n${loaded}\n${text}`);
  }

  load(at: Instant): OrderState {
    return orderDefinition.load(this.id, { orders: [...this.rows].filter(([key]) => key.startsWith('orders ')).map(([, row]) => row) }, at);
  }

  owed(): readonly Effect[] {
    return pending(this.state);
  }

  /** The one debt whose id begins so. */
  debt(step: string): Effect {
    const found = this.owed().find(({ id }) => id.startsWith(step));
    assert(
      found !== undefined,
      `the order owes ${
        this.owed()
          .map(({ id }) => id)
          .join(', ') || 'nothing'
      }, not ${step}`,
    );
    return found;
  }

  #store(events: readonly OrderEvent[], version: number, at: Instant): void {
    const stamped = events.map((event, index) => ({ event, version: version + index + 1, at }));
    for (const { table, row, isNew } of orderDefinition.rows(this.id, stamped, this.state)) {
      const definition = orderDefinition.tables.find(({ name }) => name === table)!;
      const columns = Object.keys(definition.columns);
      assert(
        Object.keys(row).length === columns.length && columns.every((column) => row[column] !== undefined),
        `a row of ${table} is not whole`,
      );
      const key = `${table} ${definition.key.map((column) => String(row[column])).join(' ')}`;
      assert(isNew !== true || !this.rows.has(key), `R5: ${key} is said to be new and is there`);
      this.rows.set(key, JSON.parse(JSON.stringify(row)) as Row);
    }
  }

  #text(at: Instant): string {
    return JSON.stringify(canonical(this.state, at));
  }
}

// --- commands and answers -----------------------------------------------------------------------------------------

export function place(over: Partial<Place> = {}): OrderCommand & { readonly type: 'place' } {
  return {
    type: 'place',
    commandId: orderId,
    fingerprint: 'f1',
    buyer,
    cartId: null,
    lines: [
      { sku: 'A', quantity: 2, shownUnitPriceMinor: 1_000 },
      { sku: 'B', quantity: 1, shownUnitPriceMinor: null },
    ],
    codes: [],
    currency: 'USD',
    email: 'buyer@example.com',
    shippingAddress: { name: 'A Buyer', line1: '1 Street', city: 'Town', postalCode: '10000', country: 'US' },
    shippingMethod: null,
    paymentMethod: 'pm_card_visa',
    returnUrl: null,
    expectedTotalMinor: null,
    account: null,
    feeMillionths: 0,
    nearness: [{ location: 'main', rank: 0 }],
    ...over,
  };
}

/** 10.00 per unit, shipping 5.00, no tax. */
export function quoteOf(lines: readonly { readonly sku: string; readonly quantity: number }[], over: Partial<Quote> = {}): Quote {
  const subtotalMinor = lines.reduce((sum, { quantity }) => sum + 1_000 * quantity, 0);
  return {
    currency: 'USD',
    lines: lines.map(({ sku, quantity }) => ({
      sku,
      quantity,
      title: sku,
      unitPriceMinor: 1_000,
      discountMinor: 0,
      taxMinor: 0,
      totalMinor: 1_000 * quantity,
    })),
    subtotalMinor,
    discountMinor: 0,
    shippingMinor: 500,
    shippingTaxMinor: 0,
    taxMinor: 0,
    taxIncluded: false,
    totalMinor: subtotalMinor + 500,
    shippingMethod: 'standard',
    deliverFrom: null,
    deliverBy: null,
    applied: [],
    notApplied: [],
    ...over,
  };
}

/** What was decided, in a few words. */
export function said(decision: OrderDecision): string {
  const events = 'events' in decision ? (decision.events ?? []) : [];
  const list = events.length === 0 ? '' : ` [${events.map(({ type }) => type).join(' ')}]`;
  switch (decision.kind) {
    case 'accepted':
      return `${decision.reply.type === 'order' ? decision.reply.status : 'noted'}${list}`;
    case 'waiting':
      return `waiting${list}`;
    case 'repeated':
      return `repeated ${decision.reply.type === 'order' ? decision.reply.status : 'noted'}`;
    case 'refused':
      return `refused ${decision.refusal.code}`;
  }
}
