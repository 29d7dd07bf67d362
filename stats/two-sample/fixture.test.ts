import { describe, expect, it } from 'vitest';
import { type ColumnRows, dataFile, readColumnRows } from '../fixtures/columns.js';
import { readFixture } from '../fixtures/read.js';
import { andersonDarling } from './anderson-darling.js';
import { inEqualWidths, inReferenceQuantiles } from './bins.js';
import { chiSquare, fisher, gTest, twoProportionZ } from './contingency.js';
import { cramerVonMises } from './cramer-von-mises.js';
import {
  type CountPair,
  hellinger,
  jsDistance,
  jsDivergence,
  kullbackLeibler,
  lInfinity,
  psi,
  totalVariation,
} from './distances.js';
import { eppsSingleton } from './epps-singleton.js';
import { ks } from './ks.js';
import { mannWhitney, welchT } from './location.js';
import { momentsOf, sampleOf } from './sample.js';
import { energy, wasserstein, wassersteinNormed } from './transport.js';
import type { TestResult } from './types.js';

type Expected = Record<string, number | string | Record<string, unknown>>;
interface Fixture {
  numeric: {
    name: string;
    values?: { ref: (number | null)[]; cur: (number | null)[] };
    ref: ColumnRows;
    cur: ColumnRows;
    expected: Expected;
  }[];
  categorical: {
    name: string;
    expected: Expected & { categories: Record<string, [number, number]>; distances: Record<string, number> };
  }[];
}
const fixture = readFixture<Fixture>('two-sample');

const numericTests: Record<string, (x: (number | null)[], y: (number | null)[]) => TestResult> = {
  ks_asymp: (x, y) => ks(x, y, { method: 'asymptotic' }),
  // SciPy's own choice: exact up to 10,000 rows.
  ks_auto: (x, y) => ks(x, y, { method: Math.max(x.length, y.length) > 10_000 ? 'asymptotic' : 'exact' }),
  ks_exact: (x, y) => ks(x, y, { method: 'exact' }),
  ks_greater_asymp: (x, y) => ks(x, y, { alternative: 'greater' }),
  cvm_asymptotic: (x, y) => cramerVonMises(x, y, { method: 'asymptotic' }),
  cvm_exact: (x, y) => cramerVonMises(x, y, { method: 'exact' }),
  anderson_ksamp_midrank: andersonDarling,
  mannwhitneyu_asymptotic: (x, y) => mannWhitney(x, y, { method: 'asymptotic' }),
  mannwhitneyu_exact: (x, y) => mannWhitney(x, y, { method: 'exact' }),
  ttest_welch: welchT,
  epps_singleton: eppsSingleton,
  wasserstein,
  wasserstein_over_ref_sd: wassersteinNormed,
  energy_distance: energy,
};

const distances: Record<string, (counts: CountPair) => TestResult> = {
  psi_eps: (c) => psi(c),
  psi_half: (c) => psi(c, 'half'),
  kl_cur_ref_eps: (c) => kullbackLeibler(c),
  kl_ref_cur_eps: (c) => kullbackLeibler({ reference: c.current, current: c.reference }),
  kl_cur_ref_half: (c) => kullbackLeibler(c, 'half'),
  kl_ref_cur_half: (c) => kullbackLeibler({ reference: c.current, current: c.reference }, 'half'),
  js_distance_base2: (c) => jsDistance(c),
  js_divergence_base2: (c) => jsDivergence(c),
  hellinger,
  total_variation: totalVariation,
  l_infinity: lInfinity,
};

const close = (ours: number, theirs: number, label: string): void =>
  expect(Math.abs(ours - theirs), `${label}: ${ours} against ${theirs}`).toBeLessThanOrEqual(
    1e-9 * Math.max(1, Math.abs(theirs)),
  );

/** p-values to 1e-9; tiny ones on a log scale, and those of Cramér–von Mises below 1e-6 as "small", because SciPy's are noise there. */
function closeP(ours: number | null, theirs: number, label: string): void {
  const p = ours ?? Number.NaN;
  if (label.includes('cvm') && theirs < 2e-6) expect(p, label).toBeLessThan(2e-6);
  else if (theirs < 1e-12)
    expect(
      Math.abs(Math.log(p + 1e-300) - Math.log(theirs + 1e-300)),
      `${label}: ${p} against ${theirs}`,
    ).toBeLessThan(1e-6);
  else {
    // 1 − (a sum near 1) leaves SciPy's Cramér–von Mises p with an absolute error of some 1e-12.
    const noise = label.includes('cvm') ? 1e-11 : 0;
    expect(Math.abs(p - theirs), `${label}: ${p} against ${theirs}`).toBeLessThanOrEqual(
      1e-9 * Math.max(theirs, 1e-3) + noise,
    );
  }
}

function compare(label: string, ours: TestResult, theirs: number | string | Record<string, unknown>): void {
  const statistic = typeof theirs === 'object' ? theirs['statistic'] : theirs;
  if (typeof statistic !== 'number') {
    expect(ours.kind, label).toBe('absent');
    return;
  }
  if (ours.kind === 'absent') throw new Error(`${label} is absent: ${ours.reason}`);
  // √(1 − Σ√pq) turns a rounding error of 1e-16 into 1e-8; ours does not cancel, so the squares are compared.
  if (label.endsWith('hellinger')) close(ours.statistic ** 2, statistic ** 2, label);
  else close(ours.statistic, statistic, label);
  if (typeof theirs !== 'object') return;
  closeP(ours.pValue, Number(theirs['pvalue']), `${label} p`);
  if ('df' in theirs) close(ours.details?.['dof'] ?? 0, Number(theirs['df']), `${label} df`);
  if ('dof' in theirs) expect(ours.details?.['dof']).toBe(theirs['dof']);
  if ('min_expected' in theirs)
    close(ours.details?.['minExpected'] ?? 0, Number(theirs['min_expected']), label);
  if ('statistic_location' in theirs)
    expect(ours.details?.['location'], label).toBe(theirs['statistic_location']);
  if ('statistic_sign' in theirs) expect(ours.details?.['sign'], label).toBe(theirs['statistic_sign']);
}

// What describes the samples and their bins; compared apart from the tests.
const described = new Set(
  'n_ref n_cur mean_ref mean_cur sd_ref_ddof1 sd_cur_ddof1 has_ties binned'.split(' '),
);

// Both samples are constant: SciPy divides rounding noise by rounding noise (1.1e32); ours says that neither varies.
const onPurpose = new Set(['bike_constant_different/epps_singleton']);

/** Pairs whose values are here: some are from files that may not be distributed, and `PERENNIAL_DATA` names their folder. */
const pairs = fixture.numeric.filter(
  ({ values, ref, cur }) =>
    values !== undefined || (dataFile(ref.file) !== undefined && dataFile(cur.file) !== undefined),
);

/** The pair's values: from the file of answers, or from the files that it names. */
async function valuesOf({ values, ref, cur }: Fixture['numeric'][number]) {
  if (values) return values;
  const [x, y] = [dataFile(ref.file), dataFile(cur.file)];
  if (x === undefined || y === undefined) throw new Error(`${ref.file} is not here`);
  return { ref: await readColumnRows(x, ref), cur: await readColumnRows(y, cur) };
}

describe('two-sample tests equal SciPy', () => {
  it.for(pairs)('on numbers: $name', async (pair) => {
    const values = await valuesOf(pair);
    const { name, expected } = pair;
    for (const [key, test] of Object.entries(numericTests)) {
      const theirs = expected[key];
      if (theirs === undefined) continue;
      const ours = test(values.ref, values.cur);
      if (onPurpose.has(`${name}/${key}`)) expect(ours.kind).toBe('absent');
      else compare(key, ours, theirs);
    }
    const unknown = Object.keys(expected).filter((key) => !(key in numericTests) && !described.has(key));
    expect(unknown).toEqual([]);
    for (const side of ['ref', 'cur'] as const) {
      const { sorted } = sampleOf(values[side]);
      expect(sorted.length).toBe(expected[`n_${side}`]);
      const { mean, variance } = momentsOf(sorted);
      close(mean, Number(expected[`mean_${side}`]), `mean of ${side}`);
      const sd = Math.sqrt((variance * sorted.length) / (sorted.length - 1));
      close(sd, Number(expected[`sd_${side}_ddof1`]), `standard deviation of ${side}`);
    }
  });

  it.for(pairs)('on bins: $name', async (pair) => {
    const values = await valuesOf(pair);
    const binned = pair.expected['binned'] as Record<
      string,
      Record<string, number | string> & { ref_counts: number[]; cur_counts: number[] }
    >;
    const x = sampleOf(values.ref).sorted;
    const y = sampleOf(values.cur).sorted;
    const counted = {
      ref_deciles_open: inReferenceQuantiles(x, y),
      pooled_equal_width_10: inEqualWidths(x, y),
    };
    for (const [kind, counts] of Object.entries(counted)) {
      const theirs = binned[kind];
      if (!theirs) throw new Error(`no ${kind}`);
      expect(Array.from(counts.reference), kind).toEqual(theirs.ref_counts);
      expect(Array.from(counts.current), kind).toEqual(theirs.cur_counts);
      for (const [key, distance] of Object.entries(distances))
        compare(`${kind}/${key}`, distance(counts), theirs[key] ?? 'missing');
    }
  });

  it.each(fixture.categorical)('on categories: $name', ({ expected }) => {
    const columns = Object.values(expected.categories);
    const counts = { reference: columns.map(([a]) => a), current: columns.map(([, b]) => b) };
    const tests: Record<string, () => TestResult> = {
      chi2: () => chiSquare(counts),
      chi2_yates: () => chiSquare(counts, { yates: true }),
      g_test: () => gTest(counts),
      two_proportion_z: () => twoProportionZ(counts),
    };
    for (const [key, test] of Object.entries(tests)) {
      const theirs = expected[key];
      if (theirs !== undefined) compare(key, test(), theirs);
    }
    const cramersV = expected['cramers_v'];
    if (typeof cramersV === 'number') {
      const chi2 = chiSquare(counts);
      close(chi2.kind === 'value' ? (chi2.details?.['cramersV'] ?? NaN) : NaN, cramersV, 'cramers_v');
    }
    const exact = expected['fisher_exact'];
    if (typeof exact === 'object') {
      const ours = fisher(counts);
      if (ours.kind === 'absent') throw new Error(ours.reason);
      closeP(ours.pValue, Number(exact['pvalue']), 'fisher p');
      if (exact['statistic'] === 'Infinity') expect(ours.details?.['oddsInfinite']).toBe(1);
      else close(ours.statistic, Number(exact['statistic']), 'odds ratio');
    }
    for (const [key, distance] of Object.entries(distances))
      compare(key, distance(counts), expected.distances[key] ?? 'missing');
  });
});
