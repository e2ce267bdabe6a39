/**
 * Tells the addresses of all stores what happened, each in order (W1), many addresses at a time.
 *
 * D1. An address has one delivery under way: it is claimed for longer than a delivery may take. Two processes may
 *     deliver side by side; a claim whose owner died is free again after `claimMs`.
 * D2. The outcome of an attempt is recorded before the next one is made. A crash between sending and recording sends
 *     again, with the same id (W2).
 * D3. One look at a time and one timer for the next: news that come while it looks are looked for once more, together.
 *     An address that took what it was told is told the next thing at once.
 */
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { FeedEvent, FeedReads } from '../feed/port.ts';
import { type Deliveries, type Delivery, type Endpoint, pauseAfterMs, type Progress, webhookLimits } from './port.ts';
import type { Send, Sent } from './sender.ts';

export interface DelivererDeps {
  readonly deliveries: Deliveries;
  readonly feed: Pick<FeedReads, 'list'>;
  readonly send: Send;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly everyMs?: number;
}

const everyMsDefault = 250;
const retryMs = 2_000;

export class Deliverer {
  readonly #deps: DelivererDeps;
  readonly #busy = new Set<Promise<void>>();
  #cancel: () => void = () => {};
  #round: Promise<void> = Promise.resolve();
  #looking = false;
  #lookAgain = false;
  #stopped = true;
  #away = false;

  constructor(deps: DelivererDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#stopped = false;
    this.#next(0);
  }

  /** Lets what is under way end; it takes at most one timeout. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#round;
    await Promise.all(this.#busy);
  }

  /** Something was numbered: no need to wait for the next look. */
  wake(): void {
    if (this.#stopped || this.#busy.size >= webhookLimits.inFlightMax) return;
    if (this.#looking) this.#lookAgain = true;
    else this.#next(0);
  }

  /** D3. */
  #next(ms: number): void {
    this.#cancel();
    if (this.#stopped) return;
    this.#cancel = this.#deps.clock.after(ms, () => {
      this.#round = this.#look();
    });
  }

  async #look(): Promise<void> {
    const { deliveries, clock, logger, everyMs = everyMsDefault } = this.#deps;
    const room = webhookLimits.inFlightMax - this.#busy.size;
    this.#looking = true;
    this.#lookAgain = false;
    try {
      const claimed = room > 0 ? await deliveries.claim(clock.wallMs(), webhookLimits.claimMs, room) : [];
      for (const endpoint of claimed) this.#begin(endpoint);
      this.#away = false;
    } catch (error) {
      if (!this.#away) logger.warn({ error: String(error) }, 'webhooks cannot be delivered now; trying again');
      this.#away = true;
    }
    this.#looking = false;
    if (this.#away) this.#next(retryMs);
    else this.#next(this.#lookAgain ? 0 : everyMs);
  }

  #begin(endpoint: Endpoint): void {
    const work = this.#deliver(endpoint)
      .catch((error: unknown) => {
        this.#deps.logger.warn({ endpoint: endpoint.endpointId, error: String(error) }, 'a webhook was not recorded; it is sent again');
        return false;
      })
      .then((movedOn) => {
        this.#busy.delete(work);
        if (movedOn) this.wake();
      });
    this.#busy.add(work);
  }

  /** One event: what it does not want before that is passed over. Whether the address is further on than it was. */
  async #deliver(endpoint: Endpoint): Promise<boolean> {
    const { deliveries, feed } = this.#deps;
    const events = await feed.list(endpoint.storeId, endpoint.handled, webhookLimits.batchMax);
    const wanted = events.find(({ type }) => wants(endpoint, type));
    if (wanted !== undefined) return this.#attempt(endpoint, wanted);
    const last = events.at(-1);
    await deliveries.skip(endpoint, last?.number ?? endpoint.handled);
    return last !== undefined;
  }

  async #attempt(endpoint: Endpoint, event: FeedEvent): Promise<boolean> {
    const { deliveries, clock, send } = this.#deps;
    const at = clock.wallMs();
    const startedMs = clock.monotonicMs();
    const sent = await send({ url: endpoint.url, secrets: endpoint.secrets, event, at });
    const delivery = { number: event.number, eventId: event.eventId, at, tookMs: Math.round(clock.monotonicMs() - startedMs) };
    const { outcome, progress } = verdictOf(endpoint, event, sent, at);
    await deliveries.record(endpoint, { ...delivery, ...shown(sent), outcome, onRequest: false }, progress);
    return outcome !== 'failed';
  }

  /** On request: outside the order, once. Resolves to what came of it. */
  async redeliver(endpoint: Endpoint, event: FeedEvent): Promise<Delivery> {
    const { deliveries, clock, send } = this.#deps;
    const at = clock.wallMs();
    const startedMs = clock.monotonicMs();
    const sent = await send({ url: endpoint.url, secrets: endpoint.secrets, event, at });
    const delivery = {
      number: event.number,
      eventId: event.eventId,
      at,
      tookMs: Math.round(clock.monotonicMs() - startedMs),
      ...shown(sent),
      outcome: isTaken(sent) ? ('delivered' as const) : ('failed' as const),
      onRequest: true,
    };
    return { ...delivery, attempt: await deliveries.note(endpoint, delivery) };
  }
}

function wants({ types }: Endpoint, type: string): boolean {
  return types === null || types.includes(type);
}

function isTaken(sent: Sent): boolean {
  return sent.kind === 'answered' && sent.status >= 200 && sent.status < 300;
}

function shown(sent: Sent): { readonly httpStatus: number | null; readonly error: string | null } {
  if (sent.kind === 'failed') return { httpStatus: null, error: sent.why };
  return { httpStatus: sent.status, error: isTaken(sent) ? null : `answered ${sent.status}` };
}

/** W1, W3. Pure. */
export function verdictOf(
  endpoint: Endpoint,
  event: FeedEvent,
  sent: Sent,
  at: number,
): { readonly outcome: Delivery['outcome']; readonly progress: Progress } {
  const onward = { handled: event.number, attempts: 0, firstFailedAt: null, retryAt: null, disabledWhy: null };
  if (isTaken(sent)) return { outcome: 'delivered', progress: onward };
  if (sent.kind === 'answered' && sent.status === 410)
    return { outcome: 'given_up', progress: { ...onward, disabledWhy: 'the address answered 410 Gone' } };
  const firstFailedAt = endpoint.firstFailedAt ?? at;
  const attempts = endpoint.attempts + 1;
  const retryAt = at + pauseAfterMs(attempts);
  if (retryAt - firstFailedAt > webhookLimits.giveUpAfterMs) return { outcome: 'given_up', progress: onward };
  return { outcome: 'failed', progress: { handled: event.number - 1, attempts, firstFailedAt, retryAt, disabledWhy: null } };
}
