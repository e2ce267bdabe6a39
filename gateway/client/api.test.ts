/** HTTP from the browser's side: what is retried, under which key, and what survives a reload. */
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeEnvironment, type FakeAnswer, type FakeRequest, FakeStorage } from './fake-environment.ts';
import { type Answer, type Api, type Call, connectApi, serverClock } from './onhand-client.js';

const hold: Call = { method: 'POST', path: '/v1/holds', body: { sku: 'a', quantity: 1 }, intent: 'hold:a' };
const buyerAnswer = { status: 201, body: { buyer: 'buyer_1', token: 'token-1' } };

let environment: FakeEnvironment;
let api: Api;

function page(storage: FakeStorage): void {
  environment = new FakeEnvironment(storage);
  api = connectApi({ baseUrl: '', key: 'pk_demo', withBuyer: true, environment, clock: serverClock(environment), giveUpAfterMs: 30_000 });
}

/** Buyers are always made; other requests get the scripted answers in turn, the last one for ever. */
function script(...answers: FakeAnswer[]): void {
  environment.answer = (request) => {
    if (request.url === '/v1/buyers') return buyerAnswer;
    return (answers.length > 1 ? answers.shift() : answers[0]) ?? 'network failure';
  };
}

function sent(path = '/v1/holds'): FakeRequest[] {
  return environment.requests.filter((request) => request.url === path);
}

function keys(requests: readonly FakeRequest[]): Set<string | undefined> {
  return new Set(requests.map((request) => request.headers['idempotency-key']));
}

async function callAndWait(call: Call, ms: number): Promise<Answer<unknown>> {
  const answer = api.call<unknown>(call);
  await environment.advance(ms);
  return answer;
}

beforeEach(() => page(new FakeStorage()));

describe('the buyer', () => {
  it('is made once for calls that start together, and kept for the next page load', async () => {
    script({ status: 201, body: {} });
    await Promise.all([api.call(hold), api.call({ ...hold, intent: 'hold:b' })]);
    expect(sent('/v1/buyers')).toHaveLength(1);
    expect(sent()[0]?.headers).toMatchObject({ authorization: 'Bearer pk_demo', 'onhand-buyer': 'token-1' });
    page(environment.storage);
    expect(api.buyerToken()).toBe('token-1');
  });

  it('is replaced once when the server no longer accepts the token', async () => {
    script({ status: 201, body: {} });
    await api.call(hold);
    script({ status: 401, body: { code: 'buyer_invalid' } }, { status: 201, body: { holdId: 'h' } });
    const answer = await api.call(hold);
    expect(answer.ok).toBe(true);
    expect(sent('/v1/buyers')).toHaveLength(2);
  });
});

describe('a verdict', () => {
  it('is handed on as a refusal with its problem and ends the attempt', async () => {
    script({ status: 409, body: { code: 'insufficient_stock', available: 3 } });
    expect(await api.call(hold)).toMatchObject({
      ok: false,
      kind: 'refused',
      status: 409,
      problem: { code: 'insufficient_stock', available: 3 },
    });
    expect(await api.resumeUnresolved()).toEqual([]);
    await api.call(hold);
    expect(keys(sent()).size).toBe(2);
  });

  it('has a code of its own when the answer is not a problem document', async () => {
    script({ status: 413 });
    expect(await api.call(hold)).toMatchObject({ problem: { code: 'http_413' } });
  });
});

describe('an unknown outcome', () => {
  it('is retried under the same key and body after a network failure', async () => {
    script('network failure', 'network failure', { status: 201, body: { holdId: 'h' } });
    const answer = await callAndWait(hold, 5_000);
    expect(answer).toMatchObject({ ok: true, body: { holdId: 'h' } });
    expect(sent()).toHaveLength(3);
    expect(keys(sent()).size).toBe(1);
    expect(new Set(sent().map((request) => request.body)).size).toBe(1);
  });

  it('waits as long as the server asks before a retry', async () => {
    script({ status: 503, body: { code: 'outcome_unknown' }, headers: { 'retry-after': '2' } }, { status: 201, body: {} });
    const answer = api.call(hold);
    await environment.advance(1_999);
    expect(sent()).toHaveLength(1);
    await environment.advance(1);
    expect(sent()).toHaveLength(2);
    expect((await answer).ok).toBe(true);
    expect(keys(sent()).size).toBe(1);
  });

  it('is reported as unresolved when patience ends, and a second click continues the same attempt', async () => {
    script('network failure');
    const answer = await callAndWait(hold, 31_000);
    expect(answer).toMatchObject({ ok: false, kind: 'unresolved' });
    script({ status: 201, body: { holdId: 'h' } });
    await api.call(hold);
    expect(keys(sent()).size).toBe(1);
  });

  it('is continued by the next page load under its own key', async () => {
    script('network failure');
    await callAndWait(hold, 31_000);
    const [before] = sent();
    page(environment.storage);
    script({ status: 201, body: { holdId: 'h' } });
    expect(await api.resumeUnresolved()).toMatchObject([{ intent: 'hold:a', answer: { ok: true, body: { holdId: 'h' } } }]);
    expect(sent()[0]?.headers['idempotency-key']).toBe(before?.headers['idempotency-key']);
    expect(sent()[0]?.body).toBe(before?.body);
    expect(await api.resumeUnresolved()).toEqual([]);
  });

  it('of a hold is forgotten once the server may have forgotten the key', async () => {
    script('network failure');
    await callAndWait(hold, 61_000);
    expect(await api.resumeUnresolved()).toEqual([]);
  });

  it('of a commit is kept, since the hold itself remembers', async () => {
    script('network failure');
    await callAndWait({ method: 'POST', path: '/v1/holds/h/commit', body: {}, intent: 'commit:h' }, 31_000);
    await environment.advance(600_000);
    script({ status: 200, body: { holdId: 'h', status: 'committed' } });
    expect(await api.resumeUnresolved()).toMatchObject([{ intent: 'commit:h', answer: { ok: true } }]);
  });

  it('with another body is another attempt', async () => {
    script('network failure');
    await callAndWait(hold, 31_000);
    script({ status: 201, body: {} });
    await api.call({ ...hold, body: { sku: 'a', quantity: 2 } });
    expect(keys(sent()).size).toBe(2);
  });
});

describe("the server's clock", () => {
  it('is estimated from the middle of what all exchanges allow; of those that contradict each other, the shortest', () => {
    const clock = serverClock(environment);
    const now = environment.wallMs();
    clock.sample(new Date(now + 60_000).toISOString(), now - 1_000, now);
    expect(clock.offsetMs()).toBe(60_500);
    clock.sample(new Date(now + 60_000).toISOString(), now - 100, now);
    clock.sample(new Date(now + 99_000).toISOString(), now - 5_000, now);
    expect(clock.offsetMs()).toBe(60_050);
    clock.sample(new Date(now + 20_000).toISOString(), now - 50, now);
    expect(clock.offsetMs()).toBe(20_025);
  });

  it('never seems to be before a time that it has said, however slow the answer: five seconds are not shown as six', async () => {
    const clock = serverClock(environment);
    const now = environment.wallMs();
    clock.sample(new Date(now - 990).toISOString(), now - 1_000, now); // it looked as soon as it was asked: the middle is half a second behind
    const saidMs = now + 40;
    clock.sample(new Date(saidMs).toISOString(), now - 2_000, now + 50);
    await environment.advance(50);
    expect(clock.nowMs()).toBeGreaterThanOrEqual(saidMs);
  });

  it('is corrected by a new sample once the best one is old, even if slower', () => {
    const clock = serverClock(environment);
    const now = environment.wallMs();
    clock.sample(new Date(now).toISOString(), now, now);
    clock.sample(new Date(now + 120_000 + 5_000).toISOString(), now + 120_000, now + 120_000);
    expect(clock.offsetMs()).toBe(5_000);
  });

  it('takes a sample from every answer that carries the time', async () => {
    const clock = serverClock(environment);
    const timed = connectApi({ baseUrl: '', key: 'pk_demo', withBuyer: false, environment, clock });
    script({ status: 200, body: { serverTime: new Date(environment.wallMs() + 7_000).toISOString() } });
    await timed.call({ method: 'GET', path: '/v1/stock?sku=a' });
    expect(clock.offsetMs()).toBe(7_000);
  });
});
