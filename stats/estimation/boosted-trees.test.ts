import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { fitBoostedTrees } from './boosted-trees.js';
import { estimateLoss, estimateRowLosses } from './direct-loss.js';

type Tree = (row: readonly number[]) => number;

interface Data {
  readonly rows: readonly (readonly number[])[];
  readonly target: readonly number[];
}

/** A second learner, written from the paper alone: least squares over every cut between two values, no bins, no shared sums. */
function plainTree({ rows, target }: Data, depth: number): Tree {
  const mean = target.reduce((sum, v) => sum + v, 0) / target.length;
  let best = { gain: 1e-9, column: 0, limit: Number.NaN };
  const spread = (part: readonly number[]): number => {
    const middle = part.reduce((sum, v) => sum + v, 0) / part.length;
    return part.reduce((sum, v) => sum + (v - middle) ** 2, 0);
  };
  for (const column of depth === 0 ? [] : (rows[0] ?? []).keys()) {
    const values = [...new Set(rows.map((row) => row[column] ?? 0))].sort((a, b) => a - b);
    for (const limit of values.slice(1)) {
      const left = target.filter((_, i) => (rows[i]?.[column] ?? 0) < limit);
      const right = target.filter((_, i) => (rows[i]?.[column] ?? 0) >= limit);
      if (Math.min(left.length, right.length) < 20) continue;
      const gain = spread(target) - spread(left) - spread(right);
      if (gain > best.gain + 1e-9) best = { gain, column, limit };
    }
  }
  if (Number.isNaN(best.limit)) return () => 0.1 * mean;
  const side = (left: boolean): Tree => {
    const kept = [...rows.keys()].filter((i) => (rows[i]?.[best.column] ?? 0) < best.limit === left);
    return plainTree(
      { rows: kept.map((i) => rows[i] ?? []), target: kept.map((i) => target[i] ?? 0) },
      depth - 1,
    );
  };
  const [low, high] = [side(true), side(false)];
  return (row) => ((row[best.column] ?? 0) < best.limit ? low : high)(row);
}

function plainBoosting({ rows, target }: Data): Tree {
  const start = target.reduce((sum, v) => sum + v, 0) / target.length;
  const forest: Tree[] = [];
  const predict: Tree = (row) => forest.reduce((sum, tree) => sum + tree(row), start);
  for (let round = 0; round < 60; round++)
    forest.push(plainTree({ rows, target: target.map((v, i) => v - predict(rows[i] ?? [])) }, 4));
  return predict;
}

/** Inputs of few values, so that bins leave nothing out, and a loss that depends on both. */
function data(n: number, seed: number): Data {
  const random = createRandom(seed);
  const rows = Array.from({ length: n }, () => [random.int(6), random.int(5), random.int(3)]);
  const target = rows.map(([a = 0, b = 0]) => Math.abs(a * (b > 2 ? 2 : 0.5) * random.normal()));
  return { rows, target };
}

const columnsOf = (rows: Data['rows']): Float64Array[] =>
  [0, 1, 2].map((column) => Float64Array.from(rows, (row) => row[column] ?? 0));

describe('the learner of losses', () => {
  it('predicts what a second, plain implementation does', () => {
    const known = data(240, 1);
    const ours = fitBoostedTrees(columnsOf(known.rows), known.target);
    const theirs = plainBoosting(known);
    const fresh = data(60, 2);
    const columns = columnsOf(fresh.rows);
    fresh.rows.forEach((row, i) => expect(ours.predict(columns, i)).toBeCloseTo(theirs(row), 9));
  });

  it('makes the estimate of direct loss estimation: the mean of two learners, one for each other row', () => {
    const known = data(480, 3);
    const fresh = data(100, 4);
    const zeros = (n: number) => new Float64Array(n);
    const [third, fresherThird] = [known.rows, fresh.rows].map((rows) => columnsOf(rows).slice(0, 2));
    // The model says 0, so that its absolute error is the label; the prediction is an input too, here the same everywhere.
    const request = {
      reference: { inputs: third ?? [], predictions: zeros(480), labels: Float64Array.from(known.target) },
      current: { inputs: fresherThird ?? [], predictions: zeros(100) },
    };
    const halves = [0, 1].map((half) => {
      const take = [...known.rows.keys()].filter((i) => i % 2 === half);
      return plainBoosting({
        rows: take.map((i) => [...(known.rows[i] ?? []).slice(0, 2), 0]),
        target: take.map((i) => known.target[i] ?? 0),
      });
    });
    const expected = fresh.rows.map((row) => {
      const said = halves.map((half) => half([...row.slice(0, 2), 0]));
      return Math.max(0, ((said[0] ?? 0) + (said[1] ?? 0)) / 2);
    });
    const rows = estimateRowLosses(request.reference, request.current);
    const whole = estimateLoss(request);
    if (rows.kind === 'absent' || whole.kind === 'absent') throw new Error('no estimate');
    expected.forEach((loss, i) => expect(rows.absolute[i]).toBeCloseTo(loss, 9));
    const mean = expected.reduce((sum, v) => sum + v, 0) / expected.length;
    expect(whole.chunks[0]?.mae.estimated).toBeCloseTo(mean, 9);
  });
});
