/** The thread keeps the port's contract over Stripe's SDK, and what it has of its own: ends, comes back, passes mistakes on. */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startStripeSimulator } from '../../../engines/stripe/index.ts';
import { silentLogger } from '../../../runtime/logger.ts';
import { threadOf, uncompiledThread } from '../../../scripts/compile.mjs';
import { settle } from '../conformance.ts';
import type { CreateIntent } from '../port.ts';
import { PaymentsThread, restartAfterMs, type ThreadProgram } from './payments-thread.ts';

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

/** Of `failing.fixture.ts`, unless `programs` says otherwise; its clock stands still until `passed` is called. */
async function failingThread(programs: (() => Promise<ThreadProgram>)[] = []) {
  const due = new Set<() => void>();
  const warnings: string[] = [];
  const thread = new PaymentsThread({
    program: () => programs.shift()?.() ?? Promise.resolve(failing),
    settings: nowhere,
    logger: { ...silentLogger, warn: (_: object, message: string) => void warnings.push(message) },
    clock: {
      after(ms, call) {
        expect(ms).toBe(restartAfterMs);
        due.add(call);
        return () => due.delete(call);
      },
    },
  });
  onTestFinished(() => thread.close());
  await thread.attempted;
  const passed = (): Promise<void> => {
    for (const call of due) {
      due.delete(call);
      call();
    }
    return thread.attempted;
  };
  return { thread, warnings, due, passed };
}

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
  it('answers each of many that ask at once with what is theirs', async () => {
    const { thread } = await failingThread();
    const names = Array.from({ length: 50 }, (_, n) => `order_${n}`);
    const answers = await Promise.all(names.map((name) => thread.createIntent(newOrder(name))));
    expect(answers).toEqual(names.map((intentId) => ({ kind: 'created', intentId })));
  });

  it('passes a mistake on to who asked, and goes on', async () => {
    const { thread } = await failingThread();
    const [mistake, good] = await Promise.allSettled([thread.createIntent(newOrder('throws')), thread.createIntent(newOrder('good'))]);
    expect(mistake).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('this is a mistake') as string } });
    expect(good).toEqual({ status: 'fulfilled', value: { kind: 'created', intentId: 'good' } });
  });

  it('ended: what it was asked is unknown, nothing is sent until the next one is there, and that one answers', async () => {
    const { thread, warnings, passed } = await failingThread();
    const open = thread.createIntent(newOrder('never'));
    expect(await thread.createIntent(newOrder('ends'))).toEqual({ kind: 'unknown' });
    expect(await open).toEqual({ kind: 'unknown' });
    expect(warnings).toEqual(['the thread of payments ended and is started again']);
    expect(await thread.createIntent(newOrder('good'))).toEqual({ kind: 'unavailable', retryAfterMs: restartAfterMs });
    await passed();
    expect(await thread.createIntent(newOrder('good'))).toEqual({ kind: 'created', intentId: 'good' });
  });

  it('closed: what is under way is unknown, and no other thread is started', async () => {
    const { thread, warnings, due } = await failingThread();
    const open = thread.createIntent(newOrder('never'));
    await thread.createIntent(newOrder('good'));
    await thread.close();
    expect(await open).toEqual({ kind: 'unknown' });
    expect(due.size).toBe(0);
    expect(warnings).toEqual([]);
    expect(await thread.createIntent(newOrder('good'))).toMatchObject({ kind: 'unavailable' });
  });

  it('closed between its end and its restart: nothing is left to be called', async () => {
    const { thread, due } = await failingThread();
    await thread.createIntent(newOrder('ends'));
    expect(due.size).toBe(1);
    await thread.close();
    expect(due.size).toBe(0);
  });

  it('closed while its program is looked for: is not started', async () => {
    let found: (program: ThreadProgram) => void = () => {};
    const looking = new Promise<ThreadProgram>((resolve) => (found = resolve));
    const { thread, passed } = await failingThread([() => Promise.resolve(failing), () => looking]);
    await thread.createIntent(newOrder('ends'));
    const attempted = passed();
    await thread.close();
    found(failing);
    await attempted;
    expect(await thread.createIntent(newOrder('good'))).toMatchObject({ kind: 'unavailable' });
  });

  it('asks for its program at each start, for the file of the last one may be gone, and again when there is none', async () => {
    const notFound = () => Promise.reject(new Error('cannot be compiled'));
    const { thread, warnings, due, passed } = await failingThread([() => Promise.resolve(failing), notFound]);
    await thread.createIntent(newOrder('ends'));
    await passed();
    expect(warnings.at(-1)).toBe('the thread of payments did not start and is tried again');
    expect(due.size).toBe(1);
    await passed();
    expect(await thread.createIntent(newOrder('good'))).toEqual({ kind: 'created', intentId: 'good' });
  });
});
