import type { Client } from '@temporalio/client';
import { createDeliveryCounts, type DeliveryCounts } from '../activities/notifications/delivery-counts.js';
import {
  createNotificationActivities,
  type NotificationActivities,
} from '../activities/notifications/notification-activities.js';
import { createNotifier, type Notifier } from '../activities/notifications/notifier.js';
import type { NotificationPorts } from '../activities/notifications/ports.js';
import type { WorkerConfig } from './config.js';

/** How a worker tells people. */
export interface ComposedNotifications {
  readonly notifier: Notifier;
  readonly activities: NotificationActivities;
  readonly counts: DeliveryCounts;
}

/** Builds what tells people, for {@link composeActivities}. */
export function composeNotifications(
  { webhooks, webUi }: Pick<WorkerConfig, 'webhooks' | 'webUi'>,
  client: Client,
  built: Pick<NotificationPorts, 'registry' | 'store' | 'temporal'>,
): ComposedNotifications {
  const counts = createDeliveryCounts(webhooks.map(({ name }) => name));
  const link = webUi === undefined ? undefined : { url: webUi, namespace: client.options.namespace };
  const ports: NotificationPorts = { ...built, webhooks, counts, webUi: link, clock: Date.now };
  const notifier = createNotifier(ports);
  return { notifier, activities: createNotificationActivities(ports, notifier), counts };
}
