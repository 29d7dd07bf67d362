import type { ModelSpec, TriggerSpec } from '../domain/spec/spec.js';
import type { Table } from '../engines/features/table.js';
import { adjust, compareToProfile, type ColumnProfile, type TestResult } from '../stats/index.js';
import type { DriftMeasured } from './watch-activities.js';

/** PSI above which a feature drifted, when the trigger names none. */
const PSI_THRESHOLD = 0.2;
/** Corrected p-value below which a feature drifted, when the trigger names none. */
const KS_LEVEL = 0.01;
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
 * Drift per feature. `psi`: an effect size, so no correction. `ks`: Kolmogorov–Smirnov for numbers, χ² for categories, with Holm's
 * correction over the features, so that the asked level bounds the chance of any false alarm.
 */
export function measureDrift({ spec, trigger, current, profile }: DriftRequest): DriftMeasured[] {
  const names = Object.keys(spec.features);
  const results = names.map((name) => testOf(name, { spec, trigger, current, profile }));
  if (trigger.test === 'psi') {
    const limit = trigger.threshold ?? PSI_THRESHOLD;
    return results.map((result, i) => measured(names[i] ?? '', result, (test) => test.statistic > limit));
  }
  const corrected = adjust(
    results.map((result) => (result.kind === 'value' ? result.pValue : null)),
    'holm',
  );
  const level = trigger.threshold ?? KS_LEVEL;
  return results.map((result, i) => measured(names[i] ?? '', result, () => (corrected[i] ?? 1) < level));
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
