import type { ModelSpec, TriggerSpec } from '../domain/spec/spec.js';
import type { Table } from '../engines/features/table.js';
import { adjust, compareToProfile, type ColumnProfile, type TestResult } from '../stats/index.js';
import type { DriftMeasured } from './watch-activities.js';

/** PSI above which a feature drifted, when the trigger names none. */
const PSI_THRESHOLD = 0.2;
/** Corrected p-value below which a feature surely changed, when the trigger names none. */
const LEVEL = 0.01;
/** Requests below which nothing is said about drift. */
const MIN_ROWS = 50;

/** One drift trigger on one window of requests. */
export interface DriftRequest {
  readonly spec: ModelSpec;
  readonly trigger: Extract<TriggerSpec, { kind: 'data-drift' }>;
  readonly current: Pick<Table, 'rows' | 'numbers' | 'categories'>;
  readonly profile: { readonly features: Readonly<Record<string, ColumnProfile>> };
}

/**
 * Drift per feature. `ks`: Kolmogorov–Smirnov for numbers, χ² for categories, with Holm's correction over the features, so that the
 * asked level bounds the chance of any false alarm. `psi`: an effect above the threshold that χ² on the same bins finds sure, so
 * corrected, at 0.01: PSI alone is large by chance where a few days stand against many. All p-values allow for rows that depend
 * on their neighbours, as the version's training rows did.
 */
export function measureDrift({ spec, trigger, current, profile }: DriftRequest): DriftMeasured[] {
  const names = Object.keys(spec.features);
  const results = names.map((name) => testOf(name, { spec, trigger, current, profile }));
  const corrected = adjust(
    results.map((result) => (result.kind === 'value' ? result.pValue : null)),
    'holm',
  );
  const psi = trigger.test === 'psi';
  const level = psi ? LEVEL : (trigger.threshold ?? LEVEL);
  const least = psi ? (trigger.threshold ?? PSI_THRESHOLD) : -Infinity;
  return results.map((result, i) =>
    measured(names[i] ?? '', result, (test) => test.statistic > least && (corrected[i] ?? 1) < level),
  );
}

function testOf(name: string, { spec, trigger, current, profile }: DriftRequest): TestResult {
  const reference = profile.features[name];
  if (reference === undefined) return { kind: 'absent', reason: 'the version has no profile of it' };
  if (current.rows < MIN_ROWS)
    return { kind: 'absent', reason: `${current.rows} requests, needs ${MIN_ROWS}` };
  const numeric = spec.features[name]?.type === 'number';
  const comparison =
    reference.kind === 'numeric'
      ? compareToProfile(reference, current.numbers[name] ?? new Float64Array())
      : compareToProfile(reference, current.categories[name] ?? []);
  const wanted = trigger.test === 'psi' ? 'psi' : numeric ? 'ks' : 'chi2';
  return (
    comparison.tests.find((test) => test.name === wanted) ?? { kind: 'absent', reason: `no ${wanted} for it` }
  );
}

function measured(
  feature: string,
  result: TestResult,
  drifted: (test: Extract<TestResult, { kind: 'value' }>) => boolean,
): DriftMeasured {
  if (result.kind === 'absent') return { feature, statistic: null, drifted: false, absent: result.reason };
  return { feature, statistic: result.statistic, drifted: drifted(result) };
}
