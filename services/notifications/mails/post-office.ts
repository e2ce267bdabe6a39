/**
 * Makes mails of what happened and sends them, for all stores.
 *
 * O1. Making and sending are two steps with the table between them: a mail server that is away keeps nobody from
 *     knowing what should have been sent, and nothing is made twice (M1).
 * O2. Every step is bounded: so many stores, events and mails at a time (I7).
 * O3. A store whose mails cannot be made keeps no other store from theirs (I6).
 * O4. It looks every `everyMs`, and again at once only while what it took was as much as it takes: mails that come between
 *     two looks are made together.
 */
import type { Instant } from '../../../actors/kernel/index.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { Rounds } from '../../../runtime/rounds.ts';
import type { FeedEvent, FeedReads } from '../feed/port.ts';
import { type Mail, mailLimits, type MailOutcome, mailPauseMs, type MailWork, type Post, type Template } from './port.ts';
import { builtInTemplates, dataOf, fill, valuesOf } from './templates.ts';

export interface PostOfficeDeps {
  readonly work: MailWork;
  readonly feed: Pick<FeedReads, 'list'>;
  /** Null: nobody sends; mails wait in the outbox (M4). */
  readonly post: Post | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly everyMs?: number;
}

type Behind = Awaited<ReturnType<MailWork['behind']>>[number];

/** What came of a look at one store's events: none that count, fewer than one look takes, or as many. */
type Made = 'nothing' | 'some' | 'page';

const everyMsDefault = 500;
const retryMs = 2_000;

export class PostOffice {
  readonly #deps: PostOfficeDeps;
  readonly #rounds: Rounds;
  #away = false;
  /** Stores whose mails could not be made when they were last tried. */
  readonly #stuck = new Set<string>();

  constructor(deps: PostOfficeDeps) {
    this.#deps = deps;
    this.#rounds = new Rounds(deps.clock, () => this.#round());
  }

  start(): void {
    this.#rounds.start();
  }

  /** Resolves when nothing is under way any more. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  async #round(): Promise<number> {
    const { logger, everyMs = everyMsDefault } = this.#deps;
    try {
      const moreToMake = await this.#make();
      const moreToSend = await this.#send();
      this.#away = false;
      return moreToMake || moreToSend ? 0 : everyMs; // O4
    } catch (error) {
      if (!this.#away) logger.warn({ error: String(error) }, 'mails cannot be made or sent now; trying again');
      this.#away = true;
      return retryMs;
    }
  }

  /** Whether there may be more. */
  async #make(): Promise<boolean> {
    const stores = await this.#deps.work.behind(mailLimits.storesAtOnceMax);
    let moved = false;
    let more = false;
    for (const behind of stores) {
      const made = await this.#tryToMake(behind);
      moved ||= made !== 'nothing';
      more ||= made === 'page';
    }
    // only stores that are stuck: looking again would find the same ones
    return more || (moved && stores.length >= mailLimits.storesAtOnceMax);
  }

  /** O3. */
  async #tryToMake(behind: Behind): Promise<Made> {
    const { storeId } = behind;
    try {
      const made = await this.#makeFor(behind);
      this.#stuck.delete(storeId);
      return made;
    } catch (error) {
      if (!this.#stuck.has(storeId))
        this.#deps.logger.warn({ store: storeId, error: String(error) }, 'mails of a store cannot be made; trying again');
      this.#stuck.add(storeId);
      return 'nothing';
    }
  }

  async #makeFor({ storeId, handled }: Behind): Promise<Made> {
    const { work, feed, clock, post } = this.#deps;
    const events = await feed.list(storeId, handled, mailLimits.eventsAtOnceMax);
    const last = events.at(-1);
    if (last === undefined) return 'nothing';
    const templates = await work.templates(storeId);
    const mails = events.flatMap((event) => mailOf(event, templates, clock.wallMs(), post === null ? 'outbox' : 'queued') ?? []);
    if (!(await work.advance(storeId, handled, last.number, mails))) return 'nothing';
    return events.length < mailLimits.eventsAtOnceMax ? 'some' : 'page';
  }

  /** Whether there may be more. */
  async #send(): Promise<boolean> {
    const { work, post, clock } = this.#deps;
    if (post === null) return false;
    const due = await work.due(clock.wallMs(), mailLimits.sendAtOnceMax);
    await Promise.all(due.map(async (mail) => work.mark(mail, await this.#handOver(post, mail))));
    return due.length >= mailLimits.sendAtOnceMax;
  }

  async #handOver(post: Post, mail: Mail): Promise<MailOutcome> {
    const { clock, logger } = this.#deps;
    try {
      await post(mail);
      return { kind: 'sent', at: clock.wallMs() };
    } catch (cause) {
      const error = String(cause instanceof Error ? cause.message : cause).slice(0, 500);
      const attempts = mail.attempts + 1;
      if (attempts < mailLimits.attemptsMax) return { kind: 'again', at: clock.wallMs() + mailPauseMs(attempts), error };
      logger.error({ store: mail.storeId, event: mail.eventId, error }, 'a mail could not be sent');
      return { kind: 'failed', error };
    }
  }
}

/** Null: this event makes no mail, or nobody knows to whom. */
export function mailOf(event: FeedEvent, templates: ReadonlyMap<string, Template>, now: Instant, status: 'queued' | 'outbox'): Mail | null {
  const template = templates.get(event.type) ?? builtInTemplates[event.type];
  const data = dataOf(event);
  if (template === undefined || (data.email ?? '') === '') return null;
  return {
    storeId: event.storeId,
    eventId: event.eventId,
    number: event.number,
    orderId: event.orderId,
    template: event.type,
    recipient: data.email ?? '',
    ...fill(template, valuesOf(data)),
    madeAt: now,
    status,
    attempts: 0,
    retryAt: status === 'queued' ? now : null,
    sentAt: null,
    error: null,
  };
}
