import type { ModelSpec } from '../domain/spec/spec.js';
import type { Table } from '../engines/features/table.js';
import { LOADED, loadPlugin, ownMetric } from '../engines/plugins/index.js';
import { packAnswer, type ThreadAnswer } from '../engines/threads/answers.js';
import type { OneThreadHooks } from '../engines/threads/one-thread.js';
import type { Metric, MetricInput, Task } from '../stats/index.js';
import { measureDrift, type DriftRequest } from './drift.js';
import { estimateLossOf, type UnlabelledRows } from './estimate-loss.js';
import { evaluateHoldout, type HoldoutRows } from './evaluate-holdout.js';
import { compareLosses, lossRatio, metricFor, type MetricName, type Pair } from './metric-rows.js';
import type { PerformanceReference } from './performance-reference.js';
import { profileOf } from './reference-profile.js';

/** Two models on the same rows, and how they are measured. */
export interface PairRequest {
  readonly name: MetricName;
  readonly pair: Pair;
}

/** One model's rows. */
export interface ValueRequest {
  readonly name: MetricName;
  readonly input: MetricInput;
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
  | { readonly what: 'value'; readonly of: ValueRequest }
  | { readonly what: 'ratio' | 'comparison'; readonly of: PairRequest }
  | { readonly what: 'estimate'; readonly of: EstimateRequest }
  | { readonly what: 'drift'; readonly of: DriftRequest }
  | { readonly what: 'profile'; readonly of: { readonly spec: ModelSpec; readonly table: Table } };

/** A measurement by a metric of a plug-in, which only the thread loads. */
export type OwnMetricTask = MeasureTask & {
  readonly plugin?: {
    readonly file: string;
    readonly own: string;
    readonly name: string;
    readonly task: Task;
  };
};

/** Entry of the measuring thread. */
export function run(task: OwnMetricTask, hooks?: OneThreadHooks): Promise<ThreadAnswer<unknown>> {
  return packAnswer(async () => measure(task, await metricOfPlugin(task, hooks)));
}

async function metricOfPlugin(
  { plugin }: OwnMetricTask,
  hooks: OneThreadHooks | undefined,
): Promise<Metric | undefined> {
  if (plugin === undefined) return undefined;
  const metric = (await loadPlugin(plugin.file)).metrics[plugin.own];
  hooks?.say(LOADED);
  return metric && ownMetric(plugin.name, metric, plugin.task);
}

function measure({ what, of }: MeasureTask, own: Metric | undefined): unknown {
  switch (what) {
    case 'holdout':
      return evaluateHoldout(of, own);
    case 'value':
      return metricFor({ ...of.name, own }).compute(of.input);
    case 'ratio':
      return lossRatio({ ...of.name, own }, of.pair);
    case 'comparison':
      return compareLosses({ ...of.name, own }, of.pair);
    case 'estimate':
      return estimateLossOf(of.spec, of.reference, of.rows, of.confidence);
    case 'drift':
      return measureDrift(of);
    case 'profile':
      return profileOf(of.spec, of.table);
  }
}
