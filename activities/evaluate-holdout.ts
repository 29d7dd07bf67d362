import { epoch } from '../domain/references.js';
import type { ModelSpec } from '../domain/spec/spec.js';
import type { Evaluation } from '../domain/verdict.js';
import type { Table } from '../engines/features/table.js';
import type { Metric } from '../stats/index.js';
import { knownClassRows, takeSaid, takeTable } from './known-classes.js';
import {
  allMetrics,
  blockLengthOf,
  compareLosses,
  lossRatio,
  metricInput,
  takeRows,
  type IntervalOptions,
  type MetricName,
  type Predicted,
  type TaskRows,
} from './metric-rows.js';

/** The holdout rows and what everyone says of them. */
export interface HoldoutRows {
  readonly spec: ModelSpec;
  readonly holdout: Table;
  readonly from: string;
  readonly to: string;
  readonly classes: readonly string[] | null;
  readonly candidate: Predicted;
  /** `trainedTo`: where the champion's own training rows end. */
  readonly champion: { readonly said: Predicted; readonly trainedTo: string } | null;
  /** One forecast per row; null where the trivial baseline knows nothing. */
  readonly naive: readonly (number | string | null)[];
}

/** Measures candidate, champion and trivial baseline on the same rows. Deterministic: seeded intervals, nothing of the machine. */
export function evaluateHoldout(all: HoldoutRows, own?: Metric): Evaluation {
  const rows = ofKnownClasses(all);
  const { spec, holdout, champion } = rows;
  const name: MetricName = { task: spec.task.kind, metric: spec.task.metric, own };
  const taskRows: TaskRows = { task: name.task, classes: rows.classes, labels: holdout.label };
  const candidate = metricInput(taskRows, rows.candidate);
  const against = champion === null ? null : metricInput(taskRows, champion.said);
  const options = intervalOptions(spec, holdout);
  const known = knownRows(rows.naive);
  const naive = takeRows(metricInput(taskRows, { predictions: rows.naive, scores: null }), known);
  const skill = lossRatio(name, { model: takeRows(candidate, known), against: naive, ...options });
  return {
    rows: holdout.rows,
    ...(holdout.rows < all.holdout.rows && { unknownClass: all.holdout.rows - holdout.rows }),
    from: rows.from,
    to: rows.to,
    metric: name.metric,
    candidate: allMetrics(name, candidate),
    champion: against === null ? null : allMetrics(name, against),
    naive: allMetrics(name, naive),
    skillRatio: skill?.estimate ?? null,
    ...(skill === null
      ? { skillAbsent: `the trivial baseline is known for ${known.length} of ${holdout.rows} rows` }
      : {}),
    comparison: against === null ? null : compareLosses(name, { model: candidate, against, ...options }),
    againstNaive: compareLosses(name, {
      model: takeRows(candidate, known),
      against: naive,
      ...options,
      confidence: DEFAULT_CONFIDENCE,
    }),
    slices: against === null ? [] : slicesOf(name, rows, { model: candidate, against, ...options }),
    championTrainedOnHoldout: champion !== null && epoch(champion.trainedTo) > epoch(rows.from),
  };
}

/** A row of a class that the training block had not, which no version can say, is left out. */
function ofKnownClasses(rows: HoldoutRows): HoldoutRows {
  const { holdout, classes, candidate, champion, naive } = rows;
  const known = knownClassRows(holdout.label, classes);
  if (known === undefined) return rows;
  const width = classes?.length ?? 0;
  return {
    ...rows,
    holdout: takeTable(holdout, known),
    candidate: takeSaid(candidate, known, width),
    champion: champion && { ...champion, said: takeSaid(champion.said, known, width) },
    naive: known.map((row) => naive[row] ?? null),
  };
}

/** Where the spec asks for none: the first version's own rule, and specs without a comparing gate. */
const DEFAULT_CONFIDENCE = 0.95;

/** Seed, block length and confidence of the comparison with the champion: the strictest that a comparing gate asks for. */
export function intervalOptions(spec: ModelSpec, { eventTimes }: Pick<Table, 'eventTimes'>): IntervalOptions {
  const comparing = spec.gates.filter(
    (gate) => gate.kind === 'not-worse-than-champion' || gate.kind === 'better-than-champion',
  );
  return {
    confidence:
      comparing.length === 0 ? DEFAULT_CONFIDENCE : Math.max(...comparing.map((gate) => gate.confidence)),
    seed: spec.trainer.seed,
    blockLength: blockLengthOf(eventTimes),
  };
}

function knownRows(naive: readonly unknown[]): number[] {
  return naive.flatMap((forecast, row) => (forecast === null ? [] : [row]));
}

function slicesOf(
  name: MetricName,
  { spec, holdout }: HoldoutRows,
  pair: Parameters<typeof compareLosses>[1],
): Evaluation['slices'] {
  return spec.gates.flatMap((gate) => {
    if (gate.kind !== 'slice') return [];
    const column = holdout.categories[gate.by] ?? [];
    const values = [...new Set(column.filter((value) => value !== null))].sort();
    return values.map((value) => {
      const members = column.flatMap((found, row) => (found === value ? [row] : []));
      const blockLength = Math.max(1, Math.min(pair.blockLength, Math.floor(members.length / 8)));
      const model = takeRows(pair.model, members);
      const against = takeRows(pair.against, members);
      const comparison = compareLosses(name, {
        ...pair,
        model,
        against,
        blockLength,
        confidence: gate.confidence,
      });
      return { by: gate.by, value, rows: members.length, comparison };
    });
  });
}
