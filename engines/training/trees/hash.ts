/** A good 32-bit mixing function (C. Wellons' "lowbias32"): every input bit moves every output bit. Result in [0, 2^32). */
export function mixBits(value: number): number {
  let x = value >>> 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  x ^= x >>> 16;
  return x >>> 0;
}

/** One 32-bit number from several, depending on their order: the salt of a seeded choice. */
export function hashNumbers(...values: readonly number[]): number {
  return values.reduce((hash, value) => mixBits((Math.imul(hash, 31) + value) >>> 0), 0x9e3779b9);
}
