import { blockLengthOf, compareLosses } from '../../activities/metric-rows.js';
import { millis } from '../../domain/duration.js';
import { epoch } from '../../domain/references.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import type { Table } from '../../engines/features/table.js';
import { predictModel } from '../../engines/training/train.js';
import { BAKE_MIN_ROWS, judgeBake, type BakeVerdict } from '../../policy/bake.js';
import { between } from '../false-triggers/permute.js';
import type { Version } from './candidates.js';

/** A new champion that is being watched. */
export interface Baking {
  readonly since: string;
  readonly champion: Version;
  readonly previous: Version;
}

/** Confidence of the bound that rolls back, as in a rollout. */
const CONFIDENCE = 0.95;

/** What the bake says at `watermark` of the rows in `table`, which is what was delivered by then. */
export async function bakeVerdict(
  spec: ModelSpec,
  table: Table,
  { since, champion, previous }: Baking,
  watermark: string,
): Promise<BakeVerdict> {
  const matured = epoch(watermark) - millis(spec.source.labels.delay);
  const rows = between(table, epoch(since) + 1, matured + 1);
  const seen = { since, watermark, rows: rows.rows };
  if (rows.rows < BAKE_MIN_ROWS) return judgeBake(spec, { ...seen, comparison: null });
  const labels = Float64Array.from<number | string>(rows.label, Number);
  const comparison = compareLosses(
    { task: spec.task.kind, metric: spec.task.metric },
    {
      model: { labels, predictions: await predictModel(champion.model, rows) },
      against: { labels, predictions: await predictModel(previous.model, rows) },
      confidence: CONFIDENCE,
      seed: spec.trainer.seed,
      blockLength: blockLengthOf(rows.eventTimes),
    },
  );
  return judgeBake(spec, { ...seen, comparison });
}
