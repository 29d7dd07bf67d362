import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { discriminative } from './discriminative.js';
import { mmd } from './mmd.js';
import { pcaReconstruction } from './pca.js';

/** Columns of normals; `turn` correlates the second with the first. */
function columns(n: number, seed: number, { shift = 0, scale = 1, turn = 0 } = {}): Float64Array[] {
  const random = createRandom(seed);
  const a = new Float64Array(n);
  const b = new Float64Array(n);
  const c = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    a[i] = random.normal();
    b[i] = turn * (a[i] ?? 0) + Math.sqrt(1 - turn * turn) * random.normal();
    c[i] = scale * random.normal() + shift;
  }
  return [a, b, c];
}
const pOf = (result: ReturnType<typeof mmd>): number =>
  result.kind === 'value' ? (result.pValue ?? 1) : Number.NaN;

describe('tests of several columns together', () => {
  const same = { reference: columns(300, 1), current: columns(250, 2) };
  const shifted = { reference: columns(300, 1), current: columns(250, 2, { shift: 0.8 }) };
  const wider = { reference: columns(300, 1), current: columns(250, 2, { scale: 2 }) };
  const turned = { reference: columns(300, 1), current: columns(250, 2, { turn: 0.95 }) };

  it('are quiet on the same distribution', () => {
    for (const test of [mmd, discriminative, pcaReconstruction])
      expect(pOf(test(same)), test.name).toBeGreaterThan(0.01);
  });

  it('find a shift and a change of scale', () => {
    for (const test of [mmd, discriminative]) {
      expect(pOf(test(shifted)), test.name).toBeLessThan(0.01);
      expect(pOf(test(wider)), test.name).toBeLessThan(0.05);
    }
  });

  it('find a changed relation between columns by reconstruction', () => {
    const changed = pcaReconstruction({ reference: turned.current, current: turned.reference });
    expect(pOf(changed)).toBeLessThan(1e-6);
    expect(changed.kind === 'value' ? changed.statistic : 0).toBeGreaterThan(1.1);
  });

  it('keep the level of mmd over 60 pairs without drift', () => {
    let alarms = 0;
    for (let run = 0; run < 60; run++) {
      const pair = { reference: columns(60, 2 * run), current: columns(60, 2 * run + 1) };
      if (pOf(mmd(pair, { permutations: 99, seed: run })) <= 0.05) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(8);
  });

  it('give mmd as a second, direct computation does', () => {
    const reference = [Float64Array.from([0, 1, 2, 4])];
    const current = [Float64Array.from([1, 3, 5])];
    const ours = mmd({ reference, current }, { permutations: 19 });
    if (ours.kind === 'absent') throw new Error(ours.reason);
    const all = [0, 1, 2, 4, 1, 3, 5];
    const middle = all.reduce((a, v) => a + v, 0) / 7;
    const sd = Math.sqrt(all.reduce((a, v) => a + (v - middle) ** 2, 0) / 7);
    const h = (ours.details?.['bandwidth'] ?? 0) * sd;
    const k = (a: number, b: number) => Math.exp(-((a - b) ** 2) / (2 * h * h));
    const meanOf = (xs: number[], ys: number[], skip: boolean) => {
      const ks = xs.flatMap((x, i) => ys.flatMap((y, j) => (skip && i === j ? [] : [k(x, y)])));
      return ks.reduce((a, v) => a + v, 0) / ks.length;
    };
    const x = [0, 1, 2, 4];
    const y = [1, 3, 5];
    expect(ours.statistic).toBeCloseTo(meanOf(x, x, true) + meanOf(y, y, true) - 2 * meanOf(x, y, false), 12);
  });

  it('reproduce the AUC of theory for a shift of one column', () => {
    // Two unit normals a distance d apart are told apart with AUC Φ(d/√2): d = 1 gives 0.7602.
    const pair = {
      reference: [columns(4000, 3)[0] ?? []],
      current: [(columns(4000, 4)[0] ?? new Float64Array()).map((v) => v + 1)],
    };
    const found = discriminative(pair);
    expect(found.kind === 'value' ? found.statistic : 0).toBeCloseTo(0.7602, 1);
  });

  it('name what they cannot take', () => {
    expect(mmd({ reference: [[1, 2]], current: [[1, NaN]] })).toEqual({
      kind: 'absent',
      reason: 'of the current sample: row 1 of column 0 is NaN, not a finite number',
    });
    expect(discriminative({ reference: [[1, 2]], current: [[1, 2]] }).kind).toBe('absent');
    expect(() => mmd({ reference: [[1]], current: [] })).toThrow('give the same columns');
    const constant = { reference: [new Float64Array(40)], current: [new Float64Array(40)] };
    for (const test of [mmd, discriminative, pcaReconstruction]) {
      const result = test(constant);
      expect(result.kind === 'absent' || (result.pValue ?? 0) > 0.3, test.name).toBe(true);
    }
  });
});
