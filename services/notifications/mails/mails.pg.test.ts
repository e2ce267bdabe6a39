import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../../runtime/logger.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import { type TestDatabase, testDatabase } from '../../../testing/postgres.ts';
import { eventually, until } from '../../../testing/until.ts';
import { PostgresFeed } from '../feed/postgres.ts';
import { type Mail, mailLimits, mailPauseMs, MailsUnavailable, type Post } from './port.ts';
import { PostOffice } from './post-office.ts';
import { PostgresMailReads, PostgresMailWork } from './postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

async function happens(
  storeId: string,
  number: number,
  type: string,
  data: object = { email: 'ada@shop.example', name: 'Ada', number: 7 },
) {
  const pool = database.poolFor('projector');
  await pool.query(
    'insert into onhand.feed_events (store_id, number, event_id, type, order_id, at, data) values ($1, $2, $3, $4, $5, 1000, $6)',
    [storeId, number, `${storeId}-${number}`, type, 'order_1', JSON.stringify(data)],
  );
  await pool.query('insert into onhand.feed_counters values ($1, $2) on conflict (store_id) do update set newest = $2', [storeId, number]);
}

function office(post: Post | null, clock = new ManualClock()) {
  const feed = new PostgresFeed(database.poolFor('app'));
  const work = new PostgresMailWork(database.poolFor('projector'));
  return { clock, work, office: new PostOffice({ work, feed, post, clock, logger: silentLogger }) };
}

const reads = (): PostgresMailReads => new PostgresMailReads(database.poolFor('app'));

/** The database answers in real time, the clock stands still: looks until it is so. */
async function listed(
  storeId: string,
  what: string,
  isSo: (mails: readonly Mail[]) => boolean,
  clock: ManualClock,
): Promise<readonly Mail[]> {
  return until(
    what,
    async () => {
      await clock.advance(500);
      return reads().list(storeId, null, 100);
    },
    isSo,
  );
}

test('an event with a template makes one mail, once, however often the office begins anew (M1)', async () => {
  await happens('a', 1, 'order.placed');
  await happens('a', 2, 'order.confirmed');
  for (let life = 0; life < 3; life++) {
    const { office: one, clock } = office(null);
    one.start();
    await listed('a', 'the mail in the outbox', (mails) => mails.length === 1, clock);
    await one.stop();
  }
  const [mail] = await reads().list('a', null, 10);
  expect(mail).toMatchObject({
    number: 2,
    eventId: 'a-2',
    recipient: 'ada@shop.example',
    subject: 'Your order 7 is confirmed',
    status: 'outbox',
  }); // M4
  expect(await reads().list('b', null, 10)).toEqual([]); // I6
});

test('two offices that look at once make each mail once', async () => {
  for (let n = 1; n <= 30; n++) await happens('two', n, 'order.confirmed');
  const one = office(null);
  const other = office(null);
  one.office.start();
  other.office.start();
  await eventually('thirty mails', async () => {
    await Promise.all([one.clock.advance(500), other.clock.advance(500)]);
    return (await reads().list('two', null, 100)).length >= 30;
  });
  await Promise.all([one.office.stop(), other.office.stop()]);
  expect((await reads().list('two', null, 100)).map(({ number }) => number)).toEqual(Array.from({ length: 30 }, (_, n) => 30 - n));
});

test('a mail server that is away is tried again with growing pauses, then the mail says that it failed (M3)', async () => {
  await happens('c', 1, 'order.confirmed');
  let calls = 0;
  const { office: one, clock } = office(async () => {
    calls++;
    throw new Error('no line');
  });
  one.start();
  const [mail] = await listed('c', 'the first failure', ([first]) => first?.attempts === 1, clock);
  expect(mail).toMatchObject({ status: 'queued', error: 'no line' });
  await eventually('the mail to be given up', async () => {
    await clock.advance(mailPauseMs(100));
    return (await reads().list('c', null, 1))[0]?.status === 'failed';
  });
  await one.stop();
  expect(calls).toBe(mailLimits.attemptsMax);
});

test('what the mail server took is sent', async () => {
  await happens('d', 1, 'order.shipped', { email: 'ada@shop.example', number: 7, event: { lines: [{ sku: 'A', quantity: 2 }] } });
  const posted: Mail[] = [];
  const { office: one, clock } = office(async (mail) => void posted.push(mail));
  one.start();
  await listed('d', 'the mail to be sent', ([mail]) => mail?.status === 'sent', clock);
  await one.stop();
  expect(posted).toHaveLength(1);
  expect(posted[0]!.text).toContain('2 × A');
});

test("a store's own words take the place of the built-in ones, and give way again", async () => {
  await reads().putTemplate('e', 'order.confirmed', { subject: 'Merci, {{name}}', text: 'Commande {{number}}' }, 1);
  expect(await reads().template('e', 'order.confirmed')).toEqual({ subject: 'Merci, {{name}}', text: 'Commande {{number}}' });
  await happens('e', 1, 'order.confirmed');
  const { office: one, clock } = office(null);
  one.start();
  const [mail] = await listed('e', 'the mail', (mails) => mails.length === 1, clock);
  await one.stop();
  expect(mail).toMatchObject({ subject: 'Merci, Ada', text: 'Commande 7' });
  await reads().putTemplate('e', 'order.confirmed', null, 2);
  expect(await reads().template('e', 'order.confirmed')).toBeNull();
});

test('mails made long ago are forgotten, so many at a time, except those still to be sent', async () => {
  const made = (number: number, madeAt: number, status: Mail['status']) =>
    database.poolFor('projector').query(
      `insert into onhand.mails (store_id, event_id, number, order_id, template, recipient, subject, body_text, body_html, made_at, status)
       values ('f', $1, $2, 'order_1', 'order.confirmed', 'ada@shop.example', '', '', '', $3, $4)`,
      [`f-${number}`, number, madeAt, status],
    );
  await made(1, 10, 'sent');
  await made(2, 10, 'queued');
  await made(3, 10, 'failed');
  await made(4, 10, 'outbox');
  await made(5, 20, 'sent');
  const work = new PostgresMailWork(database.poolFor('projector'));
  const left = async () => (await reads().list('f', null, 10)).map(({ number }) => number);
  expect(await work.forget(20, 2)).toBe(2);
  expect(await left()).toHaveLength(3);
  expect(await work.forget(20, 2)).toBe(1);
  expect(await left()).toEqual([5, 2]);
  expect(await work.forget(20, 2)).toBe(0);
});

test('a database that does not answer is an outcome of its own', async () => {
  const ended = await testDatabase();
  const away = { reads: new PostgresMailReads(ended.poolFor('app')), work: new PostgresMailWork(ended.poolFor('projector')) };
  await ended[Symbol.asyncDispose]();
  await expect(away.reads.list('a', null, 1)).rejects.toThrow(MailsUnavailable);
  await expect(away.work.behind(1)).rejects.toThrow(MailsUnavailable);
  await expect(away.work.forget(1, 1)).rejects.toThrow(MailsUnavailable);
});
