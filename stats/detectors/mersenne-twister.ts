/** State of the generator: 624 words and the position in them. */
export interface TwisterState {
  words: Uint32Array;
  at: number;
}

const N = 624;
const M = 397;

/**
 * The Mersenne Twister MT19937 (Matsumoto & Nishimura 1998), seeded from a whole number as CPython's `random.Random(seed)`
 * does, so that a seeded River detector can be reproduced draw by draw. Not for new uses: take `createRandom`.
 */
export function seedTwister(seed: number): TwisterState {
  const key = seed < 2 ** 32 ? [seed >>> 0] : [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
  const words = new Uint32Array(N);
  words[0] = 19650218;
  for (let i = 1; i < N; i++) words[i] = (Math.imul(1812433253, mixed(words, i)) + i) >>> 0;
  let i = 1;
  let j = 0;
  for (let k = N; k > 0; k--) {
    words[i] = ((((words[i] ?? 0) ^ Math.imul(mixed(words, i), 1664525)) >>> 0) + (key[j] ?? 0) + j) >>> 0;
    j = (j + 1) % key.length;
    i = next(words, i);
  }
  for (let k = N - 1; k > 0; k--) {
    words[i] = ((((words[i] ?? 0) ^ Math.imul(mixed(words, i), 1566083941)) >>> 0) - i) >>> 0;
    i = next(words, i);
  }
  words[0] = 0x80000000;
  return { words, at: N };
}

function mixed(words: Uint32Array, i: number): number {
  const before = words[i - 1] ?? 0;
  return (before ^ (before >>> 30)) >>> 0;
}

function next(words: Uint32Array, i: number): number {
  if (i + 1 < N) return i + 1;
  words[0] = words[N - 1] ?? 0;
  return 1;
}

function twist(words: Uint32Array): void {
  for (let k = 0; k < N; k++) {
    const y = ((words[k] ?? 0) & 0x80000000) | ((words[k + 1 < N ? k + 1 : 0] ?? 0) & 0x7fffffff);
    words[k] = (words[k + M < N ? k + M : k + M - N] ?? 0) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}

function word(state: TwisterState): number {
  if (state.at >= N) {
    twist(state.words);
    state.at = 0;
  }
  let y = state.words[state.at++] ?? 0;
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return (y ^ (y >>> 18)) >>> 0;
}

/** A whole number in [0, n), drawn as CPython's `randrange` does: the top bits of a word, again until it fits. */
function below(state: TwisterState, n: number): number {
  const bits = 32 - Math.clz32(n);
  for (;;) {
    const drawn = word(state) >>> (32 - bits);
    if (drawn < n) return drawn;
  }
}

/** Draws `count` of 0…n−1 without repetition, in the order of CPython's `random.sample(range(n), count)`. */
export function sampleRange(state: TwisterState, n: number, count: number): Uint32Array {
  // CPython keeps a pool where it is smaller than a set of the drawn ones would be.
  const set = 21 + (count > 5 ? 4 ** Math.ceil(Math.log(count * 3) / Math.log(4)) : 0);
  if (n <= set) return fromPool(state, n, count);
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(below(state, n));
  return Uint32Array.from(drawn);
}

function fromPool(state: TwisterState, n: number, count: number): Uint32Array {
  const pool = new Uint32Array(n);
  for (let i = 0; i < n; i++) pool[i] = i;
  const drawn = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const j = below(state, n - i);
    drawn[i] = pool[j] ?? 0;
    pool[j] = pool[n - i - 1] ?? 0;
  }
  return drawn;
}
