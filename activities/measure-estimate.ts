import { millis } from '../domain/duration.js';
import type { Manifest } from '../domain/manifest.js';
import { epoch, instant } from '../domain/references.js';
import type { SourceManifest } from '../domain/source.js';
import type { ModelSpec, TriggerSpec } from '../domain/spec/spec.js';
import type { LoggedPredictions } from '../engines/features/logged-predictions.js';
import { absent, labelDelay, metricLoss, metricOf, valueOr, type Absent } from '../stats/index.js';
import { getJsonArtifact } from '../storage/objects/artifacts.js';
import type { EstimatedLoss, UnlabelledRows } from './estimate-loss.js';
import { rowsOfVersion } from './judged-pairs.js';
import type { Measures } from './measure-in-thread.js';
import { metricInput } from './metric-rows.js';
import { performanceReferenceSchema } from './performance-reference.js';
import type { PluginWork } from './plugin-time.js';
import type { EstimateMeasured, Reconciled } from './watch-activities.js';
import type { WatchPorts } from './watch-ports.js';

type Performance = Extract<TriggerSpec, { kind: 'performance' }>;

/** Everything that one check reads. */
export interface CheckInput {
  readonly ports: WatchPorts;
  readonly measures: Measures;
  /** How what is measured in a thread is ended. */
  readonly work: PluginWork;
  readonly spec: ModelSpec;
  readonly asOf: string;
  readonly champion: number;
  readonly manifest: Manifest;
  readonly source: SourceManifest;
  readonly predictionFiles: string[];
  readonly outcomeFiles: string[];
}

/**
 * The champion's loss on its rows in (as-of − over, as-of], estimated without their labels; beside it, on the rows whose labels have
 * come by now, what was estimated for them and what their labels show.
 */
export async function measureEstimate(input: CheckInput, trigger: Performance): Promise<EstimateMeasured> {
  const { asOf, champion, manifest } = input;
  const logged = await read(input, span(asOf, trigger));
  const newest = logged === null ? null : rowsOf(logged, champion);
  const rows = newest?.eventTimes.length ?? 0;
  const reconciled = await reconcile(input, trigger);
  const nothing = { rows, loss: null, lower: null, atRelease: null, reconciled };
  if (newest === null || rows < trigger.minLabels) return nothing;
  const estimate = await estimateFor(input, manifest, { rows: newest, trigger });
  if (estimate.kind === 'absent') return { ...nothing, absent: estimate.reason };
  const { loss, lower, atRelease } = estimate;
  return { rows, loss, lower, atRelease, reconciled };
}

interface Span {
  readonly from: string;
  readonly to: string;
}

const span = (to: string, { over }: Performance): Span => ({ from: instant(epoch(to) - millis(over)), to });

const read = ({ ports, spec, predictionFiles }: CheckInput, where: Span): Promise<LoggedPredictions | null> =>
  ports.features.loggedPredictions({ spec, predictionFiles, ...where });

async function estimateFor(
  { ports, spec, measures }: CheckInput,
  manifest: Manifest,
  { rows, trigger }: { readonly rows: UnlabelledRows; readonly trigger: Performance },
): Promise<EstimatedLoss | Absent> {
  if (manifest.reference === undefined)
    return absent(
      'the version has no reference rows: its spec did not ask for estimates; the next one will have them',
    );
  const reference = await getJsonArtifact(ports.store, manifest.reference, performanceReferenceSchema);
  return measures.estimate({ spec, reference, rows, confidence: trigger.confidence });
}

/** The rows of one version. */
function rowsOf(logged: LoggedPredictions, version: number): UnlabelledRows {
  const { inputs, versions } = logged;
  const rows = Array.from(versions.keys()).filter((row) => versions[row] === version);
  const pick = <T>(columns: Readonly<Record<string, T>>, take: (column: T) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, take(column)]));
  const scored = rows.map((row) => logged.scores[row] ?? null);
  const complete = scored.filter((scores) => scores !== null);
  return {
    eventTimes: Float64Array.from(rows, (row) => inputs.eventTimes[row] ?? 0),
    said: {
      predictions: rows.map((row) => logged.predictions[row] ?? null),
      scores: complete.length === rows.length && rows.length > 0 ? Float64Array.from(complete.flat()) : null,
    },
    inputs: {
      numbers: pick(inputs.numbers, (column) => Float64Array.from(rows, (row) => column[row] ?? Number.NaN)),
      categories: pick(inputs.categories, (column) => rows.map((row) => column[row] ?? null)),
    },
  };
}

/** Estimate against truth on the newest rows whose labels are due, for the version that served most of them. */
async function reconcile(input: CheckInput, trigger: Performance): Promise<Reconciled | null> {
  const { ports, spec, source, predictionFiles, outcomeFiles, asOf } = input;
  const where = span(instant(epoch(asOf) - millis(spec.source.labels.delay)), trigger);
  const logged = await read(input, where);
  const version = logged === null ? undefined : mostOften(logged.versions);
  if (logged === null || version === undefined) return null;
  const served = rowsOf(logged, version);
  const judged = await ports.features.joinOutcomes({
    spec,
    source,
    predictionFiles,
    outcomeFiles,
    ...where,
    asOf,
  });
  const { manifest } = await ports.registry.getManifest(input.spec.model, version);
  const labelled = rowsOfVersion(judged, { version, role: 'champion' }, manifest.classes);
  const estimate = await estimateFor(input, manifest, { rows: served, trigger });
  const taskRows = { task: spec.task.kind, classes: manifest.classes, labels: labelled.labels };
  const metric = metricOf(spec.task.kind, spec.task.metric);
  const truth =
    labelled.eventTimes.length === 0
      ? absent('no label has come')
      : metricLoss(metric, metricInput(taskRows, labelled.said));
  const missing = [estimate, truth].find((each) => each.kind === 'absent');
  return {
    version,
    ...where,
    ...arrivals(served.eventTimes, labelled, epoch(asOf)),
    estimated: estimate.kind === 'value' ? estimate.loss : null,
    realised: valueOr(truth, null),
    atRelease: estimate.kind === 'value' ? estimate.atRelease : null,
    ...(missing?.kind === 'absent' ? { reason: missing.reason } : {}),
  };
}

function mostOften(versions: Float64Array): number | undefined {
  const counts = new Map<number, number>();
  for (const version of versions) counts.set(version, (counts.get(version) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || b - a)[0]?.[0];
}

function arrivals(
  served: Float64Array,
  labelled: { readonly eventTimes: Float64Array; readonly knownAt: Float64Array },
  now: number,
): Pick<Reconciled, 'rows' | 'labelled' | 'coverage' | 'medianDelay' | 'longDelay' | 'delayCurve'> {
  const came = labelled.eventTimes.length;
  const missing = Math.max(0, served.length - came);
  const delays = Array.from(
    labelled.knownAt,
    (at, row): number | null => at - (labelled.eventTimes[row] ?? 0),
  );
  // Rows without a label keep the ages of the served ones: the curve counts them as not yet labelled.
  const waiting = served.subarray(served.length - missing);
  const ages = [...labelled.eventTimes, ...waiting].map((time) => now - time);
  const described = labelDelay({
    delays: [...delays, ...waiting].map((d, i) => (i < came ? d : null)),
    ages,
  });
  const delayOf = (share: number): number | null =>
    described.quantiles.find((each) => each.share === share)?.delay ?? null;
  return {
    rows: served.length,
    labelled: came,
    coverage: described.coverage,
    medianDelay: delayOf(0.5),
    longDelay: delayOf(0.9),
    delayCurve: described.curve,
  };
}
