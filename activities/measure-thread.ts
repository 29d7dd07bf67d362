import type { ModelSpec } from '../domain/spec/spec.js';
import type { Table } from '../engines/features/table.js';
import { packAnswer, type ThreadAnswer } from '../engines/threads/answers.js';
import { measureDrift, type DriftRequest } from './drift.js';
import { estimateLossOf, type UnlabelledRows } from './estimate-loss.js';
import { evaluateHoldout, type HoldoutRows } from './evaluate-holdout.js';
import { compareLosses, lossRatio, type MetricName, type Pair } from './metric-rows.js';
import type { PerformanceReference } from './performance-reference.js';
import { profileOf } from './reference-profile.js';

/** Two models on the same rows, and how they are measured. */
export interface PairRequest {
  readonly name: MetricName;
  readonly pair: Pair;
}

/** Rows without labels, and what the version is worth where there are some. */
export interface EstimateRequest {
  readonly spec: ModelSpec;
  readonly reference: PerformanceReference;
  readonly rows: UnlabelledRows;
  readonly confidence: number;
}

/** What the measuring thread is asked. */
export type MeasureTask =
  | { readonly what: 'holdout'; readonly of: HoldoutRows }
  | { readonly what: 'ratio' | 'comparison'; readonly of: PairRequest }
  | { readonly what: 'estimate'; readonly of: EstimateRequest }
  | { readonly what: 'drift'; readonly of: DriftRequest }
  | { readonly what: 'profile'; readonly of: { readonly spec: ModelSpec; readonly table: Table } };

/** Entry of the measuring thread. */
export function run(task: MeasureTask): Promise<ThreadAnswer<unknown>> {
  return packAnswer(() => Promise.resolve(measure(task)));
}

function measure({ what, of }: MeasureTask): unknown {
  switch (what) {
    case 'holdout':
      return evaluateHoldout(of);
    case 'ratio':
      return lossRatio(of.name, of.pair);
    case 'comparison':
      return compareLosses(of.name, of.pair);
    case 'estimate':
      return estimateLossOf(of.spec, of.reference, of.rows, of.confidence);
    case 'drift':
      return measureDrift(of);
    case 'profile':
      return profileOf(of.spec, of.table);
  }
}
