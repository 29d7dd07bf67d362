import { ActivityCancellationType, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities.js';
import type { NotificationActivities } from '../activities/notifications/notification-activities.js';
import type { RetrainActivities } from '../activities/retrain-activities.js';
import type { WatchActivities } from '../activities/watch-activities.js';
import { computeQueue } from '../domain/names.js';

/** Type of the failures of a store that cannot be reached. */
export const STORE_AWAY = 'store-unavailable';

/** Short effects: retried for as long as it takes, because deciding must go on after an outage. */
export const control = proxyActivities<ControlActivities>({
  startToCloseTimeout: '60 seconds',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '30 seconds' },
});

/** Begins to tell people, for as long as it takes; nobody waits for it. */
export const people = proxyActivities<Pick<NotificationActivities, 'announceApproval'>>({
  startToCloseTimeout: '60 seconds',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '30 seconds' },
});

/** Short effects that give up: the caller keeps the work and tries again later. */
export const bounded = proxyActivities<ControlActivities>({
  startToCloseTimeout: '20 seconds',
  scheduleToCloseTimeout: '30 seconds',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds', maximumAttempts: 6 },
});

/**
 * Heavy steps on the compute queue. A killed attempt is noticed by its missing heartbeat and resumes from what it stored. With the store
 * away a step fails at once.
 */
export const compute = (): RetrainActivities =>
  proxyActivities<RetrainActivities>({
    taskQueue: computeQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '24 hours',
    heartbeatTimeout: '10 seconds',
    retry: {
      initialInterval: '500 milliseconds',
      maximumInterval: '1 minute',
      maximumAttempts: 20,
      nonRetryableErrorTypes: [STORE_AWAY],
    },
  });

/** Short effects of a retrain's steps: they fail at once when the store is away, and the retrain waits for it. */
export const patientControl = proxyActivities<ControlActivities>({
  startToCloseTimeout: '60 seconds',
  heartbeatTimeout: '10 seconds',
  retry: {
    initialInterval: '200 milliseconds',
    maximumInterval: '30 seconds',
    nonRetryableErrorTypes: [STORE_AWAY],
  },
});

/** A wait for the store that gives up after `timeoutMs`. */
export const storeWait = (timeoutMs: number): Pick<WatchActivities, 'awaitStore'> =>
  proxyActivities<WatchActivities>({
    startToCloseTimeout: timeoutMs,
    scheduleToCloseTimeout: timeoutMs,
    heartbeatTimeout: '15 seconds',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
  });

/** Long waits on data: one activity that can be restarted at any time. */
export const watch = proxyActivities<WatchActivities>({
  startToCloseTimeout: '365 days',
  heartbeatTimeout: '15 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});

/** One measurement of the monitor. */
export const measure = proxyActivities<WatchActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute', maximumAttempts: 20 },
});
