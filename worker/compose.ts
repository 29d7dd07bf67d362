import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { createControlActivities } from '../activities/control.js';
import type { ControlActivities } from '../activities/control-activities.js';
import { createJudgeActivities } from '../activities/evaluate-model.js';
import { createExportActivity } from '../activities/export-model.js';
import { createExtractActivities } from '../activities/extract.js';
import { createMeasureActivity } from '../activities/measure-check.js';
import type { NotificationActivities } from '../activities/notifications/notification-activities.js';
import type { RetrainActivities } from '../activities/retrain-activities.js';
import type { RetrainPorts } from '../activities/retrain-ports.js';
import { createServingDoor } from '../activities/serving-door.js';
import { createTemporalDoor } from '../activities/temporal-door.js';
import { createTrainActivity } from '../activities/train-model.js';
import { createWaitActivities } from '../activities/watch.js';
import type { WatchActivities } from '../activities/watch-activities.js';
import type { BucketReader } from '../engines/features/bucket-files.js';
import { createFeatureEngine } from '../engines/features/feature-engine.js';
import { openPlugins, type OpenPlugin } from '../engines/plugins/index.js';
import { BAKE_MIN_ROWS, judgeBake } from '../policy/bake.js';
import { judgeShadow } from '../policy/shadow.js';
import type { ObjectStore } from '../storage/objects/object-store.js';
import { createDiskCache } from '../storage/objects/disk-cache.js';
import { cacheLimit, resolveStore, startStore } from '../storage/objects/open-store.js';
import { createS3Files } from '../storage/objects/s3/s3-files.js';
import { isS3Address } from '../storage/objects/s3/s3-settings.js';
import { createRegistry, type Registry } from '../storage/registry/registry.js';
import { packageVersion } from '../telemetry/package-version.js';
import type { WorkerConfig } from './config.js';
import { composeNotifications, type ComposedNotifications } from './notifications.js';
import { feedbackReader } from './feedback.js';
import { sweepScratch } from './sweep-scratch.js';

/** The activities of a worker, by queue, and what they keep things in. */
export interface ComposedActivities {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly plugins: readonly OpenPlugin[];
  /** Short effects, long waits and the monitor's measurements. */
  readonly control: ControlActivities & WatchActivities & NotificationActivities;
  /** Attempts to tell people, for the metrics. */
  readonly deliveries: ComposedNotifications['counts'];
  /** The heavy steps of a retrain. */
  readonly compute: RetrainActivities;
}

/** The one place where stores, engines and doors are built. Throws what {@link startStore} and {@link openPlugins} throw. */
export async function composeActivities(config: WorkerConfig, client: Client): Promise<ComposedActivities> {
  const plugins = await openPlugins(config.plugins);
  const store = await startStore(resolveStore(config.store), { cache: join(config.state, 'cache') });
  const registry = createRegistry(store);
  const stagingDir = join(config.state, 'staging');
  const scratch = join(config.state, 'scratch');
  await sweepScratch(scratch);
  const features = createFeatureEngine({
    dataRoots: [...config.dataRoots],
    stagingDir,
    buckets: config.dataRoots.some(isS3Address) ? bucketReader(config) : undefined,
    feedback: feedbackReader(store),
    ...config.duck,
  });
  const serving = createServingDoor({ urls: config.servingUrls, token: config.servingToken });
  const temporal = createTemporalDoor(client, config.taskQueue);
  const notifications = composeNotifications(config, client, { registry, store, temporal });
  const judges = { shadow: judgeShadow, bake: judgeBake, bakeMinRows: BAKE_MIN_ROWS };
  const watch = { store, registry, features, serving, temporal, judges, limits: config.threads, plugins };
  const retrain: RetrainPorts = {
    store,
    registry,
    features,
    limits: config.threads,
    commands: config.commands,
    plugins,
    scratch,
    code: `perennial ${packageVersion()}`,
    staged: config.staged,
    clock: Date.now,
  };
  const stepped = config.clock === 'stepped';
  return {
    store,
    registry,
    deliveries: notifications.counts,
    plugins: plugins.list,
    control: {
      ...createControlActivities({
        registry,
        serving,
        temporal,
        approvers: config.approvers,
        stepped,
        notifier: notifications.notifier,
        plugins,
      }),
      ...notifications.activities,
      ...createWaitActivities(watch),
      ...createMeasureActivity(watch),
    },
    compute: {
      ...createExtractActivities(retrain),
      ...createTrainActivity(retrain),
      ...createExportActivity(retrain),
      ...createJudgeActivities(retrain),
    },
  };
}

/** Reads sources that lie in buckets, and keeps copies within the limit. */
function bucketReader({ state }: WorkerConfig): BucketReader {
  const folder = join(state, 'cache', 'sources');
  return {
    files: createS3Files(process.env),
    copies: createDiskCache({ folder, limitBytes: cacheLimit(process.env) }),
  };
}
