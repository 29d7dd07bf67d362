/**
 * Elementary functions from plain arithmetic alone. `Math.exp` and `Math.log` may differ in the last bit between versions of
 * Node; a tree grown from such a bit would have another digest. These use only +, −, ×, ÷ and powers of two, which IEEE 754
 * fixes, so every engine agrees. The reductions and coefficients are those of FreeBSD's msun (e_exp.c, e_log.c; Sun
 * Microsystems 1993); errors stay under one unit in the last place.
 */
const ln2High = 6.9314718036912381649e-1;
const ln2Low = 1.90821492927058770002e-10;
const inverseLn2 = 1.442695040888963387;

/** The constants of the exponential, shared with the ONNX export, which rebuilds the same arithmetic from graph nodes. */
export const exponentialConstants = {
  ln2High,
  ln2Low,
  inverseLn2,
  /** exp(x) is 0 below and Infinity above these. */
  least: -745.2,
  most: 709.782712893384,
  /** Coefficients of the even polynomial in r². */
  polynomial: [
    1.66666666666666019037e-1, -2.77777777770155933842e-3, 6.61375632143793436117e-5,
    -1.6533902205465251539e-6, 4.13813679705723846039e-8,
  ],
} as const;

const [p1, p2, p3, p4, p5] = exponentialConstants.polynomial;

const bits = new DataView(new ArrayBuffer(8));

/** 2^k for whole k in [−1022, 1023], built from its bits: `2 ** k` is not promised to be exact. */
export function powerOfTwo(k: number): number {
  bits.setInt32(0, (k + 1023) << 20);
  bits.setInt32(4, 0);
  return bits.getFloat64(0);
}

/** e^x, equal to the kernel's and the ONNX graph's to the last bit; NaN for NaN. */
export function exponential(x: number): number {
  if (x !== x) return x;
  if (x > exponentialConstants.most) return Infinity;
  if (x < exponentialConstants.least) return 0;
  const k = Math.floor(x * inverseLn2 + 0.5);
  const high = x - k * ln2High;
  const low = k * ln2Low;
  const r = high - low;
  const t = r * r;
  const c = r - t * (p1 + t * (p2 + t * (p3 + t * (p4 + t * p5))));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  const half = Math.floor(k * 0.5);
  return y * powerOfTwo(half) * powerOfTwo(k - half);
}

/** 1 / (1 + e^−x), through {@link exponential}. */
export function logisticOf(x: number): number {
  return 1 / (1 + exponential(-x));
}

const rootOfTwo = Math.SQRT2;

/** Natural logarithm; −Infinity for 0, NaN below it, Infinity for Infinity. */
export function logarithm(x: number): number {
  if (x === 0) return -Infinity;
  if (!(x > 0)) return NaN;
  if (x === Infinity) return x;
  const tiny = x < 2.2250738585072014e-308;
  bits.setFloat64(0, tiny ? x * 18014398509481984 : x);
  let k = (bits.getUint16(0) >> 4) - 1023 - (tiny ? 54 : 0);
  bits.setUint16(0, (bits.getUint16(0) & 0xf) | 0x3ff0);
  let m = bits.getFloat64(0);
  if (m > rootOfTwo) {
    m *= 0.5;
    k += 1;
  }
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd =
    z * (0.6666666666666735 + w * (0.28571428743662391 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const half = 0.5 * f * f;
  return k * ln2High - (half - (s * (half + even + odd) + k * ln2Low) - f);
}
