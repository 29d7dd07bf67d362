import type { Comparison, Evaluation } from '../domain/verdict.js';
import { createThreadPool } from '../engines/threads/thread-pool.js';
import type { ThreadOptions } from '../engines/threads/thread-pool.js';
import type { Absent, Interval } from '../stats/index.js';
import type { DriftRequest } from './drift.js';
import type { EstimatedLoss } from './estimate-loss.js';
import type { HoldoutRows } from './evaluate-holdout.js';
import type { EstimateRequest, MeasureTask, PairRequest } from './measure-thread.js';
import type { ReferenceProfile } from './reference-profile.js';
import type { DriftMeasured } from './watch-activities.js';

/**
 * What is measured of rows, in a thread: a bootstrap of a ranking metric over 200,000 rows takes a minute, in which the main thread
 * could neither heartbeat nor hear of a cancellation.
 */
export interface Measures {
  /** Candidate, champion and trivial baseline on the holdout. */
  holdout(rows: HoldoutRows): Promise<Evaluation>;
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

/** Measurements that end with their thread, at once, when `signal` aborts, and as `out-of-memory` beyond `memoryMb`. */
export function measuresIn(options: Pick<ThreadOptions, 'signal' | 'memoryMb'>): Measures {
  const run = <T>(task: MeasureTask): Promise<T> => threads.run<T>(task, options);
  return {
    holdout: ({ holdout, ...rows }) => run({ what: 'holdout', of: { ...rows, holdout: lean(holdout) } }),
    ratio: (of) => run({ what: 'ratio', of }),
    comparison: (of) => run({ what: 'comparison', of }),
    estimate: (of) => run({ what: 'estimate', of }),
    drift: (of) => run({ what: 'drift', of }),
    profile: (of) => run({ what: 'profile', of }),
  };
}

/** Without what no metric reads: it would be copied to the thread. */
const lean = (holdout: HoldoutRows['holdout']): HoldoutRows['holdout'] => ({
  ...holdout,
  keys: [],
  numbers: {},
});
