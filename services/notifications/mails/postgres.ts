/**
 * Mails in tables `onhand.mails`, `onhand.mail_templates` and `onhand.feed_readers`: the merchant's side as role
 * `onhand_app` under row-level security, the post office's as `onhand_projector`.
 */
import type pg from 'pg';
import type { Instant } from '../../../actors/kernel/index.ts';
import { inStore } from '../../../runtime/postgres/in-store.ts';
import type { Forgetful } from '../forgetting.ts';
import { type Mail, type MailOutcome, type MailReads, type MailStatus, MailsUnavailable, type MailWork, type Template } from './port.ts';

interface MailRow {
  readonly store_id: string;
  readonly event_id: string;
  readonly number: string | number;
  readonly order_id: string;
  readonly template: string;
  readonly recipient: string;
  readonly subject: string;
  readonly body_text: string;
  readonly body_html: string;
  readonly made_at: string | number;
  readonly status: MailStatus;
  readonly attempts: number;
  readonly retry_at: string | number | null;
  readonly sent_at: string | number | null;
  readonly error: string | null;
}

function mailOf(row: MailRow): Mail {
  return {
    storeId: row.store_id,
    eventId: row.event_id,
    number: Number(row.number),
    orderId: row.order_id,
    template: row.template,
    recipient: row.recipient,
    subject: row.subject,
    text: row.body_text,
    html: row.body_html,
    madeAt: Number(row.made_at),
    status: row.status,
    attempts: row.attempts,
    retryAt: row.retry_at === null ? null : Number(row.retry_at),
    sentAt: row.sent_at === null ? null : Number(row.sent_at),
    error: row.error,
  };
}

interface TemplateRow {
  readonly template: string;
  readonly subject: string;
  readonly body_text: string;
}

async function available<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw new MailsUnavailable('mails cannot be read or written now', { cause });
  }
}

export class PostgresMailReads implements MailReads {
  readonly #pool: pg.Pool;

  /** Of role `onhand_app`. The pool stays its owner's. */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  list(storeId: string, before: number | null, count: number): Promise<readonly Mail[]> {
    return available(() =>
      inStore(this.#pool, storeId, async (client) => {
        const { rows } = await client.query<MailRow>(
          'select * from onhand.mails where store_id = $1 and number < $2 order by number desc limit $3',
          [storeId, before ?? Number.MAX_SAFE_INTEGER, count],
        );
        return rows.map(mailOf);
      }),
    );
  }

  template(storeId: string, name: string): Promise<Template | null> {
    return available(() =>
      inStore(this.#pool, storeId, async (client) => {
        const { rows } = await client.query<TemplateRow>(
          'select template, subject, body_text from onhand.mail_templates where store_id = $1 and template = $2',
          [storeId, name],
        );
        return rows[0] === undefined ? null : { subject: rows[0].subject, text: rows[0].body_text };
      }),
    );
  }

  putTemplate(storeId: string, name: string, template: Template | null, now: Instant): Promise<void> {
    return available(() =>
      inStore(this.#pool, storeId, async (client) => {
        if (template === null)
          await client.query('delete from onhand.mail_templates where store_id = $1 and template = $2', [storeId, name]);
        else
          await client.query(
            `insert into onhand.mail_templates (store_id, template, subject, body_text, changed_at) values ($1, $2, $3, $4, $5)
             on conflict (store_id, template) do update set subject = $3, body_text = $4, changed_at = $5`,
            [storeId, name, template.subject, template.text, now],
          );
      }),
    );
  }
}

const reader = 'mails';

/** These two are asked all the time and nearly always for nothing: prepared, they are not planned each time. */
const behindStatement = {
  name: 'mails_behind',
  text: `
  select c.store_id, coalesce(r.handled, 0) as handled
    from onhand.feed_counters c left join onhand.feed_readers r on r.store_id = c.store_id and r.reader = '${reader}'
   where c.newest > coalesce(r.handled, 0) order by c.store_id limit $1`,
};

/** M1. One statement: the mails are written only if the reader moved from where it was read. */
const advanceText = `
  with moved as (
    insert into onhand.feed_readers as r (store_id, reader, handled) values ($1, '${reader}', $3)
    on conflict (store_id, reader) do update set handled = $3 where r.handled = $2
    returning 1
  ), made as (
    insert into onhand.mails (store_id, event_id, number, order_id, template, recipient, subject, body_text, body_html, made_at, status, retry_at)
    select $1, m.event_id, m.number, m.order_id, m.template, m.recipient, m.subject, m.body_text, m.body_html, m.made_at, m.status, m.retry_at
      from jsonb_to_recordset($4::jsonb) as m (event_id text, number bigint, order_id text, template text, recipient text, subject text,
           body_text text, body_html text, made_at bigint, status text, retry_at bigint)
     where exists (select from moved)
    on conflict do nothing
  )
  select exists (select from moved) as moved`;

const dueStatement = {
  name: 'mails_due',
  text: `
  select * from onhand.mails where status = 'queued' and retry_at <= $1 order by retry_at, store_id, number limit $2`,
};

const forgetText = `
  delete from onhand.mails
   where ctid = any (array(select ctid from onhand.mails where made_at < $1 and status <> 'queued' limit $2 for update skip locked))`;

export class PostgresMailWork implements MailWork, Forgetful {
  readonly #pool: pg.Pool;

  /** Of role `onhand_projector`. The pool stays its owner's. */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  behind(count: number): Promise<readonly { readonly storeId: string; readonly handled: number }[]> {
    return available(async () => {
      const { rows } = await this.#pool.query<{ store_id: string; handled: string | number }>({ ...behindStatement, values: [count] });
      return rows.map(({ store_id, handled }) => ({ storeId: store_id, handled: Number(handled) }));
    });
  }

  templates(storeId: string): Promise<ReadonlyMap<string, Template>> {
    return available(async () => {
      const { rows } = await this.#pool.query<TemplateRow>(
        'select template, subject, body_text from onhand.mail_templates where store_id = $1',
        [storeId],
      );
      return new Map(rows.map(({ template, subject, body_text }) => [template, { subject, text: body_text }]));
    });
  }

  advance(storeId: string, from: number, to: number, mails: readonly Mail[]): Promise<boolean> {
    return available(async () => {
      const { rows } = await this.#pool.query<{ moved: boolean }>(advanceText, [storeId, from, to, JSON.stringify(mails.map(rowOf))]);
      return rows[0]!.moved;
    });
  }

  due(now: Instant, count: number): Promise<readonly Mail[]> {
    return available(async () => (await this.#pool.query<MailRow>({ ...dueStatement, values: [now, count] })).rows.map(mailOf));
  }

  mark({ storeId, eventId }: Mail, outcome: MailOutcome): Promise<void> {
    const status = outcome.kind === 'again' ? 'queued' : outcome.kind;
    return available(async () => {
      await this.#pool.query(
        `update onhand.mails set status = $3, attempts = attempts + 1, retry_at = $4, sent_at = $5, error = $6
          where store_id = $1 and event_id = $2 and status = 'queued'`,
        [
          storeId,
          eventId,
          status,
          outcome.kind === 'again' ? outcome.at : null,
          outcome.kind === 'sent' ? outcome.at : null,
          outcome.kind === 'sent' ? null : outcome.error,
        ],
      );
    });
  }

  /** What is still to be sent stays. */
  forget(before: Instant, count: number): Promise<number> {
    return available(async () => (await this.#pool.query(forgetText, [before, count])).rowCount ?? 0);
  }
}

function rowOf(mail: Mail): object {
  return {
    event_id: mail.eventId,
    number: mail.number,
    order_id: mail.orderId,
    template: mail.template,
    recipient: mail.recipient,
    subject: mail.subject,
    body_text: mail.text,
    body_html: mail.html,
    made_at: mail.madeAt,
    status: mail.status,
    retry_at: mail.retryAt,
  };
}
