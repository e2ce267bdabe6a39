/** Webhooks: who may speak, and what it means. Forged, stale, rewritten, rolled (fault 50), repeated and reordered (fault 49). */
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { createWebhookVerifier, webhookEventTypes, type WebhookVerdict } from './webhooks.ts';

const nowMs = 1_700_000_000_000;
const current = { secret: 'whsec_current', untilMs: null };
const old = { secret: 'whsec_old', untilMs: nowMs + 1_000 };

function bodyOf(object: object, type = 'payment_intent.amount_capturable_updated', extra: object = {}): string {
  return JSON.stringify({ id: 'evt_1', object: 'event', type, data: { object }, ...extra });
}

const intent = {
  id: 'pi_1',
  object: 'payment_intent',
  status: 'requires_capture',
  amount_capturable: 4_200,
  currency: 'eur',
  metadata: { store: 'store_1', orderId: 'order_1' },
};

function headerOf(payload: string, secret = current.secret, atMs = nowMs): string {
  return Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: Math.floor(atMs / 1_000) });
}

function ask(payload: string, header: string | null, secrets = [current, old], wallMs = nowMs): WebhookVerdict {
  return createWebhookVerifier({ secrets, wallMs: () => wallMs })(new TextEncoder().encode(payload), header);
}

describe('a webhook is believed', () => {
  it('when it is signed with the current secret', () => {
    const payload = bodyOf(intent, undefined, { account: 'acct_1' });
    expect(ask(payload, headerOf(payload))).toEqual({
      kind: 'news',
      news: {
        eventId: 'evt_1',
        store: 'store_1',
        orderId: 'order_1',
        account: 'acct_1',
        outcome: { kind: 'authorised', intentId: 'pi_1', amountMinor: 4_200 },
      },
    });
  });

  it('when it is signed with the old one, until that ends', () => {
    const payload = bodyOf(intent);
    const header = headerOf(payload, old.secret);
    expect(ask(payload, header)).toMatchObject({ kind: 'news' });
    expect(ask(payload, header, [current, old], old.untilMs)).toEqual({ kind: 'refused', reason: 'signature_invalid' });
  });

  it('when one of its signatures is right, as while the other side rolls', () => {
    const payload = bodyOf(intent);
    const [time, right] = headerOf(payload).split(',');
    expect(ask(payload, `${time},v1=${'0'.repeat(64)},${right}`)).toMatchObject({ kind: 'news' });
  });
});

describe('a webhook is refused', () => {
  const payload = bodyOf(intent);
  it.each([
    ['without a signature', payload, null, 'signature_missing'],
    ['with an empty one', payload, '', 'signature_missing'],
    ['with one that is none', payload, 'nonsense', 'signature_invalid'],
    ['with an endless one', payload, `t=1,${'v1=0,'.repeat(1_000)}`, 'signature_invalid'],
    ['forged', payload, headerOf(payload, 'whsec_guessed'), 'signature_invalid'],
    ['signed by an older scheme only', payload, headerOf(payload).replace('v1=', 'v0='), 'signature_invalid'],
    ['about another body', bodyOf({ ...intent, amount_capturable: 1 }), headerOf(payload), 'signature_invalid'],
    ['parsed and written again', JSON.stringify(JSON.parse(payload), null, 1), headerOf(payload), 'signature_invalid'],
    ['stale', payload, headerOf(payload, current.secret, nowMs - 301_000), 'timestamp_stale'],
    ['from the future', payload, headerOf(payload, current.secret, nowMs + 301_000), 'timestamp_stale'],
    [
      'when its time was touched',
      payload,
      headerOf(payload, current.secret, nowMs - 301_000).replace(/t=\d+/, `t=${nowMs / 1_000}`),
      'signature_invalid',
    ],
    [
      'when a fresh time stands before the one that is signed',
      payload,
      `t=${nowMs / 1_000},${headerOf(payload, current.secret, nowMs - 301_000)}`,
      'signature_invalid',
    ],
    ['when it is no JSON', '{', headerOf('{'), 'body_invalid'],
    ['when it is no event', '[]', headerOf('[]'), 'body_invalid'],
  ])('%s', (_, body, header, reason) => {
    expect(ask(body, header)).toEqual({ kind: 'refused', reason });
  });

  it('when there is no secret at all', () => {
    expect(ask(payload, headerOf(payload), [])).toEqual({ kind: 'refused', reason: 'signature_invalid' });
  });
});

describe('a verified event means', () => {
  const meaning = (object: object, type: string) => {
    const payload = bodyOf(object, type);
    const verdict = ask(payload, headerOf(payload));
    return verdict.kind === 'news' ? verdict.news.outcome : verdict.kind;
  };
  const refund = {
    id: 're_1',
    object: 'refund',
    status: 'succeeded',
    amount: 100,
    currency: 'eur',
    payment_intent: 'pi_1',
    metadata: { store: 'store_1', orderId: 'order_1', refundId: 'r1' },
  };

  it.each([
    ['payment_intent.succeeded', { status: 'succeeded', amount_received: 4_000 }, { kind: 'captured', amountMinor: 4_000 }],
    ['payment_intent.canceled', { status: 'canceled' }, { kind: 'voided' }],
    [
      'payment_intent.payment_failed',
      { status: 'requires_payment_method', last_payment_error: { code: 'card_declined', decline_code: 'lost_card', message: 'No.' } },
      { kind: 'declined', decline: 'lost_card', message: 'No.' },
    ],
    [
      'payment_intent.requires_action',
      { status: 'requires_action', client_secret: 's', next_action: { redirect_to_url: { url: 'https://bank.example/' } } },
      { kind: 'requires_action', redirectUrl: 'https://bank.example/', clientSecret: 's' },
    ],
    ['payment_intent.succeeded', { status: 'succeeded', amount_received: 500_00, currency: 'isk' }, { kind: 'captured', amountMinor: 500 }],
  ])('%s', (type, change, outcome) => {
    expect(meaning({ ...intent, ...change }, type)).toEqual({ intentId: 'pi_1', ...outcome });
  });

  it('a refund that was made, and one that failed later', () => {
    expect(meaning(refund, 'refund.created')).toEqual({ kind: 'refunded', intentId: 'pi_1', refundId: 'r1', amountMinor: 100 });
    const failed = { ...refund, status: 'failed', failure_reason: 'lost_or_stolen_card' };
    for (const type of ['refund.failed', 'refund.updated', 'charge.refund.updated'])
      expect(meaning(failed, type)).toMatchObject({ kind: 'refund_refused', refundId: 'r1', amountMinor: 100 });
    const second = { ...failed, metadata: { ...failed.metadata, attempt: '7' } };
    expect(meaning(second, 'refund.failed')).toMatchObject({ refundId: 'r1', attempt: 7 }); // of which asking it is
  });

  it.each([
    ['another type', intent, 'charge.succeeded'],
    ['a payment of somebody else', { ...intent, metadata: {} }, 'payment_intent.succeeded'],
    ['a refund made by hand', { ...refund, metadata: { store: 'store_1', orderId: 'order_1' } }, 'refund.created'],
    ['a state nobody knows', { ...intent, status: 'new_state' }, 'payment_intent.succeeded'],
  ])('nothing for us: %s', (_, object, type) => {
    expect(meaning(object, type)).toBe('not_for_us');
  });

  it('something for every type an endpoint asks for', () => {
    for (const type of webhookEventTypes) expect(meaning(type.includes('refund') ? refund : intent, type)).not.toBe('not_for_us');
  });

  it('the same each time it is repeated, whatever came between', () => {
    const authorised = meaning(intent, 'payment_intent.amount_capturable_updated');
    meaning({ ...intent, status: 'canceled' }, 'payment_intent.canceled');
    expect(meaning(intent, 'payment_intent.amount_capturable_updated')).toEqual(authorised);
  });
});
