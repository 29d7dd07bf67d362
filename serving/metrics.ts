import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { epoch } from '../domain/references.js';
import type { Fleet } from './fleet.js';
import type { Heard } from './heard.js';
import type { ModelServer } from './model-server.js';

/** One answered request. */
export interface Served {
  readonly model: string;
  /** HTTP status. */
  readonly status: number;
  /** Type of the refusal; undefined when it was answered. */
  readonly refusal: string | undefined;
  readonly seconds: number;
}

/** What monitoring reads of this process, in the text format of Prometheus. */
export interface ServingMetrics {
  readonly registry: Registry;
  readonly contentType: string;
  /** Counts an infer request. Never throws. */
  count(served: Served): void;
  /** Counts labels that came faster than their source may post. */
  refuseLabels(model: string, labels: number): void;
  text(): Promise<string>;
}

/** Bounds of the buckets of answer times. @format seconds */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** What the metrics are read from. */
export interface ServingMetricsPorts {
  readonly fleet: Pick<Fleet, 'all' | 'health'>;
  readonly heard: Heard;
  /** How often the log is brought to the store. @format milliseconds */
  readonly flushMs: number;
}

/** Metrics of one process: requests as they are counted, everything else as it is when it is read. */
export function createServingMetrics({ fleet, heard, flushMs }: ServingMetricsPorts): ServingMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'perennial_requests_total',
    help: 'Infer requests by model and HTTP status.',
    labelNames: ['model', 'status'],
    registers,
  });
  const refusals = new Counter({
    name: 'perennial_request_errors_total',
    help: 'Infer requests that were not answered, by model and type of error.',
    labelNames: ['model', 'type'],
    registers,
  });
  const seconds = new Histogram({
    name: 'perennial_request_seconds',
    help: 'Time from receipt to answer of infer requests.',
    labelNames: ['model'],
    buckets: BUCKETS,
    registers,
  });
  const state = stateMetrics(registry);
  const interval = 'How often the prediction log is brought to the store.';
  const flushing = new Gauge({ name: 'perennial_log_flush_interval_seconds', help: interval, registers });
  flushing.set(flushMs / 1000);
  // Looked up by labels once per series: this is done for every request.
  const series = new Map<string, { count(): void; observe(seconds: number): void }>();
  const seriesOf = (model: string, status: string) => {
    const name = `${status} ${model}`;
    const known = series.get(name);
    if (known !== undefined) return known;
    const [counter, histogram] = [requests.labels(model, status), seconds.labels(model)];
    const fresh = { count: () => counter.inc(), observe: (took: number) => histogram.observe(took) };
    series.set(name, fresh);
    return fresh;
  };
  // A name that a caller made up must not become a series.
  const served = new Set<string>();
  const nameOf = (model: string): string => {
    if (served.has(model)) return model;
    if (!fleet.all().some((server) => server.model === model)) return 'unknown';
    served.add(model);
    return model;
  };
  return {
    registry,
    contentType: registry.contentType,
    count: ({ model, status, refusal, seconds: took }) => {
      const name = nameOf(model);
      const one = seriesOf(name, String(status));
      one.count();
      one.observe(took);
      if (refusal !== undefined) refusals.inc({ model: name, type: refusal });
    },
    refuseLabels: refusedLabels(registry, nameOf),
    text: () => {
      state.read(fleet, heard);
      return registry.metrics();
    },
  };
}

function refusedLabels(
  registry: Registry,
  nameOf: (model: string) => string,
): ServingMetrics['refuseLabels'] {
  const refused = new Counter({
    name: 'perennial_feedback_refused_total',
    help: 'Labels that were refused because their source posts too many, by model.',
    labelNames: ['model'],
    registers: [registry],
  });
  return (model, labels) => refused.inc({ model: nameOf(model) }, labels);
}

type Read = (server: ModelServer) => number;

/** What is read per model: name, help, and whether it only grows. */
const PER_MODEL: readonly (readonly [name: string, help: string, grows: boolean, read: Read])[] = [
  [
    'perennial_generation',
    'Generation of the aliases that are obeyed.',
    false,
    ({ roles }) => roles.obeyed().generation,
  ],
  [
    'perennial_pin_refused',
    '1 while newer aliases are refused because a version cannot be loaded and verified.',
    false,
    ({ roles }) => (roles.refused() === null ? 0 : 1),
  ],
  [
    'perennial_shadow_rows_dropped_total',
    'Rows that shadows did not score.',
    true,
    ({ roles }) => roles.dropped(),
  ],
  [
    'perennial_log_rows_taken_total',
    'Rows given to the prediction log.',
    true,
    ({ logState }) => logState().taken,
  ],
  [
    'perennial_log_rows_stored_total',
    'Rows of the prediction log that this process brought into the store.',
    true,
    ({ logState }) => logState().stored,
  ],
  [
    'perennial_log_rows_lost_total',
    'Rows of the prediction log that are known to be lost.',
    true,
    ({ logState }) => logState().lost,
  ],
  [
    'perennial_log_rows_waiting',
    'Rows of the prediction log in memory that the spool does not have yet.',
    false,
    ({ logState }) => logState().waiting,
  ],
  [
    'perennial_log_behind_seconds',
    'How long the oldest row that the store may not have yet has waited; up to the flush interval is usual.',
    false,
    ({ logBehind }) => logBehind() / 1000,
  ],
  [
    'perennial_spool_writable',
    '0 while the spool folder cannot be written, e.g. because the disk is full.',
    false,
    ({ logState }) => (logState().problem === null ? 1 : 0),
  ],
];

function stateMetrics(registry: Registry): {
  read(fleet: Pick<Fleet, 'all' | 'health'>, heard: Heard): void;
} {
  const registers = [registry];
  const started = Date.now();
  const gauge = (name: string, help: string, ...labelNames: string[]): Gauge =>
    new Gauge({ name, help, labelNames, registers });
  const reachable = gauge('perennial_store_reachable', '1 while the object store answers.');
  const away = gauge(
    'perennial_store_away_seconds',
    'Seconds since the object store went away; 0 while it is there.',
  );
  const contact = gauge(
    'perennial_store_last_contact_seconds',
    'Seconds since the object store last answered, or since the start.',
  );
  const lastHeard = gauge(
    'perennial_worker_last_heard_seconds',
    'Seconds since a worker last asked or told this process, or since the start.',
  );
  const ready = gauge('perennial_model_ready', '1 when the model answers.', 'model');
  const champion = gauge(
    'perennial_champion_info',
    'Always 1; the labels name what serves.',
    ...['model', 'version', 'digest'],
  );
  const perModel = PER_MODEL.map(([name, help, grows, read]) => ({
    metric: grows
      ? new Counter({ name, help, labelNames: ['model'], registers })
      : gauge(name, help, 'model'),
    read,
  }));
  const secondsSince = (at: string | null): number =>
    (Date.now() - (at === null ? started : epoch(at))) / 1000;
  return {
    read: (fleet, heard) => {
      const { store, models } = fleet.health();
      reachable.set(store.reachable ? 1 : 0);
      away.set(store.reachable ? 0 : secondsSince(store.since));
      contact.set(secondsSince(store.lastContact));
      lastHeard.set(secondsSince(heard.last()));
      for (const model of models) ready.set({ model: model.name }, model.ready ? 1 : 0);
      champion.reset();
      for (const server of fleet.all()) tellChampion(champion, server);
      for (const { metric, read } of perModel) {
        metric.reset();
        for (const server of fleet.all()) metric.inc({ model: server.model }, read(server));
      }
    },
  };
}

function tellChampion(info: Gauge, { model, roles }: ModelServer): void {
  const { champion } = roles.current();
  if (champion === null) return;
  const { version, digest } = champion.version.ref;
  info.set({ model, version: String(version), digest }, 1);
}
