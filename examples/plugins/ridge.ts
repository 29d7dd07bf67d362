import type { TrainingJob } from 'perennial';

/** A ridge regression: how much each number weighs, and what a missing one counts as. */
export interface Ridge {
  readonly weights: Record<string, number>;
  readonly means: Record<string, number>;
  readonly intercept: number;
}

/** Fits the label by coordinate descent on centred columns; equal rows give equal weights. */
export function fitRidge({ rows, numbers, label }: TrainingJob['train'], penalty: number): Ridge {
  const names = Object.keys(numbers).sort();
  const means = Object.fromEntries(names.map((name) => [name, mean(numbers[name] ?? [])]));
  const columns = names.map((name) =>
    Float64Array.from(numbers[name] ?? [], (x) => (Number.isNaN(x) ? 0 : x - (means[name] ?? 0))),
  );
  const centre = mean(Float64Array.from<number | string>(label, Number));
  const left = Float64Array.from<number | string>(label, (y) => Number(y) - centre);
  const weights = columns.map(() => 0);
  for (let pass = 0; pass < 100; pass++) {
    columns.forEach((column, k) => {
      let along = 0;
      let square = penalty;
      for (let row = 0; row < rows; row++) {
        const x = column[row] ?? 0;
        along += x * ((left[row] ?? 0) + x * (weights[k] ?? 0));
        square += x * x;
      }
      const next = along / (square || 1);
      column.forEach((x, row) => (left[row] = (left[row] ?? 0) - x * (next - (weights[k] ?? 0))));
      weights[k] = next;
    });
  }
  const intercept = names.reduce((sum, name, k) => sum - (weights[k] ?? 0) * (means[name] ?? 0), centre);
  return { weights: Object.fromEntries(names.map((name, k) => [name, weights[k] ?? 0])), means, intercept };
}

function mean(values: ArrayLike<number>): number {
  const known = Array.from(values).filter((value) => !Number.isNaN(value));
  return known.length === 0 ? 0 : known.reduce((sum, value) => sum + value, 0) / known.length;
}
