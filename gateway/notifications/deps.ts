/** What the routes of events, webhooks and mails are given. */
import type { Clock } from '../../runtime/clock.ts';
import { type FeedEvent, type FeedReads, FeedUnavailable } from '../../services/notifications/feed/port.ts';
import { type MailReads, MailsUnavailable, type Template } from '../../services/notifications/mails/port.ts';
import { type Delivery, type Endpoint, type Endpoints, WebhooksUnavailable } from '../../services/notifications/webhooks/port.ts';
import { problemAnswer } from '../http/answers.ts';
import type { Respond } from '../http/route.ts';

export interface NotificationRouteDeps {
  readonly feed: FeedReads;
  readonly endpoints: Endpoints;
  readonly mails: MailReads;
  readonly clock: Clock;
  readonly newSecret: () => string;
  /** Sends one event to one address, now. */
  readonly redeliver: (endpoint: Endpoint, event: FeedEvent) => Promise<Delivery>;
  /** The words a mail has without words of the store's own. */
  readonly builtInTemplates: Readonly<Record<string, Template>>;
}

/** An operating fault is an answer: try again. */
export async function whenAvailable(respond: Respond, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (cause instanceof FeedUnavailable || cause instanceof WebhooksUnavailable || cause instanceof MailsUnavailable)
      return respond(problemAnswer('rows_unavailable'));
    throw cause;
  }
}
