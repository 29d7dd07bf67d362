/**
 * exp and log from exactly defined operations. `Math.exp` and `Math.log` may differ in the last bit between engines and
 * processors, which would make the bytes of a version depend on the machine that trained it.
 */

const LN2_HIGH = 0.69314718036912381649;
const LN2_LOW = 1.90821492927058770002e-10;
const EXP_TERMS = 14;

/** e^x to about 2 ulp; 0 below −745, Infinity above 709.7, NaN for NaN. */
export function exactExp(x: number): number {
  if (x > 709.782712893384) return Infinity;
  if (x < -745.2) return 0;
  const halvings = Math.round(x / Math.LN2);
  const rest = x - halvings * LN2_HIGH - halvings * LN2_LOW;
  let sum = 1;
  for (let k = EXP_TERMS; k >= 1; k--) sum = 1 + (rest / k) * sum;
  if (halvings >= -1021) return sum * powerOfTwo(halvings);
  return sum * powerOfTwo(halvings + 100) * powerOfTwo(-100);
}

/** Natural logarithm of x > 0 to about 2 ulp; −Infinity at 0. */
export function exactLog(x: number): number {
  if (x <= 0) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return Infinity;
  let mantissa = x;
  let doublings = 0;
  while (mantissa > Math.SQRT2) {
    mantissa /= 2;
    doublings++;
  }
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    doublings--;
  }
  const z = (mantissa - 1) / (mantissa + 1);
  const square = z * z;
  let sum = 0;
  for (let k = 23; k >= 1; k -= 2) sum = sum * square + 1 / k;
  return 2 * z * sum + doublings * LN2_HIGH + doublings * LN2_LOW;
}

/** base^exponent for a whole exponent ≥ 0, by squaring. */
export function exactPower(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

function powerOfTwo(n: number): number {
  return n >= 0 ? exactPower(2, Math.min(n, 1023)) * (n > 1023 ? 2 : 1) : 1 / exactPower(2, -n);
}
