/** Effects of orders: joined while under way, answered only when definite, bounded. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { PaymentCommand, PaymentOutcome } from '../../actors/order/outside.ts';
import { actorId } from '../../actors/kernel/index.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { createPaymentsHandler, type PaymentsCommand, type PaymentsReply } from './effects.ts';
import type { PaymentAnswer, PaymentRefusalCode, PaymentsPort } from './port.ts';

const to = actorId('payments', 'store_1', 'order_1');
const confirm: PaymentsCommand = {
  type: 'confirm',
  orderId: 'order_1',
  attempt: 1,
  intentId: 'pi_1',
  account: null,
  paymentMethod: 'pm_card_visa',
  returnUrl: null,
};
const refund = (refundId: string): PaymentsCommand => ({
  type: 'refund',
  orderId: 'order_1',
  refundId,
  attempt: 1,
  intentId: 'pi_1',
  account: null,
  amountMinor: 100,
});

/** A port whose calls are answered by the test. */
function heldPort(): {
  readonly port: PaymentsPort;
  readonly calls: { readonly name: string; readonly answer: (answer: PaymentAnswer) => void }[];
} {
  const calls: { name: string; answer: (answer: PaymentAnswer) => void }[] = [];
  const hold = (name: string) => () => new Promise<PaymentAnswer>((answer) => calls.push({ name, answer }));
  const port: PaymentsPort = {
    createIntent: hold('createIntent'),
    confirm: hold('confirm'),
    retrieve: hold('retrieve'),
    capture: hold('capture'),
    void: hold('void'),
    refund: hold('refund'),
  };
  return { port, calls };
}

const authorised: PaymentAnswer = { kind: 'authorised', intentId: 'pi_1', amountMinor: 4_200 };

describe('payments as a service', () => {
  it('speaks the protocol of orders', () => {
    expectTypeOf<PaymentsCommand>().toEqualTypeOf<PaymentCommand>();
    expectTypeOf<PaymentsReply>().toEqualTypeOf<PaymentOutcome>();
  });

  it('lets an effect that is sent again join the call under way, and asks anew afterwards', async () => {
    const { port, calls } = heldPort();
    const handle = createPaymentsHandler({ port, logger: silentLogger });
    const both = [handle(to, confirm), handle(to, { ...confirm })];
    expect(calls).toHaveLength(1);
    calls[0]?.answer(authorised);
    expect(await Promise.all(both)).toEqual([{ reply: authorised }, { reply: authorised }]);
    void handle(to, confirm);
    expect(calls).toHaveLength(2);
  });

  it('keeps apart attempts, refunds, kinds of command and stores', () => {
    const { port, calls } = heldPort();
    const handle = createPaymentsHandler({ port, logger: silentLogger });
    void handle(to, confirm);
    void handle(to, { ...confirm, attempt: 2 } as PaymentsCommand);
    void handle(actorId('payments', 'store_2', 'order_1'), confirm);
    void handle(to, refund('r1'));
    void handle(to, refund('r2'));
    expect(calls.map(({ name }) => name)).toEqual(['confirm', 'confirm', 'confirm', 'refund', 'refund']);
  });

  it.each<PaymentAnswer>([{ kind: 'unknown' }, { kind: 'unavailable', retryAfterMs: 500 }])(
    'does not answer what is not definite: $kind',
    async (answer) => {
      const { port, calls } = heldPort();
      const handle = createPaymentsHandler({ port, logger: silentLogger });
      const asked = handle(to, confirm);
      calls[0]?.answer(answer);
      expect(await asked).toBeNull();
    },
  );

  const shared = { orderId: 'order_1', attempt: 1, intentId: 'pi_1', account: null } as const;
  const create = {
    type: 'createIntent',
    orderId: 'order_1',
    attempt: 1,
    account: null,
    amountMinor: 1,
    currency: 'USD',
    feeMinor: 0,
  } as const;

  it.each<readonly [PaymentsCommand, PaymentRefusalCode, PaymentsReply['kind'] | null]>([
    [create, 'amount_not_payable', 'declined'],
    [create, 'account_unusable', 'declined'],
    [confirm, 'intent_unknown', 'declined'],
    [confirm, 'attempt_reused', null],
    [{ type: 'retrieve', ...shared }, 'intent_unknown', 'voided'],
    [{ type: 'retrieve', ...shared }, 'account_unusable', null],
    [{ type: 'capture', ...shared, amountMinor: 1 }, 'intent_unknown', 'capture_refused'],
    [{ type: 'void', ...shared }, 'intent_unknown', 'voided'],
    [{ type: 'void', ...shared }, 'account_unusable', 'voided'],
    [{ type: 'void', ...shared }, 'request_invalid', null],
    [refund('r1'), 'request_invalid', 'refund_refused'],
  ])('ends what the provider finds wrong, in the words of orders (%#)', async (command, code, kind) => {
    const { port, calls } = heldPort();
    const handle = createPaymentsHandler({ port, logger: silentLogger });
    const asked = handle(to, command);
    calls[0]?.answer({ kind: 'refused', code, message: 'No.' });
    const outcome = await asked;
    if (kind === null) expect(outcome).toBeNull();
    else expect(outcome).toMatchObject({ reply: { kind } });
  });

  it('takes no more than it can carry', async () => {
    const { port, calls } = heldPort();
    const handle = createPaymentsHandler({ port, logger: silentLogger, inFlightMax: 2 });
    const first = handle(to, refund('r1'));
    void handle(to, refund('r2'));
    expect(await handle(to, refund('r3'))).toBeNull();
    calls[0]?.answer(authorised);
    await first;
    void handle(to, refund('r3'));
    expect(calls).toHaveLength(3);
  });

  it('forgets a flight that crashed', async () => {
    const handle = createPaymentsHandler({
      port: { ...heldPort().port, confirm: () => Promise.reject(new Error('broken')) },
      logger: silentLogger,
    });
    await expect(handle(to, confirm)).rejects.toThrow('broken');
    await expect(handle(to, confirm)).rejects.toThrow('broken');
  });

  it('lets every answer be counted, also one that is none', async () => {
    const { port, calls } = heldPort();
    const seen: string[] = [];
    const clock = new ManualClock();
    const observe = (step: string, kind: string, ms: number) => seen.push(`${step} ${kind} ${ms}`);
    const handle = createPaymentsHandler({ port, logger: silentLogger, clock, observe });
    const asked = handle(to, confirm);
    await clock.advance(250);
    calls[0]?.answer({ kind: 'unknown' });
    await asked;
    expect(seen).toEqual(['confirm unknown 250']);
  });

  it('cannot be asked for anything else', async () => {
    const handle = createPaymentsHandler({ port: heldPort().port, logger: silentLogger });
    await expect(handle(to, { type: 'quote' })).rejects.toThrow('payments cannot be asked for quote');
  });
});
