import type { Webhook } from '../../domain/webhooks.js';
import type { Registry } from '../../storage/registry/registry.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import type { TemporalDoor } from '../temporal-door.js';
import type { DeliveryCounts } from './delivery-counts.js';

/** What notifications are made and sent with. */
export interface NotificationPorts {
  readonly webhooks: readonly Webhook[];
  readonly registry: Registry;
  readonly store: ObjectStore;
  readonly temporal: TemporalDoor;
  readonly counts: DeliveryCounts;
  /** Where the Temporal Web UI is, with the namespace, for links; undefined: no links. */
  readonly webUi: { readonly url: string; readonly namespace: string } | undefined;
  /** Wall clock, epoch milliseconds. */
  readonly clock: () => number;
}
