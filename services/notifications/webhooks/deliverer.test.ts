import { afterEach, expect, test } from 'vitest';
import { silentLogger } from '../../../runtime/logger.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import type { FeedEvent } from '../feed/port.ts';
import { Deliverer } from './deliverer.ts';
import { MemoryWebhooks } from './memory.ts';
import { type Endpoint, pauseAfterMs, webhookLimits } from './port.ts';
import type { Message, Sent } from './sender.ts';

const ok: Sent = { kind: 'answered', status: 200 };
const away: Sent = { kind: 'failed', why: 'no line' };

function event(number: number, type = 'order.confirmed'): FeedEvent {
  const eventId = `e${number}`;
  return { number, eventId, type, at: 1_000, idempotencyKey: eventId, storeId: 's', orderId: 'o', version: 1, data: {} };
}

const endpoint: Endpoint = {
  storeId: 's',
  endpointId: 'w',
  url: 'http://127.0.0.1:1/',
  secrets: ['whsec_c2VjcmV0c2VjcmV0c2VjcmV0'],
  types: null,
  active: true,
  disabledWhy: null,
  createdAt: 0,
  handled: 0,
  attempts: 0,
  retryAt: null,
  firstFailedAt: null,
};

let running: Deliverer | null = null;
afterEach(() => running?.stop());

async function world(
  events: readonly FeedEvent[],
  answers: (message: Message) => Sent | Promise<Sent>,
  more: Partial<Endpoint> = {},
  everyMs = 250,
) {
  const clock = new ManualClock();
  const webhooks = new MemoryWebhooks(() => events.length);
  await webhooks.add({ ...endpoint, ...more });
  const sent: string[] = [];
  const send = async (message: Message): Promise<Sent> => {
    sent.push(message.event.eventId);
    return answers(message);
  };
  const list = async (_store: string, after: number, count: number) => events.filter(({ number }) => number > after).slice(0, count);
  const deliverer = new Deliverer({ deliveries: webhooks, feed: { list }, send, clock, logger: silentLogger, everyMs });
  running = deliverer;
  deliverer.start();
  return { clock, webhooks, sent, deliverer };
}

test('events reach an address one after the other, in the order of their numbers (W1)', async () => {
  const { clock, sent, webhooks } = await world([event(1), event(2), event(3)], () => ok);
  await clock.advance(5_000);
  expect(sent).toEqual(['e1', 'e2', 'e3']);
  expect((await webhooks.get('s', 'w'))!.handled).toBe(3);
  expect((await webhooks.deliveries('s', 'w', null, 10)).map(({ number, outcome }) => [number, outcome])).toEqual([
    [3, 'delivered'],
    [2, 'delivered'],
    [1, 'delivered'],
  ]);
});

test('one that fails is tried again with growing pauses, and what comes after it waits (W1, W3)', async () => {
  let failures = 3;
  const { clock, sent, webhooks } = await world([event(1), event(2)], () => (failures-- > 0 ? away : ok));
  await clock.advance(1_000);
  expect(sent).toEqual(['e1']);
  await clock.advance(pauseAfterMs(1));
  await clock.advance(pauseAfterMs(2));
  expect(sent).toEqual(['e1', 'e1', 'e1']);
  await clock.advance(pauseAfterMs(3) + 2_000);
  expect(sent).toEqual(['e1', 'e1', 'e1', 'e1', 'e2']);
  const log = await webhooks.deliveries('s', 'w', null, 10);
  expect(log.map(({ number, attempt, outcome, error }) => [number, attempt, outcome, error])).toEqual([
    [2, 1, 'delivered', null],
    [1, 4, 'delivered', null],
    [1, 3, 'failed', 'no line'],
    [1, 2, 'failed', 'no line'],
    [1, 1, 'failed', 'no line'],
  ]);
});

test('after three days an event is given up, and the next one is sent (W3)', async () => {
  const { clock, sent, webhooks } = await world([event(1), event(2)], ({ event: { number } }) => (number === 1 ? away : ok), {}, 60_000);
  for (let hours = 0; hours < 80; hours++) await clock.advance(3_600_000);
  const first = (await webhooks.deliveries('s', 'w', null, 100)).filter(({ number }) => number === 1);
  expect(first[0]!.outcome).toBe('given_up');
  expect(first.slice(1).every(({ outcome }) => outcome === 'failed')).toBe(true);
  expect(first[0]!.at - first.at(-1)!.at).toBeLessThanOrEqual(webhookLimits.giveUpAfterMs);
  expect(first[0]!.at - first.at(-1)!.at).toBeGreaterThan(webhookLimits.giveUpAfterMs - 2 * pauseAfterMs(100));
  expect(sent.at(-1)).toBe('e2');
});

test('an address that answers 410 is switched off, and says why', async () => {
  const { clock, sent, webhooks } = await world([event(1), event(2)], () => ({ kind: 'answered', status: 410 }));
  await clock.advance(10_000);
  expect(sent).toEqual(['e1']);
  expect(await webhooks.get('s', 'w')).toMatchObject({ active: false, disabledWhy: 'the address answered 410 Gone' });
});

test.each([301, 400, 404, 500, 503])('an answer of %i is a failure like any other', async (status) => {
  const { clock, webhooks } = await world([event(1)], () => ({ kind: 'answered', status }));
  await clock.advance(1_000);
  expect((await webhooks.deliveries('s', 'w', null, 1))[0]).toMatchObject({ outcome: 'failed', httpStatus: status });
});

test('types that an address does not want are passed over, also when they are many', async () => {
  const events = [...Array.from({ length: 120 }, (_, n) => event(n + 1, 'order.placed')), event(121, 'order.canceled')];
  const { clock, sent, webhooks } = await world(events, () => ok, { types: ['order.canceled'] });
  await clock.advance(5_000);
  expect(sent).toEqual(['e121']);
  expect((await webhooks.get('s', 'w'))!.handled).toBe(121);
});

test('while one delivery is under way the address is left alone; a claim whose owner died is free again', async () => {
  const answers: ((sent: Sent) => void)[] = [];
  const { clock, sent } = await world([event(1)], () => new Promise<Sent>((resolve) => answers.push(resolve)));
  await clock.advance(webhookLimits.claimMs - 1_000);
  expect(sent).toEqual(['e1']);
  await clock.advance(2_000);
  expect(sent).toEqual(['e1', 'e1']);
  for (const answer of answers) answer(ok);
  await clock.settle();
});

test('a delivery on request goes out at once, whatever the order says, and moves nothing', async () => {
  const { clock, sent, webhooks, deliverer } = await world([event(1), event(2)], () => ok);
  await clock.advance(5_000);
  const again = await deliverer.redeliver((await webhooks.get('s', 'w'))!, event(1));
  expect(again).toMatchObject({ number: 1, attempt: 2, outcome: 'delivered', onRequest: true });
  expect(sent).toEqual(['e1', 'e2', 'e1']);
  expect((await webhooks.get('s', 'w'))!.handled).toBe(2);
});

test('news that come while it looks make it look once more, not twice as often ever after (I7)', async () => {
  const { clock, webhooks, deliverer } = await world([], () => ok);
  await clock.settle();
  let looks = 0;
  const claim = webhooks.claim.bind(webhooks);
  webhooks.claim = async (...asked) => {
    looks += 1;
    if (looks <= 20) deliverer.wake();
    return claim(...asked);
  };
  await clock.advance(1_000);
  looks = 20;
  await clock.advance(10_000);
  expect(looks - 20).toBe(40);
});

test('what has piled up goes out as fast as the address takes it', async () => {
  const events = Array.from({ length: 30 }, (_, n) => event(n + 1));
  const { clock, sent } = await world(events, () => ok);
  await clock.advance(249);
  expect(sent).toEqual(events.map(({ eventId }) => eventId));
});

test('stores with much to tell and slow addresses do not keep another one waiting', async () => {
  const clock = new ManualClock();
  const webhooks = new MemoryWebhooks(() => 1_000_000);
  const stores = [...Array.from({ length: webhookLimits.inFlightMax }, (_, n) => `busy${n}`), 'other'];
  for (const storeId of stores) await webhooks.add({ ...endpoint, storeId });
  const told: string[] = [];
  const send = ({ event: { storeId } }: Message): Promise<Sent> => {
    told.push(storeId);
    return new Promise((resolve) => clock.after(5_000, () => resolve(ok)));
  };
  const feed = { list: async (storeId: string, after: number) => [{ ...event(after + 1), storeId }] };
  running = new Deliverer({ deliveries: webhooks, feed, send, clock, logger: silentLogger });
  running.start();
  await clock.advance(6_000);
  expect(told).toContain('other');
  await Promise.all([running.stop(), clock.advance(10_000)]);
});
