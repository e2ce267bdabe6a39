/** The thread keeps the port's contract over Stripe's SDK, and says what is not known when it ends. */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startStripeSimulator } from '../../../engines/stripe/index.ts';
import { silentLogger } from '../../../runtime/logger.ts';
import { restartAfterMs } from '../../../runtime/threads/asked-thread.ts';
import { threadOf, uncompiledThread } from '../../../scripts/compile.mjs';
import { settle } from '../conformance.ts';
import type { CreateIntent } from '../port.ts';
import { PaymentsThread } from './payments-thread.ts';

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

const failing = uncompiledThread(join(import.meta.dirname, 'failing.fixture.ts'));

it('takes money through the SDK: created, confirmed, captured, and the same again for who asks again', async () => {
  await using simulator = await startStripeSimulator({ port: 0 });
  const { host, port } = simulator;
  const thread = new PaymentsThread({
    program: () => threadOf('services/payments/thread/worker.ts'),
    settings: { ...nowhere, at: { host, port, protocol: 'http' } },
    logger: silentLogger,
  });
  onTestFinished(() => thread.close());
  await thread.attempted; // the first start compiles the program
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
  function failingThread(): PaymentsThread {
    const never = { after: () => () => {} };
    const program = () => Promise.resolve(failing);
    const thread = new PaymentsThread({ program, settings: nowhere, logger: silentLogger, clock: never });
    onTestFinished(() => thread.close());
    return thread;
  }

  it('ended: what it was asked is unknown, and until there is another one it is not asked', async () => {
    const thread = failingThread();
    const open = thread.createIntent(newOrder('never'));
    expect(await thread.createIntent(newOrder('ends'))).toEqual({ kind: 'unknown' });
    expect(await open).toEqual({ kind: 'unknown' });
    expect(await thread.createIntent(newOrder('good'))).toEqual({ kind: 'unavailable', retryAfterMs: restartAfterMs });
  });

  it('passes a mistake on to who asked, and goes on', async () => {
    const thread = failingThread();
    const [mistake, good] = await Promise.allSettled([thread.createIntent(newOrder('throws')), thread.createIntent(newOrder('good'))]);
    expect(mistake).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('this is a mistake') as string } });
    expect(good).toEqual({ status: 'fulfilled', value: { kind: 'created', intentId: 'good' } });
  });
});
