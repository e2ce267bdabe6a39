/**
 * What every `PaymentsPort` does: run against the twin in memory and against the adapter over the real SDK, which talks
 * to the simulator. It does not prove that Stripe itself behaves like the simulator.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateIntent, IntentStep, PaymentAnswer, PaymentNews, PaymentsPort, Settled } from './port.ts';

/** How the answer to the next call is lost. `broken`: by a 500 that is kept under the key, where there are keys. */
export type Loss = 'before' | 'after' | 'broken_before' | 'broken_after';

export interface Money {
  readonly orderId: string;
  readonly authorisedMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
}

export interface PaymentsWorld extends AsyncDisposable {
  readonly port: PaymentsPort;
  loseNext(loss: Loss): void;
  /** From now on every call is lost with this probability, in one way or another; 0 ends it. */
  storm(probability: number, seed: number): void;
  finishAction(intentId: string, verdict: 'authorise' | 'fail'): Promise<boolean>;
  /** Of intents to which anything has happened. */
  money(): readonly Money[];
  news(): readonly PaymentNews[];
}

const visa = 'pm_card_visa';
const asksMax = 60;
const askAgainMs = 20;

/** As the runtime does it: asked again with the same attempt until it is definite. */
export async function settle(ask: () => Promise<PaymentAnswer>): Promise<Settled> {
  for (let asked = 0; asked < asksMax; asked += 1) {
    const answer = await ask();
    if (answer.kind !== 'unknown' && answer.kind !== 'unavailable') return answer;
    await sleep(askAgainMs);
  }
  throw new Error(`expected a definite answer within ${asksMax} asks`);
}

export function runPaymentsConformance(name: string, makeWorld: () => Promise<PaymentsWorld>): void {
  describe(`payments: ${name}`, () => {
    let world: PaymentsWorld;
    let orders = 0;
    beforeAll(async () => {
      world = await makeWorld();
    });
    afterAll(() => world[Symbol.asyncDispose]());

    const newOrder = (account: string | null = null): CreateIntent => {
      orders += 1;
      return {
        store: 'store_1',
        orderId: `order_${orders}`,
        attempt: 1,
        account,
        amountMinor: 4_200,
        currency: 'EUR',
        feeMinor: account === null ? 0 : 42,
      };
    };
    const created = async (ask: CreateIntent): Promise<IntentStep> => {
      const answer = await settle(() => world.port.createIntent(ask));
      if (answer.kind !== 'created') throw new Error(`expected an intent, got ${JSON.stringify(answer)}`);
      const { store, orderId, attempt, account } = ask;
      return { store, orderId, attempt, account, intentId: answer.intentId };
    };
    const confirm = (step: IntentStep, paymentMethod = visa) =>
      settle(() => world.port.confirm({ ...step, paymentMethod, returnUrl: null }));
    const capture = (step: IntentStep, amountMinor = 4_200) => settle(() => world.port.capture({ ...step, amountMinor }));
    const refund = (step: IntentStep, refundId: string, amountMinor: number) =>
      settle(() => world.port.refund({ ...step, refundId, amountMinor }));
    const authorised = async (account: string | null = null): Promise<IntentStep> => {
      const step = await created(newOrder(account));
      expect(await confirm(step)).toEqual({ kind: 'authorised', intentId: step.intentId, amountMinor: 4_200 });
      return step;
    };
    const captured = async (): Promise<IntentStep> => {
      const step = await authorised();
      expect(await capture(step)).toEqual({ kind: 'captured', intentId: step.intentId, amountMinor: 4_200 });
      return step;
    };
    const moneyOf = (orderId: string) => world.money().filter((one) => one.orderId === orderId);

    describe('one payment', () => {
      it('has no money when it is created, is authorised, is captured', async () => {
        const step = await created(newOrder());
        expect(await settle(() => world.port.retrieve(step))).toEqual({ kind: 'created', intentId: step.intentId });
        await confirm(step);
        expect(await settle(() => world.port.retrieve(step))).toMatchObject({ kind: 'authorised', amountMinor: 4_200 });
        expect(await capture(step)).toMatchObject({ kind: 'captured', amountMinor: 4_200 });
        expect(moneyOf(step.orderId)).toMatchObject([{ capturedMinor: 4_200, refundedMinor: 0 }]);
      });

      it('is captured for less', async () => {
        expect(await capture(await authorised(), 1_000)).toMatchObject({ kind: 'captured', amountMinor: 1_000 });
      });

      it('is not captured for more, nor without being authorised, nor after it was voided', async () => {
        expect(await capture(await authorised(), 4_201)).toMatchObject({ kind: 'capture_refused' });
        expect(await capture(await created(newOrder()))).toMatchObject({ kind: 'capture_refused' });
        const voided = await authorised();
        await settle(() => world.port.void(voided));
        expect(await capture(voided)).toMatchObject({ kind: 'capture_refused' });
      });

      it('is voided, again and again', async () => {
        const step = await authorised();
        const voided = { kind: 'voided', intentId: step.intentId };
        expect(await settle(() => world.port.void(step))).toEqual(voided);
        expect(await settle(() => world.port.void(step))).toEqual(voided);
        expect(await settle(() => world.port.void({ ...step, attempt: 2 }))).toEqual(voided);
      });

      it('that was captured answers so when it is to be voided', async () => {
        const step = await captured();
        expect(await settle(() => world.port.void(step))).toMatchObject({ kind: 'captured', amountMinor: 4_200 });
      });

      it('of a connected account is there for that account alone', async () => {
        const step = await authorised('acct_of_store_1');
        expect(await settle(() => world.port.retrieve({ ...step, account: null }))).toMatchObject({
          kind: 'refused',
          code: 'intent_unknown',
        });
        expect(await settle(() => world.port.retrieve({ ...step, account: 'acct_other' }))).toMatchObject({ code: 'intent_unknown' });
        expect(await capture(step)).toMatchObject({ kind: 'captured' });
      });

      it('is not created for another amount by the same attempt', async () => {
        const ask = newOrder();
        await created(ask);
        expect(await settle(() => world.port.createIntent({ ...ask, amountMinor: 1 }))).toMatchObject({ code: 'attempt_reused' });
      });

      it('of one store is not that of another with an order of the same id', async () => {
        const ask = newOrder();
        const other = await created({ ...ask, store: 'store_2' });
        expect((await created(ask)).intentId).not.toBe(other.intentId);
      });

      it('that nobody knows is refused', async () => {
        const step = { ...(await created(newOrder())), intentId: 'pi_nobody' };
        expect(await confirm(step)).toMatchObject({ kind: 'refused', code: 'intent_unknown' });
      });
    });

    describe('a card', () => {
      it.each([
        ['pm_card_visa_chargeDeclined', 'generic_decline'],
        ['pm_card_visa_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
        ['no_card_at_all', 'payment_method_invalid'],
      ])('%s is declined, and the next attempt may use another', async (card, decline) => {
        const step = await created(newOrder());
        expect(await confirm(step, card)).toMatchObject({ kind: 'declined', intentId: step.intentId, decline });
        expect(await confirm({ ...step, attempt: 2 })).toMatchObject({ kind: 'authorised' });
        expect(await confirm(step, card)).toMatchObject({ kind: 'declined', decline });
      });

      it('that asks for 3-D Secure waits for the buyer', async () => {
        const step = await created(newOrder());
        const asked = await confirm(step, 'pm_card_authenticationRequired');
        expect(asked).toMatchObject({ kind: 'requires_action', intentId: step.intentId });
        expect(asked.kind === 'requires_action' && URL.canParse(asked.redirectUrl) && asked.clientSecret.length > 0).toBe(true);
        expect(await settle(() => world.port.retrieve(step))).toEqual(asked);
        expect(await world.finishAction(step.intentId, 'authorise')).toBe(true);
        expect(await settle(() => world.port.retrieve(step))).toMatchObject({ kind: 'authorised', amountMinor: 4_200 });
        expect(await world.finishAction(step.intentId, 'authorise')).toBe(false);
      });

      it('whose buyer fails 3-D Secure is declined, and another may be tried', async () => {
        const step = await created(newOrder());
        await confirm(step, 'pm_card_authenticationRequired');
        await world.finishAction(step.intentId, 'fail');
        expect(await settle(() => world.port.retrieve(step))).toMatchObject({ kind: 'declined' });
        expect(await confirm({ ...step, attempt: 2 })).toMatchObject({ kind: 'authorised' });
      });
    });

    describe('refunds', () => {
      it('are made once per id, up to what was captured', async () => {
        const step = await captured();
        const first = { kind: 'refunded', intentId: step.intentId, refundId: 'r1', amountMinor: 3_000 };
        expect(await refund(step, 'r1', 3_000)).toEqual(first);
        expect(await refund(step, 'r1', 3_000)).toEqual(first);
        expect(await refund(step, 'r2', 1_201)).toMatchObject({ kind: 'refund_refused', refundId: 'r2' });
        expect(await refund({ ...step, attempt: 2 }, 'r2', 1_200)).toMatchObject({ kind: 'refunded', amountMinor: 1_200 });
        expect(await refund({ ...step, attempt: 2 }, 'r1', 3_000)).toEqual(first);
        expect(moneyOf(step.orderId)).toMatchObject([{ capturedMinor: 4_200, refundedMinor: 4_200 }]);
      });

      it('of what was not captured are refused', async () => {
        expect(await refund(await authorised(), 'r1', 100)).toMatchObject({ kind: 'refund_refused' });
      });
    });

    describe('an effect sent again is one effect', () => {
      it('at once', async () => {
        const ask = newOrder();
        const [first, second] = await Promise.all([created(ask), created(ask)]);
        expect(second.intentId).toBe(first.intentId);
        const both = await Promise.all([confirm(first), confirm(first)]);
        expect(both.map(({ kind }) => kind)).toEqual(['authorised', 'authorised']);
        await Promise.all([capture(first), capture(first)]);
        await Promise.all([refund(first, 'r1', 700), refund(first, 'r1', 700)]);
        expect(moneyOf(ask.orderId)).toMatchObject([{ capturedMinor: 4_200, refundedMinor: 700 }]);
      });

      it.each<Loss>(['before', 'after', 'broken_before', 'broken_after'])('when its answer is lost: %s', async (loss) => {
        const ask = newOrder();
        world.loseNext(loss);
        const step = await created(ask);
        world.loseNext(loss);
        expect(await confirm(step)).toMatchObject({ kind: 'authorised', amountMinor: 4_200 });
        world.loseNext(loss);
        expect(await capture(step)).toMatchObject({ kind: 'captured', amountMinor: 4_200 });
        world.loseNext(loss);
        expect(await refund(step, 'r1', 700)).toMatchObject({ kind: 'refunded', amountMinor: 700 });
        expect(moneyOf(ask.orderId).filter(({ authorisedMinor, capturedMinor }) => authorisedMinor + capturedMinor > 0)).toMatchObject([
          { capturedMinor: 4_200, refundedMinor: 700 },
        ]);
      });

      it.each<Loss>(['before', 'after', 'broken_before', 'broken_after'])('when a decline and a void are lost: %s', async (loss) => {
        const step = await created(newOrder());
        world.loseNext(loss);
        expect(await confirm(step, 'pm_card_visa_chargeDeclined')).toMatchObject({ kind: 'declined' });
        world.loseNext(loss);
        expect(await confirm({ ...step, attempt: 2 })).toMatchObject({ kind: 'authorised' });
        world.loseNext(loss);
        expect(await settle(() => world.port.void(step))).toMatchObject({ kind: 'voided' });
        expect(moneyOf(step.orderId).every(({ capturedMinor }) => capturedMinor === 0)).toBe(true);
      });

      it.each([1, 2, 3])('in a storm, seed %i', async (seed) => {
        world.storm(0.25, seed);
        const paid = await Promise.all(
          Array.from({ length: 8 }, async () => {
            const ask = newOrder();
            const step = await created(ask);
            expect(await confirm(step)).toMatchObject({ kind: 'authorised' });
            expect(await capture(step)).toMatchObject({ kind: 'captured' });
            expect(await refund(step, 'r1', 100)).toMatchObject({ kind: 'refunded' });
            return ask.orderId;
          }),
        ).finally(() => world.storm(0, seed));
        for (const orderId of paid) {
          const moved = moneyOf(orderId).filter(({ authorisedMinor, capturedMinor }) => authorisedMinor + capturedMinor > 0);
          expect(moved).toMatchObject([{ capturedMinor: 4_200, refundedMinor: 100 }]);
        }
      });
    });

    it('tells its orders what happened to their payments', async () => {
      const step = await captured();
      await refund(step, 'r1', 100);
      const kinds = () => new Set(world.news().flatMap(({ orderId, outcome }) => (orderId === step.orderId ? [outcome.kind] : [])));
      await expect.poll(kinds, { timeout: 10_000 }).toEqual(new Set(['authorised', 'captured', 'refunded']));
    });
  });
}
