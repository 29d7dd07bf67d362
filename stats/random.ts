/** The saved state of a generator: four unsigned 32-bit words. Plain JSON. */
export type RandomState = readonly [number, number, number, number];

/** A seeded stream of random numbers. The same seed gives the same stream on every platform and Node version. */
export interface Random {
  /** A number in [0, 1) with 53 random bits. */
  next(): number;
  /** A whole number in [0, n), without modulo bias. `n` must be a whole number in 1…2^32. */
  int(n: number): number;
  /** 0…n−1 in random order (Fisher–Yates). */
  permutation(n: number): Uint32Array;
  /** A standard normal number (Marsaglia's polar method). */
  normal(): number;
  /** Where the stream stands; `restoreRandom` goes on from there. A normal number kept in hand is dropped. */
  state(): RandomState;
}

/**
 * Starts a generator from a seed (any whole number up to 2^53 in size).
 *
 * The stream is Doty-Humphrey's sfc32 (PractRand), its words filled by splitmix32 from the seed and the first 12
 * outputs dropped. Only integer operations, +, −, ×, ÷ and √ are used, also for normal numbers, because these are
 * exactly defined by ECMAScript while `Math.log` is not.
 */
export function createRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`Random seed ${seed} is not a whole number of at most 2^53; give one such as 42.`);
  }
  let mixed = (seed >>> 0) ^ Math.imul(Math.floor(seed / 2 ** 32) >>> 0, 0x9e3779b1);
  const word = (): number => {
    mixed = (mixed + 0x9e3779b9) | 0;
    let z = mixed;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  const stream = new Sfc32([word(), word(), word(), 1]);
  for (let i = 0; i < 12; i++) stream.word();
  return stream;
}

/** Goes on with a stream from its saved state. */
export function restoreRandom(state: RandomState): Random {
  return new Sfc32(state);
}

class Sfc32 implements Random {
  private a: number;
  private b: number;
  private c: number;
  private counter: number;
  private spare: number | undefined;

  constructor([a, b, c, counter]: RandomState) {
    this.a = a | 0;
    this.b = b | 0;
    this.c = c | 0;
    this.counter = counter | 0;
  }

  word(): number {
    const out = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + out;
    this.c |= 0;
    return out >>> 0;
  }

  next(): number {
    return ((this.word() >>> 5) * 0x4000000 + (this.word() >>> 6)) / 0x20000000000000;
  }

  int(n: number): number {
    if (!(Number.isInteger(n) && n >= 1 && n <= 2 ** 32)) {
      throw new RangeError(`int(${n}): the bound must be a whole number from 1 to 2^32.`);
    }
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const drawn = this.word();
      if (drawn < limit) return drawn % n;
    }
  }

  permutation(n: number): Uint32Array {
    const order = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      const j = this.int(i + 1);
      order[i] = order[j] ?? i;
      order[j] = i;
    }
    return order;
  }

  normal(): number {
    if (this.spare !== undefined) {
      const kept = this.spare;
      this.spare = undefined;
      return kept;
    }
    for (;;) {
      const u = 2 * this.next() - 1;
      const v = 2 * this.next() - 1;
      const square = u * u + v * v;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * exactLog(square)) / square);
      this.spare = v * factor;
      return u * factor;
    }
  }

  state(): RandomState {
    return [this.a >>> 0, this.b >>> 0, this.c >>> 0, this.counter >>> 0];
  }
}

/** Natural logarithm of a number in (0, 1), from exactly defined operations: halvings, then the series of artanh. */
function exactLog(x: number): number {
  let mantissa = x;
  let halvings = 0;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    halvings++;
  }
  const z = (mantissa - 1) / (mantissa + 1);
  const square = z * z;
  let sum = 0;
  for (let k = 23; k >= 1; k -= 2) sum = sum * square + 1 / k;
  return 2 * z * sum - halvings * Math.LN2;
}
