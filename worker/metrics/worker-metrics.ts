import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { DeliveryCounts } from '../../activities/notifications/delivery-counts.js';
import { createLook } from './look.js';
import { MODEL_METRICS, type ModelMetric } from './model-metrics.js';
import type { ModelReader, ModelView } from './model-reader.js';
import { askedAt, type TemporalReader, type TemporalView } from './temporal-reader.js';

/** What a worker's metrics are read from. */
export interface MetricSources {
  readonly models: ModelReader;
  readonly temporal: TemporalReader;
  /** Least time between two looks. @format milliseconds */
  readonly refreshMs: number;
  readonly build: { readonly version: string; readonly build: string };
  /** Attempts to tell people. Default: none. */
  readonly deliveries?: Pick<DeliveryCounts, 'all'>;
}

/** The metrics of one worker process, in the text format of Prometheus; those of the Temporal SDK are not among them. */
export interface WorkerMetrics {
  readonly registry: Registry;
  readonly contentType: string;
  /** Looks at the store and at Temporal when the last look is old, and gives what is known after at most a second. */
  text(): Promise<string>;
}

/** Metrics over these sources. */
export function createWorkerMetrics(sources: MetricSources): WorkerMetrics {
  const { models, temporal, refreshMs, build, deliveries } = sources;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const told = ownMetrics(registry);
  told.build.set({ ...build, node: process.version }, 1);
  const fromStore = createLook<readonly ModelView[]>([], () => models.read(), refreshMs);
  const fromTemporal = createLook<TemporalView | undefined>(undefined, () => temporal.read(), refreshMs);
  return {
    registry,
    contentType: registry.contentType,
    text: async () => {
      await Promise.all([fromStore.fresh(), fromTemporal.fresh()]);
      told.storeReachable.set(fromStore.answers() ? 1 : 0);
      told.temporalReachable.set(fromTemporal.answers() ? 1 : 0);
      if (fromStore.at() !== undefined) told.readAt.set((fromStore.at() ?? 0) / 1000);
      told.models(fromStore.last());
      told.deliveries(deliveries?.all() ?? []);
      told.temporal(fromTemporal.answers() ? fromTemporal.last() : undefined, fromStore.last());
      return registry.metrics();
    },
  };
}

function ownMetrics(registry: Registry) {
  const gauge = (name: string, help: string, ...labelNames: string[]): Gauge =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const perModel = MODEL_METRICS.map((told) => ({ told, metric: metricFor(told, registry) }));
  const approvals = approvalMetrics(gauge);
  const notifications = new Counter({
    name: 'perennial_notifications_total',
    help: 'Attempts of this process to tell a webhook: `delivered`, `retried` (it is tried again), `failed` (it is not).',
    labelNames: ['hook', 'outcome'],
    registers: [registry],
  });
  const tasks = gauge(
    'perennial_task_queue_backlog',
    'Tasks that no worker has taken yet, as Temporal estimates them.',
    ...['task_queue', 'kind'],
  );
  const age = gauge(
    'perennial_task_queue_backlog_age_seconds',
    'Age of the oldest task that no worker has taken yet.',
    ...['task_queue', 'kind'],
  );
  return {
    build: gauge('perennial_worker_info', 'Always 1; the labels name what runs.', 'version', 'build', 'node'),
    storeReachable: gauge('perennial_store_reachable', '1 while the object store answers.'),
    temporalReachable: gauge('perennial_temporal_reachable', '1 while Temporal answers.'),
    readAt: gauge(
      'perennial_model_metrics_timestamp_seconds',
      'When the metrics of models were last read from the store.',
    ),
    deliveries: (counts: ReturnType<DeliveryCounts['all']>): void => {
      notifications.reset();
      for (const { hook, outcome, count } of counts) notifications.inc({ hook, outcome }, count);
    },
    models: (views: readonly ModelView[]): void => {
      for (const { told, metric } of perModel) {
        metric.reset();
        for (const view of views) tell(told, metric, view);
      }
    },
    temporal: (seen: TemporalView | undefined, views: readonly ModelView[]): void => {
      approvals(seen, views);
      for (const metric of [tasks, age]) metric.reset();
      for (const { taskQueue: task_queue, kind, ...backlog } of seen?.backlogs ?? []) {
        tasks.set({ task_queue, kind }, backlog.tasks);
        age.set({ task_queue, kind }, backlog.age);
      }
    },
  };
}

function metricFor({ kind, name, help, labels }: ModelMetric, registry: Registry): Gauge | Counter {
  const options = { name, help, labelNames: ['model', ...labels], registers: [registry] };
  return kind === 'counter' ? new Counter(options) : new Gauge(options);
}

function tell(told: ModelMetric, metric: Gauge | Counter, view: ModelView): void {
  for (const [labels, value] of told.read(view, Date.now()))
    metric.inc({ model: view.model, ...labels }, value);
}

function approvalMetrics(gauge: (name: string, help: string, ...labels: string[]) => Gauge) {
  const waiting = gauge('perennial_approvals_waiting', 'Candidates that wait for a person.', 'model');
  const asked = gauge(
    'perennial_approval_waiting_since_timestamp_seconds',
    'When people were asked about the candidate that waits.',
    'model',
  );
  const until = gauge(
    'perennial_approval_deadline_timestamp_seconds',
    'When the candidate that waits is given up, or promoted, as the spec says.',
    'model',
  );
  return (seen: TemporalView | undefined, views: readonly ModelView[]): void => {
    for (const metric of [waiting, asked, until]) metric.reset();
    if (seen === undefined) return;
    for (const { model } of views) waiting.set({ model }, 0);
    for (const approval of seen.approvals) {
      const { model, deadline } = approval;
      waiting.inc({ model });
      if (deadline !== undefined) until.set({ model }, deadline / 1000);
      const spec = views.find((view) => view.model === model)?.spec ?? null;
      const at = askedAt(approval, spec);
      if (at !== undefined) asked.set({ model }, at / 1000);
    }
  };
}
