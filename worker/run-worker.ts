import { Client } from '@temporalio/client';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { computeQueue } from '../domain/names.js';
import { packageVersion } from '../telemetry/package-version.js';
import { composeActivities, type ComposedActivities } from './compose.js';
import type { WorkerConfig } from './config.js';
import { connectTemporal } from './connect-temporal.js';
import { dataConverterOf, workflowCode, type WorkerDataConverter } from './data-converter.js';
import { currentBuild, versioningOf } from './deployment.js';
import { workerInterceptors, type WorkerInterceptors } from './interceptors.js';
import { installRuntime } from './metrics/install-runtime.js';
import { tellMetrics } from './metrics/tell-metrics.js';
import { sdkLogging } from './sdk-log.js';
import { pluginLine } from './plugins.js';

/** Signals that ask a worker to stop. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** Time from the end of the grace to the end of the process. @format milliseconds */
const FORCE_MS = 5000;

/** What a worker says when it polls. */
export interface WorkerReady {
  /** The build that gets the work, when builds are told apart. */
  readonly current: string | undefined;
  /** Where Prometheus reads its metrics; undefined without. */
  readonly metrics: string | undefined;
  /** The plug-ins that it has loaded, one line each. */
  readonly plugins: readonly string[];
}

/**
 * Runs a worker on both queues until the process is asked to stop. `ready` is called once both poll. Asked to stop, it ends within the grace time and five seconds: heavy steps stop at once, and
 * the next worker takes them up from their checkpoint; short ones may finish within the grace time.
 */
export async function runWorker(
  config: WorkerConfig,
  log: Logger,
  ready: (said: WorkerReady) => void,
): Promise<void> {
  const interceptors = await workerInterceptors(log, packageVersion(), process.env);
  try {
    await runTraced(config, { log, interceptors }, ready);
  } finally {
    await interceptors.close();
  }
}

async function runTraced(
  config: WorkerConfig,
  { log, interceptors }: { readonly log: Logger; readonly interceptors: WorkerInterceptors },
  ready: (said: WorkerReady) => void,
): Promise<void> {
  const dataConverter = dataConverterOf(process.env);
  const sdk = installRuntime(
    { ...sdkLogging(log), shutdownSignals: [...STOP_SIGNALS] },
    config.metrics !== undefined,
  );
  const { native: connection, client: clientConnection, namespace } = await connectTemporal();
  const client = new Client({
    connection: clientConnection,
    namespace,
    dataConverter,
    interceptors: { workflow: [...interceptors.client] },
  });
  const composed = await composeActivities(config, client);
  const { control, compute, store, registry, deliveries, plugins } = composed;
  const shared = {
    connection,
    namespace,
    dataConverter,
    ...versioningOf(config.deployment),
    shutdownGraceTime: config.shutdownMs,
    shutdownForceTime: config.shutdownMs + FORCE_MS,
    // Progress must survive a kill: heartbeat details are delivered soon after they are given.
    maxHeartbeatThrottleInterval: '500 milliseconds',
  } satisfies Partial<WorkerOptions>;
  const workers = await createWorkers(config, shared, { control, compute, interceptors, dataConverter });
  const polls = (): boolean => workers.every((worker) => worker.getState() === 'RUNNING');
  const metrics = await tellMetrics({ config, client, sdk, store, registry, deliveries, polls });
  try {
    const running = Promise.all(workers.map((worker) => worker.run()));
    const { deployment } = config;
    const current = deployment && currentBuild(client, deployment);
    const say = (build?: string): void =>
      ready({ current: build, metrics: metrics?.url, plugins: plugins.map(pluginLine) });
    await Promise.race([running, Promise.resolve(current).then(say)]);
    await running;
  } finally {
    await metrics?.close();
    await clientConnection.close();
    await connection.close();
  }
}

interface Steps extends Pick<ComposedActivities, 'control' | 'compute'> {
  readonly interceptors: WorkerInterceptors;
  readonly dataConverter: WorkerDataConverter;
}

/** One worker for workflows and short steps, one for the heavy ones. */
function createWorkers(
  config: WorkerConfig,
  shared: Partial<WorkerOptions>,
  { control, compute, interceptors, dataConverter }: Steps,
): Promise<Worker[]> {
  const code = workflowCode(dataConverter, config.workflowBundles);
  return Promise.all([
    Worker.create({
      ...shared,
      taskQueue: config.taskQueue,
      ...code,
      interceptors: { ...code.interceptors, activity: [...interceptors.control] },
      ...(interceptors.sinks && { sinks: interceptors.sinks }),
      activities: control,
      // How long a decision waits for the worker that has its workflow in memory, before any other takes it.
      stickyQueueScheduleToStartTimeout: '3 seconds',
    }),
    Worker.create({
      ...shared,
      taskQueue: computeQueue(config.taskQueue),
      activities: compute,
      interceptors: { activity: [...interceptors.compute] },
      shutdownGraceTime: 0,
      maxConcurrentActivityTaskExecutions: config.computeSlots,
    }),
  ]);
}
