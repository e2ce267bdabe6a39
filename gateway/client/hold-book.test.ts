/** The buyer's holds in the browser: written from answers, kept over reloads, expired by the server's clock. */
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeEnvironment, type FakeAnswer, FakeStorage } from './fake-environment.ts';
import { connectApi, type HoldBook, type HoldStatus, holdBook, serverClock } from './onhand-client.js';

let environment: FakeEnvironment;
let book: HoldBook;

function page(storage: FakeStorage): void {
  environment = new FakeEnvironment(storage);
  const clock = serverClock(environment);
  const api = connectApi({ baseUrl: '', key: 'pk_demo', withBuyer: true, environment, clock });
  book = holdBook({ api, clock, environment, scope: 'pk_demo' });
}

function holdOf(holdId: string, status: HoldStatus = 'held', sku = 'a', inMs = 600_000) {
  return { holdId, lines: [{ sku, quantity: 2 }], status, expiresAt: new Date(environment.wallMs() + inMs).toISOString() };
}

function answers(byCall: Record<string, FakeAnswer>): void {
  environment.answer = (request) => {
    if (request.url === '/v1/buyers') return { status: 201, body: { buyer: 'buyer_1', token: 't' } };
    return byCall[`${request.method} ${request.url}`] ?? { status: 404, body: { code: 'hold_unknown' } };
  };
}

function statuses(): Record<string, HoldStatus> {
  return Object.fromEntries(book.list().map((record) => [record.holdId, record.status]));
}

async function held(holdId = 'h1', inMs = 600_000): Promise<void> {
  answers({ 'POST /v1/holds': { status: 201, body: holdOf(holdId, 'held', 'a', inMs) } });
  await book.hold([{ sku: 'a', quantity: 2 }]);
}

beforeEach(() => page(new FakeStorage()));

describe('holding', () => {
  it('sends one line in the short form and several as all or none', async () => {
    await held();
    await book.hold(
      [
        { sku: 'a', quantity: 1 },
        { sku: 'b', quantity: 2 },
      ],
      60,
    );
    const bodies = environment.requests.filter((request) => request.url === '/v1/holds').map((request) => JSON.parse(request.body ?? ''));
    expect(bodies).toEqual([
      { sku: 'a', quantity: 2 },
      {
        lines: [
          { sku: 'a', quantity: 1 },
          { sku: 'b', quantity: 2 },
        ],
        ttlSeconds: 60,
      },
    ]);
  });

  it('writes nothing down when refused', async () => {
    answers({ 'POST /v1/holds': { status: 409, body: { code: 'insufficient_stock' } } });
    expect((await book.hold([{ sku: 'a', quantity: 1 }])).ok).toBe(false);
    expect(book.list()).toEqual([]);
  });

  it('asks what became of an older hold of the same product', async () => {
    await held('h1');
    answers({ 'POST /v1/holds': { status: 201, body: holdOf('h2') }, 'GET /v1/holds/h1': { status: 200, body: holdOf('h1', 'replaced') } });
    await book.hold([{ sku: 'a', quantity: 3 }]);
    expect(statuses()).toEqual({ h1: 'replaced', h2: 'held' });
  });

  it('tells its listeners', async () => {
    let told = 0;
    const end = book.on(() => {
      told += 1;
    });
    await held();
    expect(told).toBe(1);
    end();
    book.forget('h1');
    expect(told).toBe(1);
  });
});

describe('a reload', () => {
  it('finds the holds again and asks the server what became of them', async () => {
    await held();
    page(environment.storage);
    expect(statuses()).toEqual({ h1: 'held' });
    answers({ 'GET /v1/holds/h1': { status: 200, body: holdOf('h1', 'committed') } });
    await book.refresh();
    expect(statuses()).toEqual({ h1: 'committed' });
  });

  it('shows a hold the server has forgotten as expired', async () => {
    await held();
    answers({});
    await book.refresh();
    expect(statuses()).toEqual({ h1: 'expired' });
  });

  it('keeps a hold as it is while the server cannot be asked', async () => {
    await held();
    environment.answer = () => 'network failure';
    const refreshed = book.refresh();
    await environment.advance(60_000);
    await refreshed;
    expect(statuses()).toEqual({ h1: 'held' });
  });

  it('forgets ended holds after a day', async () => {
    await held('h1', 5_000);
    await environment.advance(5_000);
    book.expire();
    await environment.advance(25 * 3_600_000);
    await book.refresh();
    expect(book.list()).toEqual([]);
  });
});

describe('the end of a hold', () => {
  it('comes by the server clock', async () => {
    await held('h1', 5_000);
    await environment.advance(4_999);
    expect(book.expire()).toBe(false);
    await environment.advance(1);
    expect(book.expire()).toBe(true);
    expect(statuses()).toEqual({ h1: 'expired' });
    expect(book.expire()).toBe(false);
  });

  it('by release, commit and extension is written from the answer', async () => {
    await held('h1');
    await held('h2');
    await held('h3', 5_000);
    const longer = holdOf('h3', 'held', 'a', 60_000);
    answers({
      'DELETE /v1/holds/h1': { status: 200, body: holdOf('h1', 'released') },
      'POST /v1/holds/h2/commit': { status: 200, body: holdOf('h2', 'committed') },
      'POST /v1/holds/h3/extend': { status: 200, body: longer },
    });
    await book.release('h1');
    await book.commit('h2');
    await book.extend('h3', 60);
    expect(statuses()).toEqual({ h1: 'released', h2: 'committed', h3: 'held' });
    expect(book.list().find((record) => record.holdId === 'h3')?.expiresAt).toBe(longer.expiresAt);
  });

  it('is learned from a refusal: ended, or committed elsewhere', async () => {
    await held('h1');
    await held('h2');
    answers({
      'POST /v1/holds/h1/commit': { status: 409, body: { code: 'hold_ended' } },
      'DELETE /v1/holds/h2': { status: 409, body: { code: 'already_committed' } },
      'GET /v1/holds/h1': { status: 200, body: holdOf('h1', 'expired') },
    });
    await book.commit('h1');
    await book.release('h2');
    expect(statuses()).toEqual({ h1: 'expired', h2: 'committed' });
  });
});
