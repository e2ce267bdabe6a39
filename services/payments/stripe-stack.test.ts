/** T6 of the adapter: what the SDK does with every call must not cost a stack. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStripeSimulator, type StripeSimulator } from '../../engines/stripe/index.ts';
import { type ConnectedPayments, connectStripe } from './stripe-client.ts';

let simulator: StripeSimulator;
let connected: ConnectedPayments;
beforeAll(async () => {
  simulator = await startStripeSimulator({ port: 0 });
  const at = { host: simulator.host, port: simulator.port, protocol: 'http' } as const;
  connected = connectStripe({ apiKey: 'sk_test_simulator', at, returnUrl: 'http://127.0.0.1:1/back', networkRetriesMax: 0 });
});
afterAll(async () => {
  connected.close();
  await simulator.stop();
});

const ask = { store: 'store_1', orderId: 'stack_1', attempt: 1, account: null, amountMinor: 900, currency: 'USD', feeMinor: 0 };

/** Of every stack that is read meanwhile, how many places of the SDK it names. */
async function framesOfTheSdk(act: () => Promise<unknown>): Promise<number> {
  const { prepareStackTrace } = Error;
  let frames = 0;
  Error.prepareStackTrace = (error, sites) => {
    frames += sites.filter((site) => site.getFileName()?.includes('/stripe/') === true).length;
    return String(error);
  };
  try {
    await act();
  } finally {
    if (prepareStackTrace === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Error.prepareStackTrace = prepareStackTrace;
  }
  return frames;
}

it('a call that goes well makes no stack of the SDK, and leaves stacks as they were', async () => {
  const { stackTraceLimit } = Error;
  expect(await framesOfTheSdk(async () => expect((await connected.payments.createIntent(ask)).kind).toBe('created'))).toBe(0);
  expect(Error.stackTraceLimit).toBe(stackTraceLimit);
});

it('a call that fails says the same as ever', async () => {
  simulator.control.misbehave({ fault: { kind: 'error_before' } });
  expect(await connected.payments.createIntent({ ...ask, orderId: 'stack_2' })).toEqual({ kind: 'unknown' });
});
