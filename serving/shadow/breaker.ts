/**
 * Keeps a failing shadow from costing anything. closed → (failures in a row) → open → (rest over) → one trial: a success
 * closes it, a failure opens it for twice as long, up to a limit. While open, work is dropped without being tried.
 */
export interface Breaker {
  /** May this be tried now? While half open, true once per rest. */
  admits(): boolean;
  succeeded(): void;
  failed(): void;
  state(): 'closed' | 'open';
}

/** When a breaker opens and how long it rests. */
export interface BreakerOptions {
  /** Failures in a row that open it. @default 3 */
  readonly failures?: number;
  /** First rest. @format milliseconds @default 30000 */
  readonly restMs?: number;
  /** Longest rest. @format milliseconds @default 600000 */
  readonly longestRestMs?: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** A closed breaker. */
export function createBreaker(options: BreakerOptions): Breaker {
  const { failures = 3, restMs = 30_000, longestRestMs = 600_000, now } = options;
  let inARow = 0;
  let rest = restMs;
  let openUntil: number | undefined;
  return {
    admits: () => {
      if (openUntil === undefined) return true;
      if (now() < openUntil) return false;
      openUntil = now() + rest; // the trial; others wait for its outcome
      return true;
    },
    succeeded: () => {
      inARow = 0;
      rest = restMs;
      openUntil = undefined;
    },
    failed: () => {
      inARow += 1;
      if (openUntil !== undefined) rest = Math.min(rest * 2, longestRestMs);
      if (openUntil !== undefined || inARow >= failures) openUntil = now() + rest;
    },
    state: () => (openUntil === undefined ? 'closed' : 'open'),
  };
}
