/** What tells the outside: numbering of events, webhooks, mails; and the routes about them. */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { notificationRoutes } from '../../gateway/notifications/routes.ts';
import type { Route } from '../../gateway/http/route.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Config } from '../../runtime/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import { Numberer } from '../../services/notifications/feed/numberer.ts';
import { PostgresFeed, PostgresNumbering } from '../../services/notifications/feed/postgres.ts';
import { Forgetting } from '../../services/notifications/forgetting.ts';
import { PostOffice } from '../../services/notifications/mails/post-office.ts';
import { PostgresMailReads, PostgresMailWork } from '../../services/notifications/mails/postgres.ts';
import { createSmtpPost } from '../../services/notifications/mails/smtp.ts';
import { builtInTemplates } from '../../services/notifications/mails/templates.ts';
import { Deliverer } from '../../services/notifications/webhooks/deliverer.ts';
import { PostgresDeliveries, PostgresEndpoints } from '../../services/notifications/webhooks/postgres.ts';
import { createSender } from '../../services/notifications/webhooks/sender.ts';

export interface NotificationParts {
  /** Of role `onhand_app`. */
  readonly appPool: pg.Pool;
  /** Of role `onhand_projector`. */
  readonly projectorPool: pg.Pool;
  readonly config: Pick<Config, 'host' | 'smtpUrl' | 'mailFrom'>;
  readonly logger: Logger;
}

export interface Notifications {
  readonly routes: readonly Route[];
  readonly mailer: string;
  start(): void;
  stop(): Promise<void>;
}

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

export function openNotifications({ appPool, projectorPool, config, logger }: NotificationParts): Notifications {
  const feed = new PostgresFeed(appPool);
  const shared = { feed, clock: systemClock, logger };
  const smtp = config.smtpUrl === null ? null : createSmtpPost({ url: config.smtpUrl, from: config.mailFrom });
  const send = createSender({ allowPrivate: loopback.has(config.host) });
  const deliveries = new PostgresDeliveries(projectorPool);
  const work = new PostgresMailWork(projectorPool);
  const deliverer = new Deliverer({ ...shared, deliveries, send });
  const office = new PostOffice({ ...shared, work, post: smtp?.post ?? null });
  const forgetting = new Forgetting({ of: [work, deliveries], clock: systemClock, logger });
  const numberer = new Numberer({
    numbering: new PostgresNumbering(projectorPool),
    clock: systemClock,
    logger,
    onNews: () => deliverer.wake(),
  });
  return {
    routes: notificationRoutes({
      feed,
      endpoints: new PostgresEndpoints(appPool),
      mails: new PostgresMailReads(appPool),
      clock: systemClock,
      newSecret: () => `whsec_${randomBytes(24).toString('base64')}`,
      redeliver: (endpoint, event) => deliverer.redeliver(endpoint, event),
      builtInTemplates,
    }),
    mailer: smtp === null ? 'none: mails stay in the outbox' : `SMTP, from ${config.mailFrom}`,
    start() {
      numberer.start();
      deliverer.start();
      office.start();
      forgetting.start();
    },
    async stop() {
      await numberer.stop();
      await Promise.all([deliverer.stop(), office.stop(), forgetting.stop()]);
      smtp?.close();
    },
  };
}
