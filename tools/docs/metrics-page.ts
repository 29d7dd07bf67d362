import type { Registry } from 'prom-client';
import { z } from 'zod';
import { createServingMetrics } from '../../serving/metrics.js';
import { createWorkerMetrics } from '../../worker/metrics/worker-metrics.js';
import { markdownTable } from './markdown.js';

const metricSchema = z.object({
  name: z.string(),
  help: z.string(),
  type: z.string(),
  labelNames: z.array(z.string()),
});
/** A metric as its process registers it. */
export type RegisteredMetric = z.infer<typeof metricSchema>;

const told = (registry: Registry): RegisteredMetric[] =>
  registry.getMetricsAsArray().map((metric) => metricSchema.parse(metric));

const store = {
  reachable: true as const,
  since: '1970-01-01T00:00:00.000Z',
  lastContact: null,
  reason: null,
};

/** Every metric that a serving process tells. */
export function servingMetrics(): RegisteredMetric[] {
  const fleet = { all: () => [], health: () => ({ ready: true, store, models: [] }) };
  const heard = { last: () => null, note: () => undefined };
  return told(createServingMetrics({ fleet, heard, flushMs: 10_000 }).registry);
}

/** Every metric that a worker process tells, those of the Temporal SDK left out. */
export function workerMetrics(): RegisteredMetric[] {
  const never = { read: () => Promise.reject(new Error('nobody reads')) };
  const sources = { models: never, temporal: never, refreshMs: 1000, build: { version: '', build: '' } };
  return told(createWorkerMetrics(sources).registry);
}

const INTRO = `# Metrics

Every metric of ours, as the processes register them; [metrics and alerts](../metrics.md) says where to read them and what to watch. Times are
seconds. A metric that has nothing to tell (no check yet, no candidate that waits) has no series.`;

const WORKER = `Metrics with the label \`model\` come from the store, or from Temporal, and are the same in every worker: put \`max by (model)\` around
them. Those without it are of the one process. After them a worker tells [those of the Temporal SDK](https://docs.temporal.io/references/sdk-metrics),
named \`temporal_…\`, with \`_total\` and \`_seconds\` as their units.`;

/** `docs/reference/metrics.md`: from the registries of the processes. */
export function metricsPage(): string {
  const own = workerMetrics().filter(({ name }) => name.startsWith('perennial_'));
  const process = workerMetrics().filter(({ name }) => !name.startsWith('perennial_'));
  return [
    INTRO,
    '## The worker process',
    WORKER,
    table(own),
    'Of Node itself:',
    table(process),
    '## The serving process',
    table(servingMetrics()),
  ].join('\n\n');
}

const table = (metrics: readonly RegisteredMetric[]): string =>
  markdownTable(
    ['metric', 'type', 'what'],
    metrics.map(({ name, labelNames, type, help }) => [
      `\`${name}${labelNames.length === 0 ? '' : `{${labelNames.join(',')}}`}\``,
      type,
      help,
    ]),
  );
