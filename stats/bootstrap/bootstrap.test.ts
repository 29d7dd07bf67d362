import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metricOf } from '../metrics/table.js';
import { mean } from '../numeric/sums.js';
import { createRandom } from '../random.js';
import { bootstrapInterval } from './interval.js';
import { ratioLowerBound } from './mover.js';
import { meanInterval, pairedRelativeDifference, ratioOfMeans } from './means.js';

/** AR(1) noise around 1, positive in practice. */
function autocorrelated(n: number, rho: number, seed: number): Float64Array {
  const random = createRandom(seed);
  let state = random.normal();
  return Float64Array.from({ length: n }, () => {
    state = rho * state + Math.sqrt(1 - rho * rho) * random.normal();
    return 5 + state;
  });
}

describe('block bootstrap', () => {
  it('gives the same interval for the same seed', () => {
    const values = autocorrelated(300, 0.5, 1);
    expect(meanInterval(values, { seed: 3 })).toEqual(meanInterval(values, { seed: 3 }));
    expect(meanInterval(values, { seed: 3 })).not.toEqual(meanInterval(values, { seed: 4 }));
  });

  it('equals the general bootstrap on a mean', () => {
    const values = autocorrelated(200, 0.5, 2);
    const fast = meanInterval(values, { blockLength: 7, seed: 9, resamples: 200 });
    const slow = bootstrapInterval({
      n: 200,
      blockLength: 7,
      seed: 9,
      resamples: 200,
      statistic: (rows) => mean(Float64Array.from(rows, (i) => values[i] ?? 0)),
    });
    if (fast.kind === 'absent' || slow.kind === 'absent') throw new Error('no interval');
    expect(fast.lower).toBeCloseTo(slow.lower, 10);
    expect(fast.upper).toBeCloseTo(slow.upper, 10);
  });

  it('covers the true mean of autocorrelated rows about as often as asked', () => {
    let covered = 0;
    const runs = 300;
    for (let run = 0; run < runs; run++) {
      const interval = meanInterval(autocorrelated(480, 0.7, 100 + run), {
        blockLength: 24,
        resamples: 300,
        seed: run,
      });
      if (interval.kind === 'value' && interval.lower <= 5) covered++;
    }
    expect(covered / runs).toBeGreaterThan(0.91);
    expect(covered / runs).toBeLessThan(0.985);
  });

  it('covers far too rarely with blocks of one row on the same data', () => {
    let covered = 0;
    for (let run = 0; run < 200; run++) {
      const interval = meanInterval(autocorrelated(480, 0.7, 100 + run), {
        blockLength: 1,
        resamples: 200,
        seed: run,
      });
      if (interval.kind === 'value' && interval.lower <= 5) covered++;
    }
    expect(covered / 200).toBeLessThan(0.85);
  });

  it('finds a candidate better on paired rows', () => {
    const champion = autocorrelated(336, 0.8, 5);
    const candidate = champion.map((v) => v * 0.9);
    const difference = pairedRelativeDifference({ candidate, champion, blockLength: 24, seed: 1 });
    if (difference.kind === 'absent') throw new Error(difference.reason);
    expect(difference.estimate).toBeCloseTo(-0.1, 12);
    expect(difference.upper).toBeCloseTo(-0.1, 9);
  });

  it('relates two losses, also through a root', () => {
    const denominator = autocorrelated(400, 0.3, 6);
    const ratio = ratioOfMeans({
      numerator: denominator.map((v) => 4 * v),
      denominator,
      link: 'root',
      seed: 2,
    });
    if (ratio.kind === 'absent') throw new Error(ratio.reason);
    expect(ratio.estimate).toBeCloseTo(2, 12);
    expect(ratio.lower).toBeLessThanOrEqual(ratio.upper);
  });

  it('names the absence of a denominator, of rows and of blocks', () => {
    const zero = new Float64Array(50);
    expect(ratioOfMeans({ numerator: zero.map(() => 1), denominator: zero })).toEqual({
      kind: 'absent',
      reason: 'the mean of the denominator is zero',
    });
    expect(pairedRelativeDifference({ candidate: [1, 2], champion: [1, 2], blockLength: 24 })).toEqual({
      kind: 'absent',
      reason: '2 rows hold fewer than two blocks of 24',
    });
    expect(meanInterval([])).toEqual({ kind: 'absent', reason: 'there are no rows' });
    expect(() => pairedRelativeDifference({ candidate: [1], champion: [1, 2] })).toThrow('cannot be paired');
    expect(() => meanInterval([1, 2, 3, 4], { confidence: 95 })).toThrow('Confidence 95');
  });

  it('gives intervals of rank metrics and leaves out resamples of one class', () => {
    const random = createRandom(8);
    const labels = Float64Array.from({ length: 200 }, () => (random.next() < 0.5 ? 1 : 0));
    const scores = labels.map((y) => y * 0.5 + random.next());
    const auc = metricOf('binary', 'roc_auc');
    const at = (column: Float64Array, rows: Uint32Array) => Float64Array.from(rows, (i) => column[i] ?? 0);
    const interval = bootstrapInterval({
      n: 200,
      resamples: 100,
      blockLength: 1,
      statistic: (rows) => {
        const outcome = auc.compute({ labels: at(labels, rows), scores: at(scores, rows) });
        return outcome.kind === 'value' ? outcome.value : undefined;
      },
    });
    if (interval.kind === 'absent') throw new Error(interval.reason);
    expect(interval.lower).toBeLessThan(interval.estimate);
    expect(interval.upper).toBeGreaterThan(interval.estimate);
  });

  it('answers ordered finite bounds or a reason for any losses', () => {
    const losses = fc.array(fc.tuple(fc.double(), fc.double()), { maxLength: 30 });
    fc.assert(
      fc.property(losses, fc.integer({ min: 1, max: 5 }), (pairs, blockLength) => {
        const interval = pairedRelativeDifference({
          candidate: pairs.map(([a]) => a),
          champion: pairs.map(([, b]) => b),
          blockLength,
          resamples: 20,
        });
        if (interval.kind === 'value') expect(interval.lower <= interval.upper).toBe(true);
        else expect(interval.reason).not.toBe('');
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('the lower bound of a ratio of two estimates', () => {
  it('is the bound of the one above when the one below is exact', () => {
    const exact = { estimate: 2, bound: 2, confidence: 0.9 };
    expect(ratioLowerBound({ estimate: 1, bound: 0.8, confidence: 0.9 }, exact, 0.9)).toBeCloseTo(0.4, 12);
  });

  it('adds the noise of both like variances, and scales a bound of another confidence', () => {
    const above = { estimate: 1, bound: Math.exp(-0.3), confidence: 0.8 };
    const below = { estimate: 1, bound: Math.exp(0.4), confidence: 0.8 };
    expect(ratioLowerBound(above, below, 0.8)).toBeCloseTo(Math.exp(-0.5), 12);
    const strict = { estimate: 1, bound: Math.exp(0.4 * (1.6448536 / 0.8416212)), confidence: 0.95 };
    expect(ratioLowerBound(above, strict, 0.8)).toBeCloseTo(Math.exp(-0.5), 6);
  });

  it('is zero where nothing bounds the one above, and never above the estimate', () => {
    const one = { estimate: 1, bound: 1, confidence: 0.8 };
    expect(ratioLowerBound({ ...one, bound: -0.2 }, one, 0.8)).toBe(0);
    expect(ratioLowerBound({ ...one, bound: 1.3 }, { ...one, bound: 0.9 }, 0.8)).toBe(1);
  });

  it('covers the true ratio about as often as asked, when both sides are few blocks', () => {
    let covered = 0;
    const runs = 400;
    for (let run = 0; run < runs; run++) {
      const options = { blockLength: 24, resamples: 200, confidence: 0.8, seed: run };
      const a = meanInterval(autocorrelated(168, 0.7, 2000 + run), options);
      const b = meanInterval(autocorrelated(168, 0.7, 7000 + run), { ...options, confidence: 0.95 });
      if (a.kind === 'absent' || b.kind === 'absent') throw new Error('no interval');
      const above = { ...a, bound: a.lower };
      const below = { ...b, bound: b.upper };
      if (ratioLowerBound(above, below, 0.8) <= 1) covered++;
    }
    expect(covered / runs).toBeGreaterThan(0.75);
    expect(covered / runs).toBeLessThan(0.87);
  });
});
