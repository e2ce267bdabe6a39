/** Making and sending mails, without a database: what one store's words or events can do to the others. */
import { afterEach, expect, test } from 'vitest';
import { silentLogger } from '../../../runtime/logger.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import type { FeedEvent } from '../feed/port.ts';
import { type Mail, mailLimits, type MailWork, MailsUnavailable, type Template } from './port.ts';
import { PostOffice } from './post-office.ts';

let running: PostOffice | null = null;
afterEach(() => running?.stop());

function confirmed(storeId: string, name: string): FeedEvent {
  const data = { email: 'ada@shop.example', name, number: 7, currency: 'USD' };
  return {
    number: 1,
    eventId: `e-${storeId}`,
    type: 'order.confirmed',
    at: 1_000,
    idempotencyKey: 'k',
    storeId,
    orderId: 'o',
    version: 1,
    data,
  };
}

/** Keeps mails as Postgres would: as JSON, which has no word for half a character. */
class Table implements MailWork {
  readonly made: Mail[] = [];
  readonly templatesOf = new Map<string, Template>();
  readonly #handled = new Map<string, number>();
  readonly stores: readonly string[];

  constructor(stores: readonly string[]) {
    this.stores = stores;
  }

  async behind() {
    return this.stores.filter((storeId) => !this.#handled.has(storeId)).map((storeId) => ({ storeId, handled: 0 }));
  }

  async templates(storeId: string) {
    const template = this.templatesOf.get(storeId);
    return template === undefined ? new Map<string, Template>() : new Map([['order.confirmed', template]]);
  }

  async advance(storeId: string, _from: number, to: number, mails: readonly Mail[]) {
    if (/\\ud[89a-f]/.test(JSON.stringify(mails))) throw new MailsUnavailable('invalid input syntax for type json');
    this.#handled.set(storeId, to);
    this.made.push(...mails);
    return true;
  }

  async due() {
    return this.made.filter(({ storeId }) => !this.sent.includes(storeId));
  }

  readonly sent: string[] = [];

  async mark({ storeId }: Mail) {
    this.sent.push(storeId);
  }
}

async function open(table: Table, events: ReadonlyMap<string, FeedEvent>): Promise<void> {
  const clock = new ManualClock();
  const list = async (storeId: string): Promise<readonly FeedEvent[]> => {
    const event = events.get(storeId);
    if (event === undefined) throw new Error('an event that nobody can read');
    return [event];
  };
  running = new PostOffice({ work: table, feed: { list }, post: async () => {}, clock, logger: silentLogger });
  running.start();
  await clock.advance(10_000);
}

test('a name of many faces, in a subject that ends in the middle of one, is a mail like any other', async () => {
  const table = new Table(['a', 'b']);
  table.templatesOf.set('a', { subject: 'Hi {{name}}', text: 'Hi' });
  await open(
    table,
    new Map([
      ['a', confirmed('a', '\u{1F600}'.repeat(100))],
      ['b', confirmed('b', 'Bo')],
    ]),
  );
  expect(table.sent).toEqual(['a', 'b']);
  expect(table.made[0]!.subject).toBe(`Hi ${'\u{1F600}'.repeat(98)}`);
});

test('a store whose mails cannot be made keeps no other store from theirs, and none that is made from being sent', async () => {
  const table = new Table(['a', 'b', 'c']);
  await open(
    table,
    new Map([
      ['a', confirmed('a', 'Ada')],
      ['c', confirmed('c', 'Cy')],
    ]),
  );
  expect(table.sent).toEqual(['a', 'c']);
});

/** How many events were made into mails at each look at a store that has so many. */
async function looksAt(events: number): Promise<readonly [atMs: number, taken: number][]> {
  const clock = new ManualClock();
  const startMs = clock.monotonicMs();
  const looks: [number, number][] = [];
  let handled = 0;
  const work: MailWork = {
    behind: async () => (handled < events ? [{ storeId: 'a', handled }] : []),
    templates: async () => new Map(),
    async advance(_storeId, from, to) {
      looks.push([clock.monotonicMs() - startMs, to - from]);
      handled = to;
      return true;
    },
    due: async () => [],
    mark: async () => {},
  };
  const list = async (_storeId: string, after: number, count: number) =>
    Array.from({ length: Math.min(count, events - after) }, (_, index) => ({ ...confirmed('a', 'Ada'), number: after + index + 1 }));
  running = new PostOffice({ work, feed: { list }, post: async () => {}, clock, logger: silentLogger, everyMs: 500 });
  running.start();
  await clock.advance(499);
  events += 2;
  await clock.advance(1_000);
  return looks;
}

test('mails that come between two looks are made together (O4)', async () => {
  expect(await looksAt(1)).toEqual([
    [0, 1],
    [500, 2],
  ]);
});

test('as much as one look takes is followed by the next look at once (O4)', async () => {
  const page = mailLimits.eventsAtOnceMax;
  expect(await looksAt(2 * page + 1)).toEqual([
    [0, page],
    [0, page],
    [0, 1],
    [500, 2],
  ]);
});
