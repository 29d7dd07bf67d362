import { powerOfTwo } from './kernel-math.js';
import type { RoundScale } from './split.js';

const view = new DataView(new ArrayBuffer(8));

/** ⌊log₂ x⌋ of a normal double > 0, read from its bits; −900 below. */
function exponentOf(x: number): number {
  view.setFloat64(0, x);
  return Math.max(-900, (view.getUint16(0) >> 4) - 1023);
}

/**
 * Scales under which integer derivatives fit 31 bits and their sum over `rows` rows fits 53: then neither i64 nor f64 sums ever
 * round, and their order does not matter.
 */
export function scaleFor(mostG: number, mostH: number, rows: number): RoundScale {
  const bits = Math.min(30, 52 - (32 - Math.clz32(rows - 1)));
  const scaleOf = (most: number): number => powerOfTwo(bits - 1 - exponentOf(most));
  return { g: scaleOf(mostG), h: scaleOf(mostH) };
}
