import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { discriminative } from './discriminative.js';
import { pcaReconstruction } from './pca.js';

/** Rows of three correlated columns. */
function rowsOf(n: number, seed: number, { shift = 0, link = 0.8 } = {}): number[][] {
  const random = createRandom(seed);
  return Array.from({ length: n }, () => {
    const a = random.normal();
    const b = link * a + Math.sqrt(1 - link * link) * random.normal();
    return [a + shift, b, 0.5 * a + 0.5 * b + random.normal()];
  });
}
const columnsOf = (rows: number[][]): Float64Array[] =>
  (rows[0] ?? []).map((_, c) => Float64Array.from(rows, (row) => row[c] ?? 0));
const meanOf = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Each column centred and scaled as it is in `by`. */
function standardised(rows: number[][], by: number[][]): number[][] {
  const centre = columnsOf(by).map((column) => meanOf([...column]));
  const scale = columnsOf(by).map((column, c) =>
    Math.sqrt(meanOf([...column].map((v) => (v - (centre[c] ?? 0)) ** 2))),
  );
  return rows.map((row) => row.map((v, c) => (v - (centre[c] ?? 0)) / (scale[c] ?? 1)));
}

/** Logistic regression by plain gradient descent, ridge of 1 on all but the intercept. */
function descend(rows: number[][], labels: number[]): number[] {
  const width = (rows[0]?.length ?? 0) + 1;
  const model = new Array<number>(width).fill(0);
  for (let round = 0; round < 20_000; round++) {
    const gradient = model.map((v, k) => (k === 0 ? 0 : -v));
    rows.forEach((row, i) => {
      const error = (labels[i] ?? 0) - chance(model, row);
      [1, ...row].forEach((v, k) => (gradient[k] = (gradient[k] ?? 0) + error * v));
    });
    gradient.forEach((g, k) => (model[k] = (model[k] ?? 0) + 0.01 * g));
  }
  return model;
}
const chance = (model: number[], row: number[]): number =>
  1 / (1 + Math.exp(-[1, ...row].reduce((sum, v, k) => sum + v * (model[k] ?? 0), 0)));

describe('the discriminative test', () => {
  it('is what gradient descent and counting of pairs give', () => {
    const [reference, current] = [rowsOf(40, 1), rowsOf(30, 2, { shift: 0.7 })];
    const both = [...reference, ...current];
    const wide = standardised(both, both).map((row) => {
      const cut = row.map((v) => Math.min(6, Math.max(-6, v)));
      return [...cut, ...cut.map((v) => v * v - 1)];
    });
    const labels = both.map((_, i) => (i < 40 ? 0 : 1));
    const random = createRandom(3);
    const fold = new Array<number>(70).fill(0);
    random.permutation(40).forEach((row, i) => (fold[row] = i % 5));
    random.permutation(30).forEach((row, i) => (fold[40 + row] = i % 5));
    const scores = new Array<number>(70).fill(0);
    for (let k = 0; k < 5; k++) {
      const rest = [...wide.keys()].filter((row) => fold[row] !== k);
      const model = descend(
        rest.map((row) => wide[row] ?? []),
        rest.map((row) => labels[row] ?? 0),
      );
      wide.forEach((row, i) => (scores[i] = fold[i] === k ? chance(model, row) : (scores[i] ?? 0)));
    }
    let won = 0;
    for (let i = 0; i < 40; i++)
      for (let j = 40; j < 70; j++)
        won += (scores[j] ?? 0) > (scores[i] ?? 0) ? 1 : scores[j] === scores[i] ? 0.5 : 0;
    const ours = discriminative({ reference: columnsOf(reference), current: columnsOf(current) });
    expect(ours.kind === 'value' ? ours.statistic : 0).toBeCloseTo(won / 1200, 9);
  });

  it('has the AUC of theory for two normals a distance d apart, Φ(d/√2), and its level without a change', () => {
    const normals = (n: number, seed: number, shift: number): Float64Array => {
      const random = createRandom(seed);
      return Float64Array.from({ length: n }, () => random.normal() + shift);
    };
    const far = discriminative({ reference: [normals(5000, 1, 0)], current: [normals(5000, 2, 1)] });
    expect(Math.abs((far.kind === 'value' ? far.statistic : 0) - 0.7602)).toBeLessThan(0.015);
    let alarms = 0;
    for (let run = 0; run < 100; run++) {
      const same = discriminative({
        reference: [normals(150, 10 + 2 * run, 0)],
        current: [normals(150, 11 + 2 * run, 0)],
      });
      if (same.kind === 'value' && (same.pValue ?? 1) <= 0.05) alarms++;
    }
    // 13 of 100 is the 99.9 % quantile of a rate of 5 %.
    expect(alarms).toBeLessThanOrEqual(13);
  });
});

/** Leading directions of a covariance by power iteration and deflation. */
function directions(rows: number[][], count: number): number[][] {
  const width = rows[0]?.length ?? 0;
  const covariance = Array.from({ length: width }, (_, i) =>
    Array.from({ length: width }, (_unused, j) => meanOf(rows.map((row) => (row[i] ?? 0) * (row[j] ?? 0)))),
  );
  return Array.from({ length: count }, () => {
    let vector = Array.from({ length: width }, (_, i) => 1 + i / 7);
    let size = 1;
    for (let round = 0; round < 3000; round++) {
      const next = covariance.map((line) => line.reduce((sum, v, j) => sum + v * (vector[j] ?? 0), 0));
      size = Math.sqrt(next.reduce((sum, v) => sum + v * v, 0));
      vector = next.map((v) => v / size);
    }
    covariance.forEach((line, i) =>
      line.forEach((v, j) => (line[j] = v - size * (vector[i] ?? 0) * (vector[j] ?? 0))),
    );
    return vector;
  });
}

describe('reconstruction by principal components', () => {
  it('is what power iteration and rebuilt rows give', () => {
    const [reference, current] = [rowsOf(300, 1), rowsOf(200, 2, { link: -0.4 })];
    const kept = directions(standardised(reference, reference), 1);
    const errors = (rows: number[][]): number[] =>
      standardised(rows, reference).map((row) => {
        const rebuilt = kept.reduce(
          (sum, direction) => {
            const score = row.reduce((all, v, c) => all + v * (direction[c] ?? 0), 0);
            return sum.map((v, c) => v + score * (direction[c] ?? 0));
          },
          row.map(() => 0),
        );
        return Math.sqrt(row.reduce((all, v, c) => all + (v - (rebuilt[c] ?? 0)) ** 2, 0));
      });
    const ours = pcaReconstruction({ reference: columnsOf(reference), current: columnsOf(current) });
    if (ours.kind === 'absent') throw new Error(ours.reason);
    expect(ours.details?.['components']).toBe(1);
    expect(ours.details?.['referenceMean']).toBeCloseTo(meanOf(errors(reference)), 9);
    expect(ours.details?.['currentMean']).toBeCloseTo(meanOf(errors(current)), 9);
    expect(ours.statistic).toBeCloseTo(meanOf(errors(current)) / meanOf(errors(reference)), 9);
  });

  it('rises as theory says when two columns part', () => {
    // One of two components is kept; a row's error is |N(0, 1 − ρ)|, so the mean rises by √((1 − ρ′)/(1 − ρ)).
    const pair = (n: number, seed: number, rho: number): Float64Array[] => {
      const random = createRandom(seed);
      const a = Float64Array.from({ length: n }, () => random.normal());
      return [a, a.map((v) => rho * v + Math.sqrt(1 - rho * rho) * random.normal())];
    };
    const found = pcaReconstruction({ reference: pair(20_000, 1, 0.9), current: pair(20_000, 2, 0.6) });
    expect(Math.abs((found.kind === 'value' ? found.statistic : 0) / Math.sqrt(0.4 / 0.1) - 1)).toBeLessThan(
      0.03,
    );
  });
});
