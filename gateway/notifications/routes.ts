/** What a store is told, and how: the feed of events, webhooks, mails. Handed to the gateway as `extraRoutes`. */
import type { Route } from '../http/route.ts';
import type { NotificationRouteDeps } from './deps.ts';
import { eventRoutes } from './event-routes.ts';
import { mailRoutes } from './mail-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';

export function notificationRoutes(deps: NotificationRouteDeps): readonly Route[] {
  return [...eventRoutes(deps), ...webhookRoutes(deps), ...mailRoutes(deps)];
}
