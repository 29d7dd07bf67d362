import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { ks } from './ks.js';
import { blockPermutationKs } from './permutation.js';

function series(n: number, rho: number, seed: number): Float64Array {
  const random = createRandom(seed);
  let state = random.normal();
  return Float64Array.from(
    { length: n },
    () => (state = rho * state + Math.sqrt(1 - rho * rho) * random.normal()),
  );
}

describe('block permutation', () => {
  it('keeps its rate on autocorrelated rows where the ordinary test does not', () => {
    const alarms = { blocks: 0, ordinary: 0 };
    const runs = 100;
    for (let run = 0; run < runs; run++) {
      const whole = series(1200, 0.9, run);
      const reference = whole.subarray(0, 800);
      const current = whole.subarray(800);
      const careful = blockPermutationKs({
        reference,
        current,
        blockLength: 50,
        permutations: 99,
        seed: run,
      });
      const ordinary = ks(reference, current, { method: 'asymptotic' });
      if (careful.kind === 'value' && (careful.pValue ?? 1) <= 0.05) alarms.blocks++;
      if (ordinary.kind === 'value' && (ordinary.pValue ?? 1) <= 0.05) alarms.ordinary++;
    }
    expect(alarms.blocks).toBeLessThanOrEqual(12);
    expect(alarms.ordinary).toBeGreaterThan(50);
  });

  it('finds a shift and gives the same answer again', () => {
    const reference = series(500, 0.5, 1);
    const current = series(300, 0.5, 2).map((v) => v + 1.5);
    const found = blockPermutationKs({ reference, current, blockLength: 20 });
    expect(found).toEqual(blockPermutationKs({ reference, current, blockLength: 20 }));
    expect(found.kind === 'value' ? found.pValue : 1).toBeLessThan(0.01);
  });

  it('names too few blocks and missing values', () => {
    const short = blockPermutationKs({
      reference: new Float64Array(100),
      current: new Float64Array(10),
      blockLength: 24,
    });
    expect(short).toEqual({
      kind: 'absent',
      reason: 'the reference sample has 100 rows, fewer than 5 blocks of 24',
    });
    const holes = blockPermutationKs({
      reference: [1, 2, 3, 4, NaN],
      current: [1, 2, 3, 4, 5],
      blockLength: 1,
    });
    expect(holes).toEqual({
      kind: 'absent',
      reason: 'row 4 of the reference sample is NaN, not a finite number',
    });
  });
});
