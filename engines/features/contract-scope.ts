import { epoch } from '../../domain/references.js';
import type { WindowPlan } from '../../domain/source.js';
import type { ModelSpec } from '../../domain/spec/spec.js';
import type { Candidates } from './candidates.js';
import type { Duck } from './duck.js';

/** What every check looks at. `where` selects the rows of the window that are visible at as-of. */
export interface ContractScope {
  readonly duck: Duck;
  readonly spec: ModelSpec;
  readonly plan: WindowPlan;
  readonly candidates: Candidates;
  readonly where: string;
  readonly rows: number;
}

/** The instant before which a source counts as stale: half-way through the holdout. */
export function freshFrom(plan: WindowPlan): number {
  return (epoch(plan.holdout.from) + epoch(plan.holdout.to)) / 2;
}
