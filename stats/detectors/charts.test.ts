import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { detect } from './table.js';

const normals = (n: number, seed: number): Float64Array => {
  const random = createRandom(seed);
  return Float64Array.from({ length: n }, () => random.normal());
};

/** A second, plain implementation of both charts with a known baseline of mean 0 and sd 1, first alarm only. */
function plainCusum(values: Float64Array, k: number, h: number): number {
  const up: number[] = [0];
  const down: number[] = [0];
  return values.findIndex((z) => {
    up.push(Math.max(0, (up.at(-1) ?? 0) + z - k));
    down.push(Math.max(0, (down.at(-1) ?? 0) - z - k));
    return (up.at(-1) ?? 0) > h || (down.at(-1) ?? 0) > h;
  });
}
function plainEwma(values: Float64Array, lambda: number, limit: number): number {
  const past: number[] = [];
  return values.findIndex((z) => {
    past.unshift(z);
    const weights = past.map((_, age) => lambda * (1 - lambda) ** age);
    const mean = past.reduce((all, v, age) => all + v * (weights[age] ?? 0), 0);
    return Math.abs(mean) > limit * Math.sqrt(weights.reduce((all, w) => all + w * w, 0));
  });
}

/** Warm-up values with mean 0 and standard deviation 1 exactly, so that the learnt baseline is the known one. */
function warmUp(n: number): Float64Array {
  const side = Math.sqrt((n - 1) / n);
  return Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? side : -side));
}

describe('control charts', () => {
  it('alarm where a second implementation does', () => {
    let compared = 0;
    for (let seed = 0; seed < 40; seed++) {
      const noise = normals(400, seed).map((v, i) => v + (i >= 200 ? 0.5 : 0));
      const stream = Float64Array.from([...warmUp(50), ...noise]);
      const cusum = plainCusum(noise, 0.5, 5);
      const ewma = plainEwma(noise, 0.2, 3);
      expect((detect(stream, 'cusum', { warm_start: 50, h: 5 }).alarms[0] ?? 49) - 50).toBe(cusum);
      const chart = detect(stream, 'ewma', {
        warm_start: 50,
        lambda_val: 0.2,
        drift_threshold: 3,
        warning_threshold: 2,
      });
      expect((chart.alarms[0] ?? 49) - 50).toBe(ewma);
      if (cusum >= 0 && ewma >= 0) compared++;
    }
    expect(compared).toBeGreaterThan(20);
  });

  it('have the average run lengths of theory', () => {
    // Two-sided CUSUM k ½, h 5: ARL 465 without change; EWMA λ 0.1, L 2.7: 370 with steady limits (Lucas & Saccucci 1990), 361 with exact ones.
    const runs = { cusum: 0, ewma: 0 };
    const streams = 400;
    for (let seed = 0; seed < streams; seed++) {
      const stream = Float64Array.from([...warmUp(50), ...normals(6000, 1000 + seed)]);
      runs.cusum += ((detect(stream, 'cusum', { warm_start: 50, h: 5 }).alarms[0] ?? 6050) - 49) / streams;
      runs.ewma +=
        ((detect(stream, 'ewma', { warm_start: 50, lambda_val: 0.1, drift_threshold: 2.7 }).alarms[0] ??
          6050) -
          49) /
        streams;
    }
    expect(Math.abs(runs.cusum - 465)).toBeLessThan(75);
    expect(Math.abs(runs.ewma - 361)).toBeLessThan(60);
  });
});
