/** The thread keeps the port's contract over Stripe's SDK, and what it has of its own: ends, comes back, passes mistakes on. */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startStripeSimulator } from '../../../engines/stripe/index.ts';
import { silentLogger } from '../../../runtime/logger.ts';
import { threadOf, uncompiledThread } from '../../../scripts/compile.mjs';
import { settle } from '../conformance.ts';
import type { CreateIntent } from '../port.ts';
import { PaymentsThread, restartAfterMs } from './payments-thread.ts';

const newOrder = (orderId: string): CreateIntent => ({
  store: 'store_1',
  orderId,
  attempt: 1,
  account: null,
  amountMinor: 900,
  currency: 'EUR',
  feeMinor: 0,
});

const nowhere = { apiKey: 'sk_test_simulator', at: null, returnUrl: 'http://127.0.0.1:1/back' };

/** Of `failing.fixture.ts`; its clock stands still until `passed` is called. */
function failingThread() {
  const due: (() => void)[] = [];
  const warnings: string[] = [];
  const thread = new PaymentsThread({
    program: uncompiledThread(join(import.meta.dirname, 'failing.fixture.ts')),
    settings: nowhere,
    logger: { ...silentLogger, warn: (_: object, message: string) => void warnings.push(message) },
    clock: {
      after(ms, call) {
        expect(ms).toBe(restartAfterMs);
        due.push(call);
        return () => {};
      },
    },
  });
  onTestFinished(() => thread.close());
  return { thread, warnings, passed: () => due.splice(0).forEach((call) => call()) };
}

it('takes money through the SDK: created, confirmed, captured, and the same again for who asks again', async () => {
  await using simulator = await startStripeSimulator({ port: 0 });
  const { host, port } = simulator;
  const program = await threadOf('services/payments/thread/worker.ts');
  const thread = new PaymentsThread({ program, settings: { ...nowhere, at: { host, port, protocol: 'http' } }, logger: silentLogger });
  onTestFinished(() => thread.close());
  const ask = newOrder('good');
  const created = await settle(() => thread.createIntent(ask));
  if (created.kind !== 'created') throw new Error(`expected an intent, got ${JSON.stringify(created)}`);
  expect(await settle(() => thread.createIntent(ask))).toEqual(created);
  const step = { store: ask.store, orderId: ask.orderId, attempt: 1, account: null, intentId: created.intentId };
  const confirm = () => thread.confirm({ ...step, paymentMethod: 'pm_card_visa', returnUrl: null });
  expect(await settle(confirm)).toMatchObject({ kind: 'authorised', amountMinor: 900 });
  expect(await settle(() => thread.capture({ ...step, amountMinor: 900 }))).toMatchObject({ kind: 'captured', amountMinor: 900 });
  expect(await settle(() => thread.refund({ ...step, refundId: 'r1', amountMinor: 300 }))).toMatchObject({
    kind: 'refunded',
    refundId: 'r1',
  });
  expect(await settle(() => thread.retrieve(step))).toMatchObject({ kind: 'captured' });
  const other = await settle(() => thread.createIntent(newOrder('other')));
  expect(await settle(() => thread.void({ ...step, orderId: 'other', intentId: 'intentId' in other ? other.intentId : '' }))).toMatchObject(
    {
      kind: 'voided',
    },
  );
});

describe('a thread that fails', () => {
  it('answers each of many that ask at once with what is theirs', async () => {
    const { thread } = failingThread();
    const names = Array.from({ length: 50 }, (_, n) => `order_${n}`);
    const answers = await Promise.all(names.map((name) => thread.createIntent(newOrder(name))));
    expect(answers).toEqual(names.map((intentId) => ({ kind: 'created', intentId })));
  });

  it('passes a mistake on to who asked, and goes on', async () => {
    const { thread } = failingThread();
    const [mistake, good] = await Promise.allSettled([thread.createIntent(newOrder('throws')), thread.createIntent(newOrder('good'))]);
    expect(mistake).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('this is a mistake') as string } });
    expect(good).toEqual({ status: 'fulfilled', value: { kind: 'created', intentId: 'good' } });
  });

  it('ended: what it was asked is unknown, nothing is sent until the next one is there, and that one answers', async () => {
    const { thread, warnings, passed } = failingThread();
    const open = thread.createIntent(newOrder('never'));
    expect(await thread.createIntent(newOrder('ends'))).toEqual({ kind: 'unknown' });
    expect(await open).toEqual({ kind: 'unknown' });
    expect(warnings).toEqual(['the thread of payments ended and is started again']);
    expect(await thread.createIntent(newOrder('good'))).toEqual({ kind: 'unavailable', retryAfterMs: restartAfterMs });
    passed();
    expect(await thread.createIntent(newOrder('good'))).toEqual({ kind: 'created', intentId: 'good' });
  });

  it('closed: what is under way is unknown, and no other thread is started', async () => {
    const { thread, warnings, passed } = failingThread();
    const open = thread.createIntent(newOrder('never'));
    await thread.createIntent(newOrder('good'));
    await thread.close();
    expect(await open).toEqual({ kind: 'unknown' });
    passed();
    expect(warnings).toEqual([]);
    expect(await thread.createIntent(newOrder('good'))).toMatchObject({ kind: 'unavailable' });
  });
});
