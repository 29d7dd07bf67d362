import { evaluateHoldout } from '../../activities/evaluate-holdout.js';
import { blockLengthOf, lossRatio, lowerWithBaseline, metricInput } from '../../activities/metric-rows.js';
import { millis } from '../../domain/duration.js';
import { instant } from '../../domain/references.js';
import type { ModelSpec, TriggerSpec } from '../../domain/spec/spec.js';
import type { Evaluation } from '../../domain/verdict.js';
import { naiveValues } from '../../engines/features/naive.js';
import type { Table } from '../../engines/features/table.js';
import type { FittedModel } from '../../engines/training/fitted-model.js';
import type { SkillSeen } from '../../policy/triggers.js';
import { predictModel } from '../../engines/training/train.js';
import { between, takeTable } from './permute.js';

/** The naive forecast by event time; null where it knows nothing. */
export type Naive = ReadonlyMap<number, number | string | null>;

/** A model on one copy of the data. */
export interface Scored {
  readonly spec: ModelSpec;
  readonly table: Table;
  readonly naive: Naive;
  readonly model: FittedModel;
}

/** The naive forecast of every row. */
export function naiveOf(spec: ModelSpec, { eventTimes, label }: Table): Naive {
  const series = { times: eventTimes, labels: label };
  const values = naiveValues({ spec, series, times: eventTimes, offset: () => 0 });
  return new Map(values.map((value, row) => [eventTimes[row] ?? 0, value]));
}

/** The naive forecast of each row of a table. */
export const forecasts = (naive: Naive, { eventTimes }: Table): (number | string | null)[] =>
  Array.from(eventTimes, (time) => naive.get(time) ?? null);

/** What a retrain freezes of rows with from ≤ event time < to: r₀ with its interval. */
export type Baseline = Pick<Evaluation, 'skillRatio' | 'againstNaive'>;

/** r₀ with its interval as a retrain freezes it, on rows with from ≤ event time < to. */
export async function baselineOf(
  { spec, table, naive, model }: Scored,
  from: number,
  to: number,
): Promise<Baseline> {
  const holdout = between(table, from, to);
  return evaluateHoldout({
    spec,
    holdout,
    from: instant(from),
    to: instant(to),
    classes: null,
    candidate: { predictions: [...(await predictModel(model, holdout))], scores: null },
    champion: null,
    naive: forecasts(naive, holdout),
  });
}

/** One question of the performance trigger. */
export interface SkillAsk {
  /** As-of of the check, epoch milliseconds. */
  readonly at: number;
  readonly trigger: Extract<TriggerSpec, { kind: 'performance' }>;
  readonly baseline: Baseline;
}

/**
 * r and its lower bound as the monitor measures them at the as-of `at`: rows with as-of − delay − over < t ≤ as-of − delay, those
 * without a naive forecast left out of the ratio.
 */
export async function skillAt(
  { spec, table, naive, model }: Scored,
  { at, trigger, baseline }: SkillAsk,
): Promise<SkillSeen> {
  const to = at - millis(spec.source.labels.delay);
  const rows = between(table, to - millis(trigger.over) + 1, to + 1);
  const known = forecasts(naive, rows).flatMap((forecast, row) => (forecast === null ? [] : [row]));
  const judged = takeTable(rows, known);
  const taskRows = { task: spec.task.kind, classes: null, labels: judged.label };
  const said = { predictions: [...(await predictModel(model, judged))], scores: null };
  const ratio = lossRatio(
    { task: spec.task.kind, metric: spec.task.metric },
    {
      model: metricInput(taskRows, said),
      against: metricInput(taskRows, { predictions: forecasts(naive, judged), scores: null }),
      confidence: trigger.confidence,
      seed: spec.trainer.seed,
      blockLength: blockLengthOf(judged.eventTimes),
    },
  );
  const lower = ratio === null ? null : lowerWithBaseline(ratio, baseline);
  return { rows: rows.rows, ratio: ratio?.estimate ?? null, lower, baseline: baseline.skillRatio };
}
