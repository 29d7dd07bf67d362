import { type Absent, absent } from '../outcome.js';

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

/** A test's answer, or a named absence where values near the end of the number range made it overflow. */
export function finiteResult(result: TestValue): TestResult {
  const numbers = [result.statistic, result.pValue ?? 0, ...Object.values(result.details ?? {})];
  return numbers.every(Number.isFinite)
    ? result
    : absent('these values are so large that the computation overflows');
}
