/** The twin in memory keeps the port's contract, and does the same again for the same seed. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../runtime/clock.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Random } from '../../testing/simulation/random.ts';
import { runPaymentsConformance } from './conformance.ts';
import { fairWeather, MemoryPayments } from './memory.ts';
import type { PaymentAnswer, PaymentNews } from './port.ts';

runPaymentsConformance('in memory', async () => {
  const told: PaymentNews[] = [];
  let random = new Random(7);
  const port = new MemoryPayments({ clock: systemClock, draw: () => random.fraction(), onNews: (news) => told.push(news) });
  return {
    port,
    loseNext: (loss) => port.loseNext(loss.endsWith('before') ? 'before' : 'after'),
    storm(probability, seed) {
      random = new Random(seed);
      port.weather = { ...fairWeather, away: probability / 3, lostBefore: probability / 3, lostAfter: probability / 3 };
    },
    finishAction: (intentId, verdict) => Promise.resolve(port.finishAction(intentId, verdict)),
    money: () => port.totals(),
    news: () => told,
    async [Symbol.asyncDispose]() {},
  };
});

describe('the twin in virtual time', () => {
  async function run(seed: number): Promise<{ readonly answers: readonly PaymentAnswer[]; readonly told: readonly PaymentNews[] }> {
    const clock = new ManualClock();
    const random = new Random(seed);
    const told: PaymentNews[] = [];
    const weather = {
      ...fairWeather,
      processing: 0.3,
      lostAfter: 0.3,
      typicalMs: 200,
      timeoutMs: 8_000,
      newsDelayMaxMs: 30_000,
      newsCopiesMax: 3,
    };
    const port = new MemoryPayments({ clock, draw: () => random.fraction(), weather, onNews: (news) => told.push(news) });
    const answers: PaymentAnswer[] = [];
    for (let order = 0; order < 10; order += 1) {
      const step = { store: 's', orderId: `o${order}`, attempt: 1, account: null, intentId: `pi_memory_${order + 1}` };
      void port.createIntent({ ...step, amountMinor: 100, currency: 'EUR', feeMinor: 0 }).then((answer) => answers.push(answer));
      await clock.advance(10_000);
      void port.confirm({ ...step, paymentMethod: 'pm_card_visa', returnUrl: null }).then((answer) => answers.push(answer));
      await clock.advance(10_000);
    }
    await clock.advance(60_000);
    return { answers, told };
  }

  it('does the same again for the same seed, and otherwise for another', async () => {
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect((await run(2)).answers).not.toEqual(first.answers);
  });

  it('answers late, loses answers, and tells its news more than once and out of order', async () => {
    const { answers, told } = await run(1);
    const kinds = new Set(answers.map(({ kind }) => kind));
    expect(kinds).toContain('unknown');
    expect(kinds).toContain('processing');
    expect(told.length).toBeGreaterThan(new Set(told.map(({ eventId }) => eventId)).size);
    const numbers = told.map(({ eventId }) => Number(eventId.split('_').at(-1)));
    expect(numbers).not.toEqual([...numbers].sort((a, b) => a - b));
    expect(told.filter(({ outcome }) => outcome.kind === 'authorised').length).toBeGreaterThan(0);
  });
});

describe('a refund that the bank of the buyer sends back', () => {
  it('is told, is the money of the store again, and can be made anew under its name', async () => {
    const told: PaymentNews[] = [];
    const clock = new ManualClock();
    const port = new MemoryPayments({ clock, draw: () => 0, onNews: (news) => told.push(news) });
    const answer = async (asked: Promise<PaymentAnswer>): Promise<PaymentAnswer> => {
      await clock.advance(100);
      return asked;
    };
    const step = { store: 's', orderId: 'o', attempt: 1, account: null, intentId: 'pi_memory_1', amountMinor: 100 };
    await answer(port.createIntent({ ...step, currency: 'EUR', feeMinor: 0 }));
    await answer(port.confirm({ ...step, paymentMethod: 'pm_card_visa', returnUrl: null }));
    await answer(port.capture(step));
    const refund = { ...step, refundId: 'r1', amountMinor: 40 };
    expect(await answer(port.refund(refund))).toMatchObject({ kind: 'refunded', amountMinor: 40 });
    expect([port.returnRefund('pi_memory_1', 'r1'), port.returnRefund('pi_memory_1', 'r1')]).toEqual([true, false]);
    await clock.advance(100);
    expect(told.at(-1)!.outcome).toMatchObject({ kind: 'refund_refused', refundId: 'r1', attempt: 1 });
    expect(port.totals()[0]!.refundedMinor).toBe(0);
    expect(await answer(port.refund({ ...refund, attempt: 2 }))).toMatchObject({ kind: 'refunded', amountMinor: 40 });
    expect(port.totals()[0]!.refundedMinor).toBe(40);
  });
});
