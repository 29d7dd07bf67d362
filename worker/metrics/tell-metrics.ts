import type { Client } from '@temporalio/client';
import type { DeliveryCounts } from '../../activities/notifications/delivery-counts.js';
import { PerennialError } from '../../domain/errors.js';
import type { ObjectStore } from '../../storage/objects/object-store.js';
import type { Registry } from '../../storage/registry/registry.js';
import { packageVersion } from '../../telemetry/package-version.js';
import type { WorkerConfig } from '../config.js';
import { startMetricsServer, type MetricsServer } from './metrics-server.js';
import { createModelReader } from './model-reader.js';
import { createTemporalReader } from './temporal-reader.js';
import { createWorkerMetrics } from './worker-metrics.js';

/** What a worker process tells metrics of. */
export interface Told {
  readonly config: WorkerConfig;
  readonly client: Client;
  /** Where the exporter of the Temporal SDK answers; undefined without metrics. */
  readonly sdk: string | undefined;
  readonly store: ObjectStore;
  readonly registry: Registry;
  /** Attempts to tell people. */
  readonly deliveries: DeliveryCounts;
  polls(): boolean;
}

/** Starts the metrics' server of a worker, when there is to be one. Throws `port-taken`. */
export async function tellMetrics(told: Told): Promise<MetricsServer | undefined> {
  const { config, client, sdk, store, registry, deliveries, polls } = told;
  if (config.metrics === undefined || sdk === undefined) return undefined;
  const metrics = createWorkerMetrics({
    models: createModelReader(registry, store),
    temporal: createTemporalReader(client, config.taskQueue),
    refreshMs: config.metrics.refreshMs,
    build: { version: packageVersion(), build: config.deployment?.build ?? '' },
    deliveries,
  });
  try {
    return await startMetricsServer(config.metrics, { metrics, sdk, polls });
  } catch (error) {
    throw new PerennialError(
      {
        type: 'port-taken',
        thing: 'PERENNIAL_METRICS',
        value: `${config.metrics.host}:${config.metrics.port}`,
        allowed: 'an address of this machine with a free port',
        next: 'Choose another, or stop the program that listens there.',
      },
      { cause: error },
    );
  }
}
