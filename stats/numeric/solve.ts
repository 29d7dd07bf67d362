/** Solves A x = b for a symmetric positive definite row-major matrix by Cholesky's method; undefined where it is not definite. */
export function solveSymmetric(
  matrix: ArrayLike<number>,
  right: ArrayLike<number>,
): Float64Array | undefined {
  const size = right.length;
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * size + j] ?? 0;
      for (let k = 0; k < j; k++) rest -= (lower[i * size + k] ?? 0) * (lower[j * size + k] ?? 0);
      if (i === j && !(rest > 0)) return undefined;
      lower[i * size + j] = i === j ? Math.sqrt(rest) : rest / (lower[j * size + j] ?? 1);
    }
  }
  const x = Float64Array.from(right);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i] = (x[i] ?? 0) - (lower[i * size + k] ?? 0) * (x[k] ?? 0);
    x[i] = (x[i] ?? 0) / (lower[i * size + i] ?? 1);
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i] = (x[i] ?? 0) - (lower[k * size + i] ?? 0) * (x[k] ?? 0);
    x[i] = (x[i] ?? 0) / (lower[i * size + i] ?? 1);
  }
  return x;
}
