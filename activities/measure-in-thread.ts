import type { ModelSpec } from '../domain/spec/spec.js';
import type { Comparison, Evaluation } from '../domain/verdict.js';
import { createThreadPool, type ThreadOptions } from '../engines/threads/thread-pool.js';
import { lossOf, type Absent, type Interval, type Outcome } from '../stats/index.js';
import { measureDrift, type DriftRequest } from './drift.js';
import type { EstimatedLoss } from './estimate-loss.js';
import { evaluateHoldout, type HoldoutRows } from './evaluate-holdout.js';
import type { EstimateRequest, MeasureTask, PairRequest, ValueRequest } from './measure-thread.js';
import { compareLosses, lossRatio, metricFor, type MetricName } from './metric-rows.js';
import { profileOf, type ReferenceProfile } from './reference-profile.js';
import type { DriftMeasured } from './watch-activities.js';

/**
 * What is measured of rows, in a thread: a bootstrap of a ranking metric over 200,000 rows takes a minute, in which the main thread
 * could neither heartbeat nor hear of a cancellation.
 */
export interface Measures {
  /** Candidate, champion and trivial baseline on the holdout. */
  holdout(rows: HoldoutRows): Promise<Evaluation>;
  /** The task's metric. */
  value(request: ValueRequest): Promise<Outcome>;
  /** loss(model) / loss(against); null when it does not exist. */
  ratio(request: PairRequest): Promise<Interval | null>;
  /** Their relative difference; null when it does not exist. */
  comparison(request: PairRequest): Promise<Comparison | null>;
  /** The loss of rows without labels. */
  estimate(request: EstimateRequest): Promise<EstimatedLoss | Absent>;
  drift(request: DriftRequest): Promise<DriftMeasured[]>;
  /** Reference profile of a training block. */
  profile(request: Extract<MeasureTask, { what: 'profile' }>['of']): Promise<ReferenceProfile>;
}

const threads = createThreadPool<MeasureTask>('measure-thread', import.meta.url);

/** Rows whose bootstrap takes a few hundredths of a second, less than the start of a thread: of a mean over rows, and of a ranking. */
const FEW_ROWS = { mean: 2000, ranking: 100 };
/** Likewise for what is read once. */
const FEW_CELLS = 50_000;

/**
 * Measurements that end with their thread, at once, when `signal` aborts, and as `out-of-memory` beyond `memoryMb`. Few rows are
 * measured right here.
 */
export function measuresIn(options: Pick<ThreadOptions, 'signal' | 'memoryMb'>): Measures {
  const inThread = <T>(task: MeasureTask): Promise<T> => threads.run<T>(task, options);
  return {
    holdout: async (rows) => {
      const { kind: task, metric } = rows.spec.task;
      if (isShort({ task, metric }, rows.holdout.rows)) return evaluateHoldout(rows);
      return inThread({ what: 'holdout', of: { ...rows, holdout: lean(rows.holdout) } });
    },
    value: async (of) => metricFor(of.name).compute(of.input),
    ratio: async (of) =>
      isShort(of.name, of.pair.model.labels.length)
        ? lossRatio(of.name, of.pair)
        : inThread({ what: 'ratio', of }),
    comparison: async (of) =>
      isShort(of.name, of.pair.model.labels.length)
        ? compareLosses(of.name, of.pair)
        : inThread({ what: 'comparison', of }),
    estimate: (of) => inThread({ what: 'estimate', of }),
    drift: async (of) =>
      cells(of.current, of.spec) <= FEW_CELLS ? measureDrift(of) : inThread({ what: 'drift', of }),
    profile: async (of) =>
      cells(of.table, of.spec) <= FEW_CELLS
        ? profileOf(of.spec, of.table)
        : inThread({ what: 'profile', of }),
  };
}

const isShort = ({ task, metric }: MetricName, rows: number): boolean =>
  rows <= (lossOf(task, metric) === undefined ? FEW_ROWS.ranking : FEW_ROWS.mean);
const cells = ({ rows }: { readonly rows: number }, { features }: ModelSpec): number =>
  rows * Object.keys(features).length;

/** Without what no metric reads: it would be copied to the thread. */
const lean = (holdout: HoldoutRows['holdout']): HoldoutRows['holdout'] => ({
  ...holdout,
  keys: [],
  numbers: {},
});
