import type { Absent } from '../outcome.js';

/** What a two-sample test or distance answers. */
export interface TestValue {
  readonly kind: 'value';
  readonly statistic: number;
  /** Chance of a statistic at least so extreme when both samples come from one distribution; null for a distance. */
  readonly pValue: number | null;
  /** Further numbers of the method (degrees of freedom, location, …), all finite. */
  readonly details?: Readonly<Record<string, number>>;
}

/** A test's answer or the named reason why there is none. */
export type TestResult = TestValue | Absent;
