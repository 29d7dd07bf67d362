import { instant } from '../domain/references.js';

/**
 * When workers last asked this process for its status or told it what to obey. Serving calls neither Temporal nor a worker: when both are
 * down, this instant grows old and nothing else changes.
 */
export interface Heard {
  note(): void;
  /** An instant of the machine's clock; null: not since the start. */
  last(): string | null;
}

/** Nothing heard yet. */
export function createHeard(now: () => number = Date.now): Heard {
  let last: string | null = null;
  return { note: () => (last = instant(now())), last: () => last };
}
