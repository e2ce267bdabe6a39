/** The simulator in a process of its own: it comes back when it is killed, and is gone when it should be. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Stripe from 'stripe';
import { expect, it, onTestFinished } from 'vitest';
import { startedBy } from '../../scripts/compile.mjs';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { eventually, until } from '../../testing/until.ts';
import { silentLogger } from '../logger.ts';
import { isAlive } from '../process-identity.ts';
import { startStripeSimulator } from './index.ts';
import { readStoredPayments } from './stored.ts';
import { type SupervisedStripe, superviseStripe } from './supervised.ts';

const program = () => startedBy('engines/stripe/child.ts');
const backWithinMs = 20_000;

function start(dataDir: string, port = 0): Promise<SupervisedStripe> {
  return superviseStripe({ port, dataDir, program, logger: silentLogger });
}

function sdkOf({ host, port }: Pick<SupervisedStripe, 'host' | 'port'>): Stripe {
  return new Stripe('sk_test_simulator', { host, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
}

const wish = { amount: 2_500, currency: 'usd', capture_method: 'manual' } as const;

it('a simulator that is killed alone comes back at its address, with its payments and the keys they were made under', async () => {
  using folder = temporaryFolder();
  await using simulator = await start(folder.path);
  const stripe = sdkOf(simulator);
  const made = await stripe.paymentIntents.create(wish, { idempotencyKey: 'first' });
  const { pid } = simulator;
  process.kill(pid, 'SIGKILL');
  const again = await until(
    'it answers again',
    () => stripe.paymentIntents.create(wish, { idempotencyKey: 'first' }).catch(() => null),
    (intent) => intent !== null,
    backWithinMs,
  );
  expect(again?.id).toBe(made.id);
  expect((await simulator.payments()).map(({ id }) => id)).toEqual([made.id]);
  expect(simulator.pid).not.toBe(pid);
});

it('webhooks go where they went before it was killed', async () => {
  using folder = temporaryFolder();
  const heard: string[] = [];
  const receiver = await listen((signature) => heard.push(signature));
  await using simulator = await start(folder.path);
  simulator.sendWebhooksTo({ url: receiver, secret: 'whsec_test' });
  const stripe = sdkOf(simulator);
  process.kill(simulator.pid, 'SIGKILL');
  await until(
    'it answers again',
    () => stripe.paymentIntents.create(wish).catch(() => null),
    (intent) => intent !== null,
    backWithinMs,
  );
  await eventually('the receiver hears of the payment', () => heard.length > 0);
});

it('every payment is told, also when there are more than one answer holds', async () => {
  using folder = temporaryFolder();
  await using simulator = await start(folder.path);
  const all = await simulator.payments();
  expect(all).toEqual([]);
  const stripe = sdkOf(simulator);
  const ids: string[] = [];
  for (let count = 0; count < 5; count += 1) ids.push((await stripe.paymentIntents.create(wish)).id);
  const answer = await fetch(`${simulator.url}/_sim/payments?from=1&most=3`);
  expect(((await answer.json()) as { id: string }[]).map(({ id }) => id)).toEqual(ids.slice(1, 4));
  expect((await simulator.payments()).map(({ id }) => id)).toEqual(ids);
});

it('when it is stopped its process has ended, and its folder has what it answered', async () => {
  using folder = temporaryFolder();
  const simulator = await start(folder.path);
  const { id } = await sdkOf(simulator).paymentIntents.create(wish);
  await simulator.stop();
  expect(isAlive(simulator.pid)).toBe(false);
  expect((await readStoredPayments(folder.path))?.intents.map((intent) => intent.id)).toEqual([id]);
});

it('Ctrl-C, which the whole group hears, leaves it to its server', async () => {
  using folder = temporaryFolder();
  await using simulator = await start(folder.path);
  const { pid } = simulator;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal);
  expect((await sdkOf(simulator).paymentIntents.create(wish)).status).toBe('requires_payment_method');
  expect(simulator.pid).toBe(pid);
});

it('ends when its server is killed, and the next one on the folder has its payments', async () => {
  using folder = temporaryFolder();
  const owner = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'supervised-owner.fixture.ts'), folder.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void owner.kill('SIGKILL'));
  const line = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  const { port, pid } = JSON.parse(line[0]) as { readonly port: number; readonly pid: number };
  const { id } = await sdkOf({ host: '127.0.0.1', port }).paymentIntents.create(wish, { idempotencyKey: 'first' });
  owner.kill('SIGKILL');
  await using next = await start(folder.path); // at once: it waits for the other one to end
  expect(isAlive(pid)).toBe(false);
  expect((await sdkOf(next).paymentIntents.create(wish, { idempotencyKey: 'first' })).id).toBe(id);
});

it('a session of its own is what it gets its share of the cores by', async () => {
  await using simulator = await superviseStripe({ port: 0, program, logger: silentLogger });
  expect(process.kill(-simulator.pid, 0)).toBe(true); // the group it leads; throws where there is none
});

it('a port that somebody else has is said to be taken', async () => {
  using folder = temporaryFolder();
  await using other = await startStripeSimulator({ port: 0 });
  await expect(start(folder.path, other.port)).rejects.toMatchObject({ code: 'port_taken' });
});

async function listen(hear: (signature: string) => void): Promise<string> {
  const server: Server = createServer((request, response) => {
    hear(String(request.headers['stripe-signature']));
    request.resume();
    response.end();
  });
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
