/**
 * Mails to buyers about their orders.
 *
 * M1. One event makes at most one mail, written down in the transaction that moves the reader past the event: exactly
 *     once, whatever crashes (I5).
 * M2. A mail that was handed to the post is handed over again only when nobody knows whether it was taken; its
 *     `Message-ID` is a function of the event, so that mailboxes can tell.
 * M3. What cannot be sent is tried again with growing pauses for a day, then `failed`, and shown as such.
 * M4. Without a mail server nothing is sent: mails are `outbox` and can be read on a page.
 */
import type { Instant } from '../../../actors/kernel/index.ts';

export type MailStatus = 'queued' | 'sent' | 'failed' | 'outbox';

export interface Mail {
  readonly storeId: string;
  readonly eventId: string;
  /** Of the event in the store's feed. */
  readonly number: number;
  readonly orderId: string;
  readonly template: string;
  readonly recipient: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly madeAt: Instant;
  readonly status: MailStatus;
  readonly attempts: number;
  readonly retryAt: Instant | null;
  readonly sentAt: Instant | null;
  readonly error: string | null;
}

export interface Template {
  readonly subject: string;
  /** Plain text with `{{name}}`; the HTML is made from it. */
  readonly text: string;
}

/** The merchant's side: one store. Throws `MailsUnavailable`, as do all. */
export interface MailReads {
  /** Newest first, before `before`. */
  list(storeId: string, before: number | null, count: number): Promise<readonly Mail[]>;
  template(storeId: string, name: string): Promise<Template | null>;
  putTemplate(storeId: string, name: string, template: Template | null, now: Instant): Promise<void>;
}

/** The post office's side: all stores. */
export interface MailWork {
  /** Stores whose feed goes on after what was read. */
  behind(count: number): Promise<readonly { readonly storeId: string; readonly handled: number }[]>;
  templates(storeId: string): Promise<ReadonlyMap<string, Template>>;
  /** M1: only if the reader still stands at `from`. */
  advance(storeId: string, from: number, to: number, mails: readonly Mail[]): Promise<boolean>;
  due(now: Instant, count: number): Promise<readonly Mail[]>;
  mark(mail: Mail, outcome: MailOutcome): Promise<void>;
}

export type MailOutcome =
  | { readonly kind: 'sent'; readonly at: Instant }
  | { readonly kind: 'again'; readonly at: Instant; readonly error: string }
  | { readonly kind: 'failed'; readonly error: string };

/** Hands one mail to a mail server. Throws when it was not taken, or nobody knows. */
export type Post = (mail: Mail) => Promise<void>;

export class MailsUnavailable extends Error {
  override readonly name = 'MailsUnavailable';
}

export const mailLimits = { storesAtOnceMax: 50, eventsAtOnceMax: 500, sendAtOnceMax: 20, attemptsMax: 12 } as const;

/** A minute, doubling up to 3 hours: about a day over all attempts. */
export function mailPauseMs(attempts: number): number {
  return Math.min(60_000 * 2 ** (attempts - 1), 3 * 3_600_000);
}
